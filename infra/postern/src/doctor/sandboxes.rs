//! Sandboxes, so that none is forgotten.

use domain::time::Timestamp;
use registry::Registered;
use runtime::clock;

use super::{Finding, Report};
use crate::failure::Result;
use crate::operator::Operator;

pub(super) async fn check(operator: &Operator, report: &Report) -> Result<()> {
    let (organizations, now) = match operator.organizations() {
        Ok(organizations) => (organizations, clock::now()),
        // The table's own finding says so.
        Err(_) => return Ok(()),
    };
    let mut from = None;
    loop {
        let page = match organizations.page(from).await {
            Ok(page) => page,
            Err(error) => return report.add(Finding::failed("sandboxes", error)),
        };
        for found in page.items.iter().filter_map(|registered| finding(registered, now)) {
            report.add(found)?;
        }
        from = page.next;
        if from.is_none() {
            return Ok(());
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
