//! The keys of partners' tokens, which are of another kind: each carries the instant from which it
//! signs.

use domain::token::signing::SigningKey;
use platform::partner::Rotated;
use serde::Serialize;

use super::View;
use crate::clock;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, note};

const NAME: &str = "partner-signing";

/// The keys that there are.
pub(super) async fn list(operator: &Operator) -> Result<Vec<View>> {
    let (ring, now) = (operator.signing_keys()?.ring().await?, clock::now());
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
        // A deployment's first key signs whatever the clocks say.
        since: Some(key.signs_from()).filter(|at| at.millis() > 0).map(|at| at.to_string()),
    };
    Ok(ring.keys().map(view).collect())
}

/// One call does it all: the instants at which keys take over and retire are in what it writes.
pub(super) async fn rotate(operator: &Operator, output: &Output) -> Result<()> {
    match operator.signing_keys()?.rotate(clock::now()).await? {
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
