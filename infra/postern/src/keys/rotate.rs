//! The arguments of `postern keys rotate` and `postern keys drop`, and rotations in their own time.

use clap::{Args, ValueEnum};
use registry::SymmetricRing;
use registry::symmetric_ring::{Advance, Ring, needed};
use runtime::clock;
use runtime::resources::KeyRingName;
use serde::Serialize;

use super::{emergency, sealing, signing};
use crate::failure::{Result, refused, usage};
use crate::operator::Operator;
use crate::output::{Output, Record, note, some};

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The key ring
    name: Name,

    /// Waits until the announced key may be promoted, and promotes it
    #[arg(long)]
    wait: bool,

    /// In an emergency: replaces every key of the ring, drops the old ones, and waits until they are
    /// refused everywhere, 12 to 28 minutes. If it is cut off, run it again: it goes on where it stopped
    #[arg(long, conflicts_with = "wait")]
    now: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Drop {
    /// The key ring
    name: Name,

    /// The key's id, as `keys list` shows it
    #[arg(allow_hyphen_values = true)]
    kid: String,
}

/// The key rings.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// Derives identities of users; it can't be rotated
    Identifier,
    /// Derives one-time codes
    Otp,
    /// Signs the portal's access tokens
    PortalAccess,
    /// Derives successors of refresh tokens
    PortalRefresh,
    /// Signs the tokens of password logins
    PasswordAccess,
    /// Signs the tokens of partners; a new key is published at once, and signs 15 minutes later
    PartnerSigning,
    /// Derives what stands for items in the audit trail; it can't be rotated
    Audit,
    /// Signs the seals of the audit trail; a new key signs after a seal of the old one announced it
    AuditSigning,
}

impl From<Name> for KeyRingName {
    fn from(name: Name) -> Self {
        match name {
            Name::Identifier => Self::Identifier,
            Name::Otp => Self::Otp,
            Name::PortalAccess => Self::PortalAccess,
            Name::PortalRefresh => Self::PortalRefresh,
            Name::PasswordAccess => Self::PasswordAccess,
            Name::PartnerSigning => Self::PartnerSigning,
            Name::Audit => Self::Audit,
            Name::AuditSigning => Self::AuditSigning,
        }
    }
}

impl Drop {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        emergency::drop(self.name.into(), self.kid, operator, output).await
    }
}

impl Rotate {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match KeyRingName::from(self.name) {
            KeyRingName::AuditSigning if self.now || self.wait => usage(
                "audit-signing takes neither --now nor --wait: whoever has the old key still can't \
                 change seals that were printed before (`postern audit seal`)",
            ),
            KeyRingName::AuditSigning => sealing::rotate(operator, output).await,
            name if self.now => emergency::rotate(name, operator, output).await,
            KeyRingName::PartnerSigning if self.wait => {
                usage("partner-signing doesn't take --wait: its next key takes over by itself")
            }
            KeyRingName::PartnerSigning => signing::rotate(operator, output).await,
            name => self.rotate(name, operator, output).await,
        }
    }

    async fn rotate(&self, name: KeyRingName, operator: &Operator, output: &Output) -> Result<()> {
        let ring_name = name.as_str();
        let Some(needed) = needed(name) else {
            return emergency::not_rotated(name);
        };
        let ring = operator.open(|aws| SymmetricRing::new(aws, name))?;
        loop {
            match ring.advance(needed, clock::now()).await? {
                Advance::Announced(next, ready_at) => {
                    note(format!("{ring_name}: the next key is announced"));
                    if !self.wait {
                        note(format!("run this command again after {ready_at} to promote it"));
                        return output.record(&View::of(name, &next));
                    }
                }
                Advance::Waiting(ready_at) if self.wait => {
                    note(format!(
                        "{ring_name}: waiting until {ready_at}, when every instance has the next key"
                    ));
                    tokio::time::sleep(ready_at.since(clock::now())).await;
                }
                Advance::Waiting(ready_at) => {
                    return refused(format!(
                        "{ring_name}: every instance has the next key at {ready_at}; run this command again then, or with --wait"
                    ));
                }
                Advance::Promoted(next) => {
                    note(format!(
                        "{ring_name}: the next key is current now; the key before it still verifies"
                    ));
                    return output.record(&View::of(name, &next));
                }
                Advance::Conflict => return conflict(),
            }
        }
    }
}

fn conflict() -> Result<()> {
    refused("another operator is rotating the key ring; look with `postern keys list`")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    secret: &'static str,
    current: String,
    next: Option<String>,
}

impl View {
    fn of(name: KeyRingName, ring: &Ring) -> Self {
        let next = ring.next_kid().map(str::to_owned);
        Self { secret: name.as_str(), current: ring.current_kid().to_owned(), next }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("secret", self.secret.to_owned()),
            ("current", self.current.clone()),
            ("next", some(self.next.as_ref())),
        ]
    }
}
