//! Mail by SES: the account, and the senders.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ses::types::VerificationStatus;
use runtime::outage::sdk_error;
use runtime::service::{Client, Service};
use serde_json::Value;

use super::Finding;
use crate::failure::Result;
use crate::operator::Operator;

/// The share of the quota from which on an operator should request more.
const ALMOST_ALL: f64 = 0.8;

/// How many identities SES looks up at once.
const PAGE: usize = 100;

const QUOTA: &str = "mail: sending quota";
const SENDING: &str = "mail: sending";

pub(super) async fn check(operator: &Operator) -> Vec<Finding> {
    let (mut findings, senders) = tokio::join!(account(operator), senders(operator));
    findings.extend(senders);
    findings
}

async fn account(operator: &Operator) -> Vec<Finding> {
    let client = Client::new(&operator.aws, Service::Ses);
    match client.get("GetAccount", "/v2/email/account").await {
        Ok(account) => vec![sending(&account), quota(&account)],
        Err(error) => vec![Finding::failed(SENDING, error)],
    }
}

/// Whether the account may send, and to whom.
fn sending(account: &Value) -> Finding {
    let status = account["EnforcementStatus"].as_str().unwrap_or("HEALTHY");
    if account["SendingEnabled"] == false {
        let found = format!("is paused, so no mail is sent (status {status})");
        let remedy = "the SES console says why; who paused it by hand resumes it with `aws sesv2 \
                      put-account-sending-attributes --sending-enabled`";
        return Finding::wrong(SENDING, found, remedy);
    }
    if account["ProductionAccessEnabled"] == false {
        let found = "is in SES's sandbox, so mail reaches only verified addresses";
        return Finding::wrong(SENDING, found, "request production access in the SES console");
    }
    let remedy = "SES reviews the account for bounces or complaints: docs/runbook.md, \"The \
                  reputation at SES sinks\"";
    Finding::judged(status == "HEALTHY", SENDING, format!("enabled, status {status}"), remedy)
}

fn quota(account: &Value) -> Finding {
    let number = |name: &str| account["SendQuota"][name].as_f64().unwrap_or_default();
    let (sent, most) = (number("SentLast24Hours"), number("Max24HourSend"));
    let rate = number("MaxSendRate");
    let found = format!("sent {sent} of {most} in 24 hours, at most {rate} a second");
    // A negative quota is no limit.
    let is_good = most < 0.0 || sent < most * ALMOST_ALL;
    Finding::judged(is_good, QUOTA, found, "request a higher quota in the SES console")
}

async fn senders(operator: &Operator) -> Vec<Finding> {
    let (mut findings, mut addresses) = (Vec::new(), BTreeSet::new());
    match operator.variable("SENDER_ADDRESS") {
        Ok(address) => addresses.extend([address.to_owned()]),
        Err(failure) => findings.push(Finding::failed("SENDER_ADDRESS", failure)),
    }
    if let Err(failure) = add_own_senders(operator, &mut addresses).await {
        findings.push(Finding::failed("mail: senders of organizations", failure));
    }
    match statuses(operator, &addresses).await {
        Ok(statuses) => {
            findings.extend(addresses.iter().map(|address| sender(address, &statuses)));
        }
        Err(failure) => findings.push(Finding::failed("mail: senders", failure)),
    }
    findings
}

/// Adds the sender addresses of organizations that are not disabled.
async fn add_own_senders(operator: &Operator, senders: &mut BTreeSet<String>) -> Result<()> {
    let organizations = operator.organizations()?;
    let mut from = None;
    loop {
        let page = organizations.page(from).await?;
        let own = page.items.into_iter().filter(|registered| !registered.disabled);
        senders.extend(
            own.filter_map(|registered| registered.organization.sender_address)
                .map(|address| address.as_str().to_owned()),
        );
        from = page.next;
        if from.is_none() {
            return Ok(());
        }
    }
}

/// The identities that may stand for an address: itself, its domain, and the domains above that, which
/// cover their subdomains.
fn identities(address: &str) -> impl Iterator<Item = &str> {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    let domains = std::iter::successors(domain, |domain| Some(domain.split_once('.')?.1));
    // A top-level domain is nobody's identity.
    std::iter::once(address).chain(domains.filter(|domain| domain.contains('.')))
}

/// What SES knows of all these addresses' identities.
async fn statuses(
    operator: &Operator,
    addresses: &BTreeSet<String>,
) -> Result<BTreeMap<String, VerificationStatus>> {
    let all: BTreeSet<_> = addresses.iter().flat_map(|address| identities(address)).collect();
    let all: Vec<_> = all.into_iter().map(str::to_owned).collect();
    let client = aws_sdk_ses::Client::new(&operator.aws.sdk_config("SES"));
    let mut found = BTreeMap::new();
    for page in all.chunks(PAGE) {
        let call = client.get_identity_verification_attributes();
        let answer = call.set_identities(Some(page.to_vec())).send().await;
        let action = "GetIdentityVerificationAttributes";
        let answer = answer.map_err(|error| sdk_error(&error, action))?;
        let attributes = answer.verification_attributes.into_iter();
        found.extend(attributes.map(|(name, one)| (name, one.verification_status)));
    }
    Ok(found)
}

fn sender(address: &str, statuses: &BTreeMap<String, VerificationStatus>) -> Finding {
    let check = format!("mail: sender {address}");
    let is_verified = |name: &&str| statuses.get(*name) == Some(&VerificationStatus::Success);
    if let Some(identity) = identities(address).find(is_verified) {
        return Finding::good(check, format!("{identity} is verified"));
    }
    let domain = address.rsplit('@').next().unwrap_or(address);
    let known = identities(address).find_map(|name| Some((name, statuses.get(name)?)));
    let found = known.map_or_else(
        || "neither the address nor its domain is verified".to_owned(),
        |(name, status)| format!("the verification of {name} is {}", status.as_str()),
    );
    Finding::wrong(check, found, format!("verify {domain} in SES, in this region"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_covered_by_the_domains_above_it() {
        let all: Vec<_> = identities("no-reply@mail.clinic.example").collect();
        assert_eq!(all, ["no-reply@mail.clinic.example", "mail.clinic.example", "clinic.example"]);
    }
}
