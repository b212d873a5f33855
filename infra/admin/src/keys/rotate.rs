//! `postern keys rotate` and `postern keys drop`.

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::ring::{Ring, Step};
use super::secret::Symmetric;
use super::signing;
use super::vault::{Vault, Version};
use crate::clock;
use crate::failure::{Result, refused, usage};
use crate::operator::Operator;
use crate::output::{Output, Record, note, some};

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Which ring
    name: Name,

    /// Stays until what is announced may be promoted, and promotes it
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Drop {
    /// Which ring
    name: Name,

    /// The key's id, as `keys list` shows it
    kid: String,
}

/// What can be rotated.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// Never: it is part of the keys of items
    Identifier,
    /// Derives codes
    Otp,
    /// Signs the portal's access tokens
    PortalAccess,
    /// Derives successors of refresh tokens
    PortalRefresh,
    /// Signs the tokens of password logins
    PasswordAccess,
    /// Signs the tokens of partners; the new key is published now and signs once everybody knows it
    PartnerSigning,
}

impl Name {
    /// Its ring, but for the one of key pairs.
    fn symmetric(self) -> Option<Symmetric> {
        match self {
            Self::Identifier => Some(Symmetric::Identifier),
            Self::Otp => Some(Symmetric::Otp),
            Self::PortalAccess => Some(Symmetric::PortalAccess),
            Self::PortalRefresh => Some(Symmetric::PortalRefresh),
            Self::PasswordAccess => Some(Symmetric::PasswordAccess),
            Self::PartnerSigning => None,
        }
    }
}

impl Drop {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let Some(secret) = self.name.symmetric() else {
            return refused("partner-signing: its keys retire by themselves");
        };
        let (vault, name) = (Vault::new(operator), secret.name());
        let secret = operator.variable(secret.variable())?;
        let (ring, seen) = vault.read(secret).await?;
        let Some(without) = ring.without(&self.kid) else {
            return refused(format!(
                "{name} has no previous key {}; what is current is rotated first",
                self.kid
            ));
        };
        operator.confirm(&format!("Whatever was made under {} will be refused", self.kid))?;
        replace(&vault, secret, &seen, &without).await?;
        note("instances that know the key take it for up to five minutes");
        output.record(&View::of(name, &without))
    }
}

impl Rotate {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self.name.symmetric() {
            Some(secret) => self.rotate(secret, operator, output).await,
            None if self.wait => {
                usage("--wait: partner-signing takes over by itself at its instant")
            }
            None => signing::rotate(operator, output).await,
        }
    }

    async fn rotate(&self, secret: Symmetric, operator: &Operator, output: &Output) -> Result<()> {
        let name = secret.name();
        let Some(needed) = secret.needed() else {
            return refused(format!(
                "{name} can't be rotated: it is part of the keys of items, and no user would be found again"
            ));
        };
        let (vault, secret) = (Vault::new(operator), operator.variable(secret.variable())?);
        loop {
            let (ring, seen) = vault.read(secret).await?;
            match ring.step(needed, clock::now()) {
                Step::Announce(next) => {
                    replace(&vault, secret, &seen, &next).await?;
                    note(format!("{name}: the next key is announced"));
                    if !self.wait {
                        if let Step::Wait(ripe_at) = next.step(needed, clock::now()) {
                            note(format!("run this again after {ripe_at} to sign with it"));
                        }
                        return output.record(&View::of(name, &next));
                    }
                }
                Step::Wait(ripe_at) if self.wait => {
                    note(format!(
                        "{name}: waiting until {ripe_at}, when every instance knows the next key"
                    ));
                    tokio::time::sleep(ripe_at.since(clock::now())).await;
                }
                Step::Wait(ripe_at) => {
                    return refused(format!(
                        "{name}: the next key is not known to every instance before {ripe_at}; run this again then, or with --wait"
                    ));
                }
                Step::Promote(next) => {
                    replace(&vault, secret, &seen, &next).await?;
                    note(format!(
                        "{name}: the next key is in use; the one before it goes on verifying"
                    ));
                    return output.record(&View::of(name, &next));
                }
            }
        }
    }
}

async fn replace(vault: &Vault, secret: &str, seen: &Version, ring: &Ring) -> Result<()> {
    if vault.replace(secret, seen, ring).await? {
        return Ok(());
    }
    refused("somebody else rotates it at this moment; look at `postern keys list`")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    secret: &'static str,
    current: String,
    next: Option<String>,
}

impl View {
    fn of(secret: &'static str, ring: &Ring) -> Self {
        let next = ring.next_kid().map(str::to_owned);
        Self { secret, current: ring.current_kid().to_owned(), next }
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
