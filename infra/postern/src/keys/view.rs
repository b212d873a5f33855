//! The record of one key: its id and state, never the key itself.

use domain::time::Timestamp;
use domain::token::signing_key::SigningKey;
use domain::token::signing_ring::SigningRing;
use serde::{Serialize, Serializer};

use crate::output::{Record, some};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    pub(crate) secret: &'static str,
    pub(crate) kid: String,
    pub(crate) state: &'static str,
    #[serde(serialize_with = "text")]
    pub(crate) since: Option<Timestamp>,
}

impl View {
    /// A key that signs from an instant on.
    pub(super) fn of_signing_key(
        secret: &'static str,
        key: &SigningKey,
        ring: &SigningRing,
        now: Timestamp,
    ) -> Self {
        let signer = ring.signer(now).map(|key| key.public().kid());
        Self {
            secret,
            kid: key.public().kid().to_owned(),
            state: match () {
                () if key.signs_from() > now => "next",
                () if signer == Some(key.public().kid()) => "current",
                () => "previous",
            },
            // The first key of a deployment signs from the epoch on, in case clocks differ.
            since: Some(key.signs_from()).filter(|at| at.millis() > 0),
        }
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn text<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(serializer)
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("secret", self.secret.to_owned()),
            ("key id", self.kid.clone()),
            ("state", self.state.to_owned()),
            ("since", some(self.since.as_ref())),
        ]
    }
}
