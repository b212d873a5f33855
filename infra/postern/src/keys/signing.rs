//! The keys of partners' tokens, which are of another kind: each carries the instant from which it
//! signs.

use domain::token::signing_key::SigningKey;
use registry::Rotated;
use runtime::clock;
use runtime::resources::KeyRingName;
use serde::Serialize;

use super::view::View;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, note};

const NAME: &str = KeyRingName::PartnerSigning.as_str();

/// The keys that there are.
pub(super) async fn list(operator: &Operator) -> Result<Vec<View>> {
    let (ring, now) = (operator.signing_rings()?.read().await?, clock::now());
    let Some(ring) = ring else { return Ok(Vec::new()) };
    let signer = ring.signer(now).map(|key| key.public().kid());
    let view = |key: &SigningKey| View {
        secret: NAME,
        kid: key.public().kid().to_owned(),
        state: match () {
            () if key.signs_from() > now => "next",
            () if signer == Some(key.public().kid()) => "current",
            () => "previous",
        },
        // A deployment's first key signs from the beginning of time, for clocks that differ.
        since: Some(key.signs_from()).filter(|at| at.millis() > 0).map(|at| at.to_string()),
    };
    Ok(ring.keys().map(view).collect())
}

/// One call does it all: the instants at which keys take over and retire are in what it writes.
pub(super) async fn rotate(operator: &Operator, output: &Output) -> Result<()> {
    match operator.signing_rings()?.rotate(clock::now()).await? {
        Rotated::Added(kid, signs_from) => {
            note(
                "partner-signing: the new key is published; the one before it stays published until \
                 nothing that it signed is valid",
            );
            output.record(&Added { secret: NAME, kid, signs_from: signs_from.to_string() })
        }
        Rotated::Waiting(kid, signs_from) => refused(format!(
            "partner-signing: the next key {kid} is waiting, and signs from {signs_from} on; no other is added before"
        )),
        Rotated::Conflict => refused(
            "another operator rotates partner-signing at the same time; look at `postern keys list`",
        ),
    }
}

/// A key of partners' tokens, and the instant from which it signs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    secret: &'static str,
    kid: String,
    signs_from: String,
}

impl Record for Added {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("secret", self.secret.to_owned()),
            ("key id", self.kid.clone()),
            ("signs from", self.signs_from.clone()),
        ]
    }
}
