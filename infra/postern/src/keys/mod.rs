//! `postern keys`: the key rings that functions sign and derive with.

mod emergency;
mod rotate;
mod sealing;
mod signing;
mod view;

use clap::Subcommand;
use registry::SymmetricRing;
use registry::symmetric_ring::StoredKey;
use runtime::resources::KeyRingName;

use self::rotate::{Drop, Rotate};
pub(crate) use self::view::View;
use crate::failure::Result;
use crate::operator::Operator;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the ids of the keys of every ring
    #[command(after_help = "Example:\n  postern keys list")]
    List,
    /// Announces the next key of a ring or, ten minutes later, promotes it; with --now, replaces and
    /// drops all its keys
    #[command(
        after_help = "Example:\n  postern keys rotate portal-access --wait\n  postern keys rotate partner-signing --now"
    )]
    Rotate(Rotate),
    /// Drops a previous key before its time, e.g. because it leaked. Within seven minutes, everything
    /// that it signed or derived is refused. To drop a current key, use `keys rotate --now`
    #[command(after_help = "Example:\n  postern keys drop portal-access kQ3xZ81pa")]
    Drop(Drop),
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::List => list(operator, output).await,
            Self::Rotate(rotate) => rotate.run(operator, output).await,
            Self::Drop(drop) => drop.run(operator, output).await,
        }
    }
}

/// The rings of symmetric keys.
pub(crate) fn symmetric() -> impl Iterator<Item = KeyRingName> {
    KeyRingName::ALL.into_iter().filter(|name| !name.has_rsa_keys())
}

async fn list(operator: &Operator, output: &Output) -> Result<()> {
    let listing = output.listing();
    listing.page(&all(operator).await?)?;
    listing.end()
}

/// The keys of every ring.
pub(crate) async fn all(operator: &Operator) -> Result<Vec<View>> {
    let mut views = Vec::new();
    for name in symmetric() {
        let ring = operator.open(|aws| SymmetricRing::new(aws, name))?.read().await?;
        let view = |(key, state): (&StoredKey, &'static str)| View {
            secret: name.as_str(),
            kid: key.kid.clone(),
            state,
            since: key.since(),
        };
        views.extend(ring.keys().map(view));
    }
    views.extend(signing::list(operator).await?);
    views.extend(sealing::list(operator).await?);
    Ok(views)
}
