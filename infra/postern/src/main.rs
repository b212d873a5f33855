//! `postern`, the operator's command line: one module per noun, each a thin layer over `registry`.

#![warn(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic if the output can't be written"
)]

mod api_key;
mod audit;
mod cause;
mod client;
mod completions;
mod deletion;
mod deployment;
mod doctor;
mod environment;
mod explain;
mod failure;
mod fence;
#[cfg(test)]
mod help;
mod input;
mod keys;
mod list;
mod man;
mod operator;
mod organization;
mod otp;
mod output;
mod partner;
mod session;
mod slots;
mod sso_user;
mod stack;
mod status;
mod tenants;
mod unlock;
mod user;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use domain::author::Reason;

use self::failure::{Failure, Result};
use self::operator::Operator;
use self::output::{Format, Output, Shown};

/// Operates Postern: organizations, users, keys and secrets, on AWS or the local stack.
///
/// It reads the same environment variables as the functions. `. .local/env` sets those of the local
/// stack, `postern env --stack NAME` prints those of a deployed one.
#[derive(Debug, Parser)]
#[command(
    name = "postern",
    version,
    propagate_version = true,
    after_help = "Exit status: 0 done, 1 refused or a problem found, 2 wrong usage, 3 no answer from AWS.\n\n\
                  Example:\n  set -a; . .local/env; set +a\n  postern organization list"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: Global,
}

#[derive(Debug, clap::Args)]
struct Global {
    /// Format of the output: `table` for people, `json` for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    output: Format,

    #[command(flatten)]
    shown: Shown,

    /// Doesn't ask for confirmation, for scripts
    #[arg(long, short, global = true)]
    yes: bool,

    /// Why the command changes something, e.g. a ticket; stored with each change, for the audit trail
    #[arg(long, global = true, value_parser = Reason::parse, value_name = "TEXT")]
    reason: Option<Reason>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Organizations and their settings
    #[command(subcommand, after_help = "Example:\n  postern organization list")]
    Organization(organization::Command),
    /// The portal's API keys (`cv-api-key`)
    #[command(
        subcommand,
        after_help = "Example:\n  postern api-key list --organization 11111111-1111-4111-8111-111111111111"
    )]
    ApiKey(api_key::Command),
    /// Users of organizations
    #[command(
        subcommand,
        after_help = "Example:\n  postern user show --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    User(user::Command),
    /// Practice-management partners that act for organizations
    #[command(
        subcommand,
        after_help = "Example:\n  postern partner create --name 'Practice Software' >secret"
    )]
    Partner(partner::Command),
    /// Clients of the identity provider
    #[command(subcommand, after_help = "Example:\n  postern client create 18552 >token")]
    Client(client::Command),
    /// Users of the identity provider
    #[command(subcommand, after_help = "Example:\n  postern sso-user import roster.json")]
    SsoUser(sso_user::Command),
    /// Sessions of users
    #[command(
        subcommand,
        after_help = "Example:\n  postern session list --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    Session(session::Command),
    /// Key rings that functions sign and derive with
    #[command(subcommand, after_help = "Example:\n  postern keys list")]
    Keys(keys::Command),
    /// One-time codes
    #[command(
        subcommand,
        after_help = "Example:\n  postern otp inspect --organization 11111111-1111-4111-8111-111111111111 --email patient@example.com"
    )]
    Otp(otp::Command),
    /// Makes a deployment's organizations, partners and clients those of a file, after it showed what changes
    #[command(
        after_help = "Example:\n  postern apply --file tenants.yaml --dry-run\n  postern apply --file tenants.yaml --prune"
    )]
    Apply(tenants::Apply),
    /// Shows what `apply` would change; exits with 0 if there is nothing, with 2 if there is, else with 1 or 3
    #[command(after_help = "Example:\n  postern diff --file tenants.yaml")]
    Diff(tenants::Diff),
    /// Prints the organizations, partners and clients as a file for `apply`, without secrets
    #[command(after_help = "Example:\n  postern export >tenants.yaml")]
    Export(tenants::Export),
    /// Signs out all users of all organizations and of the identity provider, e.g. after a table was
    /// restored; nobody can sign in for 70 seconds. Running it again is safe
    #[command(after_help = "Example:\n  postern fence")]
    Fence(fence::Fence),
    /// The audit trail: who changed what, and whether the trail is whole
    #[command(
        after_help = "Example:\n  postern audit --organization 11111111-1111-4111-8111-111111111111 --since 7d"
    )]
    Audit(audit::Audit),
    /// Explains a request: which checks it passed, which one it failed, and what was done
    #[command(after_help = "Example:\n  postern explain JKJaXmPLvHcESHA= --since 36h")]
    Explain(explain::Explain),
    /// Checks a deployment, and says how to fix each problem
    #[command(after_help = "Example:\n  postern doctor")]
    Doctor,
    /// Prints the environment variables of a deployed stack
    #[command(after_help = "Example:\n  eval \"$(postern env --stack postern)\"")]
    Env(stack::Env),
    /// Shows a deployment at a glance: organizations, users, sign-ins of the last day, alarms, ages of keys
    #[command(after_help = "Example:\n  postern status")]
    Status,
    /// Prints completions for a shell, which know the deployment's ids
    #[command(after_help = "Example:\n  eval \"$(postern completions bash)\"")]
    Completions(completions::Completions),
    /// Prints the manual page, or writes one for each command
    #[command(after_help = "Example:\n  postern man >postern.1")]
    Man(man::Man),
}

#[tokio::main]
async fn main() -> ExitCode {
    completions::answer(Arguments::command);
    let Arguments { command, global } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_parsed(&error),
    };
    match run(command, &global).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit_code(),
    }
}

/// Prints help, or what is wrong with the arguments, which it quotes.
fn not_parsed(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        error.to_string().trim_end().lines().for_each(output::note);
        return Failure::Usage(String::new()).exit_code();
    }
    match error.print() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => Failure::Unread.exit_code(),
    }
}

async fn run(command: Command, global: &Global) -> Result<()> {
    let is_diff = matches!(command, Command::Diff(_));
    let of = |failure: Failure| if is_diff { failure.without_usage() } else { failure };
    global.shown.check(global.output).map_err(of).inspect_err(tell)?;
    let output = Output::new(global.output, global.shown.clone());
    output::stdout::check().inspect_err(tell)?;
    match &command {
        Command::Completions(completions) => return completions.print().inspect_err(tell),
        Command::Man(man) => return man.print(Arguments::command()).inspect_err(tell),
        _ => {}
    }
    let operator = Operator::connect(global.yes, global.reason.clone()).await.map_err(of);
    let operator = operator.inspect_err(tell)?;
    let done = command.run(&operator, &output).await.inspect_err(tell);
    if let Err(failure) = &done {
        tell_cause(failure, &operator).await;
    }
    done
}

fn tell(failure: &Failure) {
    if !matches!(failure, Failure::Unread | Failure::Differs) {
        output::note(format!("postern: {failure}"));
    }
}

/// What AWS's error doesn't say: where, as whom, and what to do.
async fn tell_cause(failure: &Failure, operator: &Operator) {
    match (failure, failure.call()) {
        // Who doesn't answer wouldn't answer this, either.
        (Failure::Unreachable(_), _) => output::note(operator.deployment.stack_and_region()),
        (_, Some(call)) => {
            output::note(operator.deployment.place_and_caller().await);
            output::note(cause::remedy(call));
        }
        (_, None) => {}
    }
}

impl Command {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Organization(command) => command.run(operator, output).await,
            Self::ApiKey(command) => command.run(operator, output).await,
            Self::User(command) => command.run(operator, output).await,
            Self::Partner(command) => command.run(operator, output).await,
            Self::Client(command) => command.run(operator, output).await,
            Self::SsoUser(command) => command.run(operator, output).await,
            Self::Session(command) => command.run(operator, output).await,
            Self::Keys(command) => command.run(operator, output).await,
            Self::Otp(command) => command.run(operator, output).await,
            Self::Apply(apply) => apply.run(operator, output).await,
            Self::Diff(diff) => diff.run(operator, output).await,
            Self::Export(export) => export.run(operator, output).await,
            Self::Fence(fence) => fence.run(operator, output).await,
            Self::Audit(audit) => audit.run(operator, output).await,
            Self::Explain(explain) => explain.run(operator, output).await,
            Self::Doctor => doctor::run(operator, output).await,
            Self::Status => status::run(operator, output).await,
            Self::Env(env) => env.run(operator, output).await,
            Self::Completions(completions) => completions.print(),
            Self::Man(man) => man.print(Arguments::command()),
        }
    }
}
