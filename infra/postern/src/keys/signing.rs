//! The keys of partners' tokens. Unlike symmetric keys, each has an instant from which it signs.

use registry::Rotated;
use runtime::clock;
use runtime::resources::KeyRingName;
use serde::Serialize;

use super::view::View;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, note};

const NAME: &str = KeyRingName::PartnerSigning.as_str();

/// The keys in the ring, and those that are still published.
pub(super) async fn list(operator: &Operator) -> Result<Vec<View>> {
    let (rings, now) = (operator.signing_rings()?, clock::now());
    let Some(ring) = rings.read().await? else { return Ok(Vec::new()) };
    let mut views: Vec<_> =
        ring.keys().map(|key| View::of_signing_key(NAME, key, &ring, now)).collect();
    for kid in rings.previous(now).await? {
        if !views.iter().any(|view| view.kid == kid) {
            views.push(View { secret: NAME, kid, state: "previous", since: None });
        }
    }
    Ok(views)
}

/// One call is enough: it stores when keys take over and retire.
pub(super) async fn rotate(operator: &Operator, output: &Output) -> Result<()> {
    match operator.signing_rings()?.rotate(clock::now()).await? {
        Rotated::Added(kid, signs_from) => {
            note(
                "partner-signing: the new key is published; the key before it stays published until \
                 no token that it signed is valid any more",
            );
            output.record(&Added { secret: NAME, kid, signs_from: signs_from.to_string() })
        }
        Rotated::Waiting(kid, signs_from) => refused(format!(
            "partner-signing already has a next key, {kid}, which signs from {signs_from} on; rotate again after that"
        )),
        Rotated::Conflict => {
            refused("another operator is rotating partner-signing; look with `postern keys list`")
        }
    }
}

/// A new key, and the instant from which it signs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Added {
    pub(super) secret: &'static str,
    pub(super) kid: String,
    pub(super) signs_from: String,
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
