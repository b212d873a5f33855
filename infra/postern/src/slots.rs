//! Rotation of the secrets of partners, organizations and clients, which have two slots.

use clap::Args;
use domain::credential::Credentials;
use registry::Change;

use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::note;

/// The options of a rotation.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SlotStep {
    /// Ends the first secret; only the second one is accepted from now on
    #[arg(long, conflicts_with = "replace")]
    promote: bool,

    /// Replaces the second secret, e.g. because it was lost before it was used
    #[arg(long)]
    replace: bool,
}

impl SlotStep {
    /// Whether to promote the second secret, or to add one. Asks for confirmation before a secret ends.
    /// `owner` is the owner of the secret, for messages, e.g. "partner p1".
    pub(crate) async fn is_promotion(
        self,
        operator: &Operator,
        owner: &str,
        found: &Credentials,
    ) -> Result<bool> {
        match (self, found.next.is_some()) {
            (Self { promote: true, .. }, false) => {
                refused(format!("{owner} has only one secret; rotate it without --promote first"))
            }
            (Self { promote: true, .. }, true) => {
                operator.confirm(&format!("The first secret of {owner} will be refused")).await?;
                Ok(true)
            }
            (Self { replace: true, .. }, true) => {
                operator.confirm(&format!("The second secret of {owner} will be refused")).await?;
                Ok(false)
            }
            (_, true) => refused(format!(
                "{owner} already has two secrets; --promote ends the first, --replace replaces the second"
            )),
            (_, false) => Ok(false),
        }
    }
}

/// The result of adding or replacing the second secret.
pub(crate) fn announced(change: Change) -> Result<()> {
    match change {
        Change::Made => Ok(()),
        Change::Conflict => refused(
            "another operator changed the secrets at the same time; nothing was changed, run the \
             command again",
        ),
    }
}

/// The result of a promotion. `late` says where the first secret is still accepted for a while.
pub(crate) fn promoted(change: Change, late: &str) -> Result<()> {
    announced(change)?;
    note(format!("only the second secret is accepted now; {late}"));
    Ok(())
}

/// How to replace a first secret that was not printed.
pub(crate) fn replace_first(rotate: &str) -> String {
    format!(
        "generate another one with `postern {rotate} >secret`, then end this one with `postern {rotate} --promote`"
    )
}

/// How to replace a second secret that was not printed.
pub(crate) fn replace_second(rotate: &str) -> String {
    format!("replace it with `postern {rotate} --replace >secret`")
}
