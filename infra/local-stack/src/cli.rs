//! The command line, and the variables that stand for its options.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The deployed stack on one machine: the very binaries, routes, tables and events.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Everything but the functions and the API, which a `cargo lambda watch` of yours then serves
    #[arg(long)]
    pub(crate) services: bool,

    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs COMMAND beside a fresh stack on free ports, then stops it
    Exec {
        #[command(flatten)]
        options: Options,

        /// What to run, with `POSTERN_API`, `POSTERN_CONSOLE`, `POSTERN_STACK_LOG` and what `.local/env` holds
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Port of the API; 0 = any free one
    #[arg(long, env = "POSTERN_API_PORT", default_value_t = 9000, value_name = "PORT")]
    pub(crate) api_port: u16,

    /// Port of the console; 0 = any free one
    #[arg(long, env = "POSTERN_CONSOLE_PORT", default_value_t = 9001, value_name = "PORT")]
    pub(crate) console_port: u16,

    /// Port of DynamoDB; 0 = any free one
    #[arg(long, env = "POSTERN_DYNAMODB_PORT", default_value_t = 8000, value_name = "PORT")]
    pub(crate) dynamodb_port: u16,

    /// `cargo lambda watch` builds and runs the functions: hot reload, debugger
    #[arg(long)]
    pub(crate) watch: bool,

    /// Port of `cargo lambda watch`; 0 = any free one
    #[arg(long, env = "POSTERN_WATCH_PORT", default_value_t = 9002, value_name = "PORT")]
    pub(crate) watch_port: u16,

    /// Folder that keeps the data over restarts; without it everything is in memory
    #[arg(long, env = "POSTERN_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Folder for what is made on this machine, `env` among it; by default the project's `.local`
    #[arg(long, env = "POSTERN_LOCAL", value_name = "DIR")]
    pub(crate) local: Option<PathBuf>,

    /// `embedded`, `local` (Amazon's DynamoDB Local) or the URL of any endpoint
    #[arg(long, env = "DYNAMODB", default_value = "embedded", value_name = "WHICH")]
    pub(crate) dynamodb: String,

    /// Folder of the functions' binaries; by default the one that this program is in
    #[arg(long, value_name = "DIR")]
    pub(crate) binaries: Option<PathBuf>,

    /// The SAM template
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml"))]
    pub(crate) template: PathBuf,
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
