//! The command line, and the environment variables of its options.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Runs the deployed stack on one machine: the same binaries, routes, tables and events.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Doesn't run the functions and the API; start `cargo lambda watch` for them yourself
    #[arg(long)]
    pub(crate) services: bool,

    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs COMMAND beside a new stack on free ports, then stops the stack
    Exec {
        #[command(flatten)]
        options: Options,

        /// Fails if the command didn't use a right that a role of the template has
        #[arg(long)]
        all_rights: bool,

        /// The command; its environment has `POSTERN_API`, `POSTERN_CONSOLE`, `POSTERN_STACK_LOG` and
        /// the variables of `.local/env`
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Port of the API; 0 means any free port
    #[arg(long, env = "POSTERN_API_PORT", default_value_t = 9000, value_name = "PORT")]
    pub(crate) api_port: u16,

    /// Port of the console; 0 means any free port
    #[arg(long, env = "POSTERN_CONSOLE_PORT", default_value_t = 9001, value_name = "PORT")]
    pub(crate) console_port: u16,

    /// Port of DynamoDB; 0 means any free port
    #[arg(long, env = "POSTERN_DYNAMODB_PORT", default_value_t = 8000, value_name = "PORT")]
    pub(crate) dynamodb_port: u16,

    /// Also serves API and console at this address, e.g. 0.0.0.0 for all: for containers and phones. Everybody
    /// who reaches it can read codes, mint tokens and move the clock
    #[arg(long, env = "POSTERN_BIND", value_name = "ADDRESS")]
    pub(crate) bind: Option<IpAddr>,

    /// With --bind: a name of this machine that requests to the console may name as their host, e.g.
    /// that of a container; may be repeated
    #[arg(
        long,
        env = "POSTERN_HOSTS",
        value_name = "NAME",
        value_delimiter = ',',
        requires = "bind"
    )]
    pub(crate) host: Vec<String>,

    /// Builds and runs the functions with `cargo lambda watch`, for hot reload and debuggers
    #[arg(long)]
    pub(crate) watch: bool,

    /// Port of `cargo lambda watch`; 0 means any free port
    #[arg(long, env = "POSTERN_WATCH_PORT", default_value_t = 9002, value_name = "PORT")]
    pub(crate) watch_port: u16,

    /// Folder that stores the data over restarts; by default all data is in memory
    #[arg(long, env = "POSTERN_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Folder for generated files, e.g. `env`; by default `.local` of the project that the working folder
    /// is in or, in no project, `.postern`
    #[arg(long, env = "POSTERN_LOCAL", value_name = "DIR")]
    pub(crate) local: Option<PathBuf>,

    /// Database: `embedded`, `local` (Amazon's DynamoDB Local) or the URL of an endpoint
    #[arg(long, env = "DYNAMODB", default_value = "embedded", value_name = "WHICH")]
    pub(crate) dynamodb: String,

    /// Folder of the functions' binaries; by default the folder of this program
    #[arg(long, value_name = "DIR")]
    pub(crate) binaries: Option<PathBuf>,

    /// Path of a SAM template; by default the one that this program was built with
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,

    /// Folder in which to note the rights that roles use; `exec` sets it for stacks that its command starts
    #[arg(long, env = "POSTERN_USAGE", value_name = "DIR")]
    pub(crate) usage: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_after_the_dashes_is_the_command() {
        let arguments =
            Arguments::parse_from(["local-stack", "exec", "--", "cargo", "test", "-p", "contract"]);
        let Some(Command::Exec { command, .. }) = arguments.command else { panic!("not exec") };
        assert_eq!(command, ["cargo", "test", "-p", "contract"]);
    }
}
