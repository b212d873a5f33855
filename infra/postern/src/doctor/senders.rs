//! Mail by SES and SMS by SNS.

use std::collections::BTreeSet;

use aws_sdk_ses::types::{IdentityVerificationAttributes, VerificationStatus};
use runtime::outage::sdk_error;

use super::{Finding, Report};
use crate::failure::Result;
use crate::operator::Operator;

/// The quota of SES's sandbox, which sends only to verified addresses.
const SANDBOX_QUOTA: f64 = 200.0;

/// The share of the quota from which on an operator should request more.
const ALMOST_ALL: f64 = 0.8;

/// SNS's default limit, in US dollars a month.
const DEFAULT_SPEND_LIMIT: f64 = 1.0;

const QUOTA: &str = "mail: sending quota";
const SPEND_LIMIT: &str = "SMS: monthly spend limit";

pub(super) async fn check(operator: &Operator, report: &Report) -> Result<()> {
    let result = |check: &str, found: Result<Finding>| {
        found.unwrap_or_else(|failure| Finding::failed(check, failure))
    };
    report.add(result(QUOTA, quota(operator).await))?;
    let mut addresses = BTreeSet::new();
    match operator.variable("SENDER_ADDRESS") {
        Ok(address) => addresses.extend([address.to_owned()]),
        Err(failure) => report.add(Finding::failed("SENDER_ADDRESS", failure))?,
    }
    if let Err(failure) = add_own_senders(operator, &mut addresses).await {
        report.add(Finding::failed("mail: senders of organizations", failure))?;
    }
    for address in addresses {
        let check = format!("mail: sender {address}");
        report.add(result(&check, identity(operator, &address, &check).await))?;
    }
    report.add(result(SPEND_LIMIT, spend_limit(operator).await))
}

async fn quota(operator: &Operator) -> Result<Finding> {
    let check = QUOTA;
    let quota = operator.aws.ses().get_send_quota().send().await;
    let quota = quota.map_err(|error| sdk_error(&error, "GetSendQuota"))?;
    let (sent, most) = (quota.sent_last24_hours(), quota.max24_hour_send());
    let found =
        format!("sent {sent} of {most} in 24 hours, at most {} a second", quota.max_send_rate());
    Ok(if most <= SANDBOX_QUOTA {
        let remedy = "SES is in its sandbox: request production access in the SES console";
        Finding::wrong(check, found, remedy)
    } else if sent >= most * ALMOST_ALL {
        Finding::wrong(check, found, "request a higher quota in the SES console")
    } else {
        Finding::good(check, found)
    })
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

async fn identity(operator: &Operator, address: &str, check: &str) -> Result<Finding> {
    let domain = address.rsplit('@').next().unwrap_or(address);
    let attributes = operator
        .aws
        .ses()
        .get_identity_verification_attributes()
        .identities(address)
        .identities(domain)
        .send()
        .await;
    let action = "GetIdentityVerificationAttributes";
    let found = attributes.map_err(|error| sdk_error(&error, action))?;
    let attributes = found.verification_attributes;
    let is_verified = |name: &str| {
        let found = attributes.get(name).map(IdentityVerificationAttributes::verification_status);
        found == Some(&VerificationStatus::Success)
    };
    let found = match (is_verified(address), is_verified(domain)) {
        (_, true) => "the domain is verified",
        (true, false) => "the address is verified",
        (false, false) => "neither the address nor its domain is verified",
    };
    let is_good = is_verified(address) || is_verified(domain);
    let remedy = format!("verify {domain} in SES, in this region");
    Ok(Finding::judged(is_good, check, found, remedy))
}

async fn spend_limit(operator: &Operator) -> Result<Finding> {
    let check = SPEND_LIMIT;
    let name = "MonthlySpendLimit";
    let attributes = operator.aws.sns().get_sms_attributes().attributes(name).send().await;
    let found = attributes.map_err(|error| sdk_error(&error, "GetSMSAttributes"))?;
    let attributes = found.attributes.unwrap_or_default();
    let limit = attributes.get(name).and_then(|text| text.parse().ok());
    let limit: f64 = limit.unwrap_or(DEFAULT_SPEND_LIMIT);
    let found = format!("{limit} US dollars");
    Ok(if limit > DEFAULT_SPEND_LIMIT {
        Finding::good(check, found)
    } else {
        let remedy = "the limit allows some dozens of codes: request more in the SNS console";
        Finding::warning(check, found, remedy)
    })
}
