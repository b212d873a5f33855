//! The keys of the audit trail's seals.

use registry::{Rotated, SealRing};
use runtime::clock;
use runtime::resources::KeyRingName;

use super::signing::Added;
use super::view::View;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, note};

const NAME: &str = KeyRingName::AuditSigning.as_str();

pub(super) async fn list(operator: &Operator) -> Result<Vec<View>> {
    let (ring, now) = (operator.open(SealRing::new)?.read().await?, clock::now());
    let Some(ring) = ring else { return Ok(Vec::new()) };
    Ok(ring.keys().map(|key| View::of_signing_key(NAME, key, &ring, now)).collect())
}

/// One call is enough: the sealer announces the new key, and then signs with it.
pub(super) async fn rotate(operator: &Operator, output: &Output) -> Result<()> {
    match operator.open(SealRing::new)?.rotate(clock::now()).await? {
        Rotated::Added(kid, signs_from) => {
            note("audit-signing: the next seal announces the new key, and the one after it has it");
            output.record(&Added { secret: NAME, kid, signs_from: signs_from.to_string() })
        }
        Rotated::Waiting(kid, signs_from) => refused(format!(
            "audit-signing already has a next key, {kid}, which signs from {signs_from} on; rotate again after that"
        )),
        Rotated::Conflict => {
            refused("another operator is rotating audit-signing; look with `postern keys list`")
        }
    }
}
