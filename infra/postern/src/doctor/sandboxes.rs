//! Sandboxes, so that none is forgotten.

use domain::time::Timestamp;
use registry::Registered;
use runtime::clock;

use super::Finding;
use crate::operator::Operator;

pub(super) async fn check(operator: &Operator) -> Vec<Finding> {
    // The table's own finding says what is missing.
    let Ok(organizations) = operator.organizations() else { return Vec::new() };
    let (mut findings, now, mut from) = (Vec::new(), clock::now(), None);
    loop {
        let page = match organizations.page(from).await {
            Ok(page) => page,
            Err(error) => {
                findings.push(Finding::failed("sandboxes", error));
                return findings;
            }
        };
        findings.extend(page.items.iter().filter_map(|registered| finding(registered, now)));
        from = page.next;
        if from.is_none() {
            return findings;
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
