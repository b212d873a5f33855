//! `postern completions`, and what a shell is answered while somebody types: commands, options, and the
//! ids of the deployment.

use std::time::Duration;

use clap_complete::Shell;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::failure::{Result, refused};
use crate::keys;
use crate::operator::Operator;
use crate::output;

/// The variable by which a shell asks.
const VARIABLE: &str = "POSTERN_COMPLETE";
/// Who types waits for the answer.
const PATIENCE: Duration = Duration::from_millis(1500);
/// More would not be read.
const MAXIMUM: usize = 200;

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell to print completions for
    shell: Shell,
}

impl Completions {
    /// Prints what makes a shell ask this program.
    pub(crate) fn print(&self) -> Result<()> {
        let shell = self.shell.to_string();
        let shells = Shells::builtins();
        let Some(completer) = shells.completer(&shell) else {
            return refused(format!("there are no completions for {shell}"));
        };
        let mut script = Vec::new();
        completer.write_registration(VARIABLE, "postern", "postern", "postern", &mut script)?;
        output::script(&script)
    }
}

/// Answers a shell that asks for completions, and ends the process; otherwise does nothing.
pub(crate) fn answer(command: fn() -> clap::Command) {
    CompleteEnv::with_factory(|| with_ids(command())).var(VARIABLE).complete();
}

/// What has ids that a shell can complete. Users are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Organization,
    Partner,
    Client,
    /// Those of the organization in `POSTERN_ORGANIZATION`.
    ApiKey,
    Key,
}

fn with_ids(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|group| {
        let name = group.get_name().to_owned();
        let complete = |arg: clap::Arg| match named(&name, &arg) {
            Some(named) => arg.add(ArgValueCandidates::new(move || candidates(named))),
            None => arg,
        };
        group.mut_args(complete).mut_subcommands(|verb| verb.mut_args(complete))
    })
}

/// What an argument of a command of this group names.
fn named(group: &str, arg: &clap::Arg) -> Option<Named> {
    let own = arg.is_positional();
    Some(match (arg.get_id().as_str(), group) {
        ("organization", _) => Named::Organization,
        ("partner", _) => Named::Partner,
        ("client", _) => Named::Client,
        ("id", "organization") if own => Named::Organization,
        ("id", "partner") if own => Named::Partner,
        ("id", "client") if own => Named::Client,
        ("name", "api-key") if own => Named::ApiKey,
        ("kid", "keys") if own => Named::Key,
        _ => return None,
    })
}

/// What is found in time. A shell shows no errors: without a deployment there are no candidates.
fn candidates(named: Named) -> Vec<CompletionCandidate> {
    let mut found = Vec::new();
    block_in_place(|| {
        let read = timeout(PATIENCE, read(named, &mut found));
        drop(Handle::current().block_on(read));
    });
    found.truncate(MAXIMUM);
    found
        .into_iter()
        .map(|(id, name)| CompletionCandidate::new(id).help(Some(name.into())))
        .collect()
}

async fn read(named: Named, found: &mut Vec<(String, String)>) -> Result<()> {
    let operator = Operator::connect(false, None).await?;
    let mut from = None;
    loop {
        match named {
            Named::Organization => {
                let page = operator.organizations()?.page(from).await?;
                found.extend(
                    page.items
                        .into_iter()
                        .map(|it| (it.organization.id.to_string(), it.organization.name)),
                );
                from = page.next;
            }
            Named::Partner => {
                let page = operator.partners()?.page(from).await?;
                found.extend(
                    page.items.into_iter().map(|it| (it.partner.id.to_string(), it.partner.name)),
                );
                from = page.next;
            }
            Named::Client => {
                let page = operator.clients()?.page(from).await?;
                found.extend(
                    page.items.into_iter().map(|it| (it.client.id.to_string(), String::new())),
                );
                from = page.next;
            }
            Named::ApiKey => {
                let id = operator.variable("POSTERN_ORGANIZATION")?;
                let Ok(id) = domain::id::OrganizationId::parse(id) else { return Ok(()) };
                let keys = operator.registered(&id).await?.api_keys;
                found.extend(keys.iter().map(|key| (key.name(), String::new())));
            }
            Named::Key => {
                let keys = keys::all(&operator).await?;
                found.extend(
                    keys.into_iter().map(|key| (key.kid, format!("{} {}", key.secret, key.state))),
                );
            }
        }
        if from.is_none() || found.len() >= MAXIMUM {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::Arguments;

    fn of(words: [&str; 2], arg: &str) -> Option<Named> {
        let command = Arguments::command();
        let group = command.find_subcommand(words[0]).unwrap();
        let verb = group.find_subcommand(words[1]).unwrap();
        named(words[0], verb.get_arguments().find(|it| it.get_id() == arg).unwrap())
    }

    #[test]
    fn what_names_something_is_completed_and_a_new_id_is_not() {
        assert_eq!(of(["organization", "show"], "id"), Some(Named::Organization));
        assert_eq!(of(["organization", "create"], "id"), None);
        assert_eq!(of(["organization", "connect"], "partner"), Some(Named::Partner));
        assert_eq!(of(["partner", "disable"], "id"), Some(Named::Partner));
        assert_eq!(of(["user", "show"], "organization"), Some(Named::Organization));
        assert_eq!(of(["user", "show"], "id"), None);
        assert_eq!(of(["api-key", "retire"], "name"), Some(Named::ApiKey));
        assert_eq!(of(["keys", "drop"], "kid"), Some(Named::Key));
        assert_eq!(of(["keys", "drop"], "name"), None);
    }
}
