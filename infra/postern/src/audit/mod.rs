//! `postern audit`: the audit trail.

mod filter;
mod list;
mod order;
mod seal;
mod trail;
mod verify;

use clap::{Args, Subcommand};

use crate::failure::Result;
use crate::operator::Operator;
use crate::output::Output;

use self::list::List;
pub(crate) use self::order::ordered;
pub(crate) use self::trail::{END, Trail, is_quotable};
use self::verify::Verify;

/// Lists changes, or verifies the trail.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Finds what was removed from the trail, edited, inserted, or changed without a line
    #[command(
        after_help = "Example:\n  postern audit verify --head head.json --state .local/audit-state"
    )]
    Verify(Verify),
    /// Prints the newest seal, to store elsewhere: with it, `audit verify --head` finds a trail that was
    /// rewritten whole
    #[command(after_help = "Example:\n  postern audit seal --output json >head.json")]
    Seal,
}

impl Audit {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self.command {
            None => self.list.run(operator, output).await,
            Some(Command::Verify(verify)) => verify.run(operator, output).await,
            Some(Command::Seal) => seal::run(operator, output).await,
        }
    }
}
