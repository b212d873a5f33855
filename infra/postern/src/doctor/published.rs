//! The published keys of partners' tokens, against the ring that signs them.

use runtime::clock;

use super::Finding;
use crate::failure::Result;
use crate::operator::Operator;

pub(super) async fn check(operator: &Operator) -> Finding {
    let check = "published keys";
    finding(check, operator).await.unwrap_or_else(|failure| Finding::failed(check, failure))
}

async fn finding(check: &str, operator: &Operator) -> Result<Finding> {
    let found = operator.signing_rings()?.differences(clock::now()).await?;
    Ok(match (found.unpublished.is_empty(), found.stray.is_empty()) {
        (true, true) => Finding::good(check, "those of partner-signing"),
        (false, _) => {
            let found = format!("a key signs and isn't published: {}", found.unpublished.join(", "));
            Finding::wrong(check, found, "`postern keys rotate partner-signing` publishes it")
        }
        (true, false) => {
            let kids = found.stray.join(", ");
            let remedy = "if the table was restored: `postern keys drop partner-signing KID`";
            Finding::wrong(check, format!("in no ring, and without an end: {kids}"), remedy)
        }
    })
}
