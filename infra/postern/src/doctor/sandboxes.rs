//! Sandboxes, so that none is forgotten.

use domain::time::Timestamp;
use registry::Registered;
use runtime::clock;

use super::Finding;
use crate::failure::Result;
use crate::operator::Operator;

pub(super) async fn check(operator: &Operator) -> Result<Vec<Finding>> {
    let (organizations, now) = (operator.organizations()?, clock::now());
    let (mut findings, mut from) = (Vec::new(), None);
    loop {
        let page = organizations.page(from).await?;
        findings.extend(page.items.iter().filter_map(|registered| finding(registered, now)));
        from = page.next;
        if from.is_none() {
            return Ok(findings);
        }
    }
}

/// A finding about an organization that is a sandbox.
fn finding(Registered { organization, .. }: &Registered, now: Timestamp) -> Option<Finding> {
    let sandbox = organization.sandbox?;
    let found = match sandbox.ends_at {
        None => "every code is 000000; it has no end".to_owned(),
        Some(ends_at) if sandbox.has_ended(now) => format!("ended at {ends_at}"),
        Some(ends_at) => format!("every code is 000000 until {ends_at}"),
    };
    Some(Finding::good(format!("sandbox {} ({})", organization.id, organization.name), found))
}
