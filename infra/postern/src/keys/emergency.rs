//! `postern keys rotate --now` and `postern keys drop`: keys that leaked are replaced and dropped.

use std::time::Duration;

use domain::time::Timestamp;
use registry::signing_ring::CACHED_BY_CLIENTS;
use registry::{Progress, SigningRings, SymmetricRing};
use runtime::clock;
use runtime::resources::KeyRingName;
use serde::Serialize;

use super::signing;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, note, some};

/// How often a command that waits says so.
const REMINDER: Duration = Duration::from_mins(1);

/// A ring, of either kind.
struct Ring {
    name: KeyRingName,
    kind: Kind,
}

enum Kind {
    Symmetric(SymmetricRing),
    Signing(SigningRings),
}

/// `keys rotate RING --now`.
pub(super) async fn rotate(name: KeyRingName, operator: &Operator, output: &Output) -> Result<()> {
    if is_permanent(name) {
        return not_rotated(name);
    }
    let ring = Ring::open(name, operator)?;
    let kids = ring.leaked(clock::now()).await?;
    if kids.is_empty() {
        // The first key of a deployment: none can have leaked.
        return signing::rotate(operator, output).await;
    }
    operator.confirm(&ring.consequence(&kids)).await?;
    let refused_from = ring.replace(&kids).await?;
    ring.wait(refused_from).await;
    note(format!("{}: done, every old key is refused", ring.name.as_str()));
    output.record(&ring.view(kids, refused_from).await?)
}

/// `keys drop RING KID`.
pub(super) async fn drop(
    name: KeyRingName,
    kid: String,
    operator: &Operator,
    output: &Output,
) -> Result<()> {
    if is_permanent(name) {
        return not_rotated(name);
    }
    if name == KeyRingName::AuditSigning {
        return refused(
            "audit-signing keeps the key before: the sealer announces a new key with it; the next \
             rotation drops it",
        );
    }
    let ring = Ring::open(name, operator)?;
    if !ring.previous(clock::now()).await?.contains(&kid) {
        return refused(format!(
            "key {kid} is not a previous key of {}; to drop the current key, replace it: `postern keys rotate {0} --now`",
            name.as_str()
        ));
    }
    let kids = vec![kid];
    operator.confirm(&ring.consequence(&kids)).await?;
    let refused_from = ring.replace(&kids).await?;
    output.record(&ring.view(kids, refused_from).await?)
}

/// Whether stored data depends on the ring's key.
fn is_permanent(name: KeyRingName) -> bool {
    matches!(name, KeyRingName::Identifier | KeyRingName::Audit)
}

pub(super) fn not_rotated(name: KeyRingName) -> Result<()> {
    refused(format!(
        "{} can't be rotated: {}",
        name.as_str(),
        if name == KeyRingName::Audit {
            "no line of the audit trail would fit its item any more"
        } else {
            "keys of items depend on it, so no user would be found any more"
        }
    ))
}

impl Ring {
    fn open(name: KeyRingName, operator: &Operator) -> Result<Self> {
        let kind = match name {
            KeyRingName::PartnerSigning => Kind::Signing(operator.signing_rings()?),
            name => Kind::Symmetric(operator.open(|aws| SymmetricRing::new(aws, name))?),
        };
        Ok(Self { name, kind })
    }

    async fn leaked(&self, now: Timestamp) -> anyhow::Result<Vec<String>> {
        match &self.kind {
            Kind::Symmetric(ring) => Ok(ring.read().await?.leaked(now)),
            Kind::Signing(rings) => rings.leaked(now).await,
        }
    }

    async fn previous(&self, now: Timestamp) -> anyhow::Result<Vec<String>> {
        match &self.kind {
            Kind::Symmetric(ring) => Ok(ring.read().await?.previous()),
            Kind::Signing(rings) => rings.previous(now).await,
        }
    }

    /// Takes every step until the keys are dropped. Returns the instant from which they are refused.
    async fn replace(&self, kids: &[String]) -> Result<Timestamp> {
        let name = self.name.as_str();
        loop {
            let now = clock::now();
            let progress = match &self.kind {
                Kind::Symmetric(ring) => ring.replace(kids, now).await?,
                Kind::Signing(rings) => rings.replace(kids, now).await?,
            };
            match progress {
                Progress::Announced(at) => {
                    note(format!("{name}: a new key is announced, and takes over at {at}"));
                    self.wait(at).await;
                }
                Progress::Waiting(at) => {
                    note(format!("{name}: going on at {at}, when every instance uses the new key"));
                    self.wait(at).await;
                }
                Progress::Promoted(at) => {
                    note(format!("{name}: the new key is current; old keys are dropped at {at}"));
                    self.wait(at).await;
                }
                Progress::Dropped(refused_from) => {
                    self.tell_dropped(kids, refused_from);
                    return Ok(refused_from);
                }
                Progress::Conflict => {
                    note(format!("{name}: another operator changed the ring; going on from there"));
                }
            }
        }
    }

    fn tell_dropped(&self, kids: &[String], refused_from: Timestamp) {
        let (name, kids) = (self.name.as_str(), kids.join(", "));
        note(format!("{name}: dropped {kids}; instances may have it cached until {refused_from}"));
        if matches!(self.kind, Kind::Signing(_)) {
            note(format!(
                "{name}: clients that verify with the JWK Set themselves may have it cached for up to {} \
                 minutes after it was dropped, and longer if they ignore its Cache-Control",
                CACHED_BY_CLIENTS.as_secs() / 60
            ));
        }
    }

    async fn wait(&self, until: Timestamp) {
        loop {
            let left = until.since(clock::now());
            if left.is_zero() {
                return;
            }
            let minutes = left.as_secs().div_ceil(60);
            note(format!(
                "{}: {minutes} min left; may be cut off and run again",
                self.name.as_str()
            ));
            tokio::time::sleep(left.min(REMINDER)).await;
        }
    }

    /// What dropping keys means, as a question.
    fn consequence(&self, kids: &[String]) -> String {
        let what = match self.name {
            KeyRingName::Otp => "live codes are withdrawn, so users have to request new ones",
            KeyRingName::PortalRefresh => {
                "no token is refused, because refreshes are repeated for ten minutes at most"
            }
            KeyRingName::PortalAccess => {
                "tokens that they signed are refused, so clients have to refresh"
            }
            KeyRingName::PasswordAccess => {
                "tokens that they signed are refused, so users have to log in again"
            }
            KeyRingName::PartnerSigning => {
                "tokens that they signed are refused, so partners have to request new ones"
            }
            KeyRingName::Identifier => "no user is found any more",
            KeyRingName::Audit => "no line of the audit trail fits its item any more",
            KeyRingName::AuditSigning => "the next seal is signed by a key that no seal announced",
        };
        format!("These keys of {} will be dropped: {}; {what}", self.name.as_str(), kids.join(", "))
    }

    async fn view(&self, dropped: Vec<String>, refused_from: Timestamp) -> Result<View> {
        let (current, next) = match &self.kind {
            Kind::Symmetric(ring) => {
                let ring = ring.read().await?;
                (Some(ring.current_kid().to_owned()), ring.next_kid().map(str::to_owned))
            }
            Kind::Signing(rings) => {
                let (ring, now) = (rings.read().await?, clock::now());
                let kid =
                    |key: &domain::token::signing_key::SigningKey| key.public().kid().to_owned();
                let ring = ring.as_ref();
                (
                    ring.and_then(|ring| ring.signer(now)).map(kid),
                    ring.and_then(|ring| ring.next(now)).map(kid),
                )
            }
        };
        let refused_from = refused_from.to_string();
        Ok(View { secret: self.name.as_str(), current, next, dropped, refused_from })
    }
}

/// A ring after keys of it were dropped.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    secret: &'static str,
    current: Option<String>,
    next: Option<String>,
    dropped: Vec<String>,
    refused_from: String,
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("secret", self.secret.to_owned()),
            ("current", some(self.current.as_ref())),
            ("next", some(self.next.as_ref())),
            ("dropped", self.dropped.join(", ")),
            ("refused from", self.refused_from.clone()),
        ]
    }
}
