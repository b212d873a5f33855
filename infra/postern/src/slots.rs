//! Two secrets at a time: how partners, organizations and clients rotate them.

use clap::Args;
use domain::credential::Credentials;
use registry::Change;

use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::note;

/// Which of the two steps.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SlotStep {
    /// Ends the first secret: the second one is the only one from now on
    #[arg(long, conflicts_with = "replace")]
    promote: bool,

    /// Generates the second secret again, if it was lost before it was used
    #[arg(long)]
    replace: bool,
}

impl SlotStep {
    /// Whether the second secret is to be promoted; asks before one is refused from then on.
    pub(crate) fn is_promotion(
        self,
        operator: &Operator,
        whose: &str,
        found: &Credentials,
    ) -> Result<bool> {
        match (self, found.next.is_some()) {
            (Self { promote: true, .. }, false) => {
                refused(format!("{whose} has one secret only; rotate it without --promote first"))
            }
            (Self { promote: true, .. }, true) => {
                operator.confirm(&format!("The first secret of {whose} will be refused"))?;
                Ok(true)
            }
            (Self { replace: true, .. }, true) => {
                operator.confirm(&format!("The second secret of {whose} will be refused"))?;
                Ok(false)
            }
            (_, true) => refused(format!(
                "{whose} has two secrets already: --promote ends the first, --replace the second"
            )),
            (_, false) => Ok(false),
        }
    }
}

/// What became of a second secret.
pub(crate) fn announced(change: Change) -> Result<()> {
    match change {
        Change::Made => Ok(()),
        Change::Conflict => refused("another operator changed it at the same time; look again"),
    }
}

/// What became of a promotion, and where the first secret is still accepted for a while.
pub(crate) fn promoted(change: Change, late: &str) -> Result<()> {
    announced(change)?;
    note(format!("the second secret is the only one now; {late}"));
    Ok(())
}

/// How to get another secret in place of a first one that was not printed.
pub(crate) fn first_unseen(rotate: &str) -> String {
    format!("`postern {rotate} >secret` gives another, `postern {rotate} --promote` ends this one")
}

/// How to get another secret in place of a second one that was not printed.
pub(crate) fn second_unseen(rotate: &str) -> String {
    format!("`postern {rotate} --replace >secret` generates it again")
}
