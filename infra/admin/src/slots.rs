//! Two secrets at a time: how partners, organizations and clients change over.

use clap::Args;
use domain::credential::Credentials;
use platform::store::Change;

use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::note;

/// Which of the two steps.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SlotStep {
    /// Ends the first secret: the second one is the only one from now on
    #[arg(long, conflicts_with = "replace")]
    promote: bool,

    /// Draws the second secret anew, where it was lost before anybody used it
    #[arg(long)]
    replace: bool,
}

impl SlotStep {
    /// Whether the second secret is to be promoted; asks before one is refused from then on.
    pub(crate) fn is_promotion(
        self,
        operator: &Operator,
        whose: &str,
        held: &Credentials,
    ) -> Result<bool> {
        match (self, held.next.is_some()) {
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
        Change::Overtaken => refused("somebody else changed it at this moment; look again"),
    }
}

/// What became of a promotion, with who may go by the first secret for a while.
pub(crate) fn promoted(change: Change, late: &str) -> Result<()> {
    announced(change)?;
    note(format!("the second secret is the only one now; {late}"));
    Ok(())
}

/// How to come by another secret in place of a first one that nobody saw.
pub(crate) fn first_unseen(rotate: &str) -> String {
    format!("`postern {rotate} >secret` gives another, `postern {rotate} --promote` ends this one")
}

/// How to come by another secret in place of a second one that nobody saw.
pub(crate) fn second_unseen(rotate: &str) -> String {
    format!("`postern {rotate} --replace >secret` draws it anew")
}
