//! The configuration, from the command line and the environment.

use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::Options;

/// How the stack runs.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) mode: Mode,
    pub(crate) ports: Ports,
    /// The address at which other machines reach API and console, and the names that they call it by.
    pub(crate) bind: Option<IpAddr>,
    pub(crate) hosts: Vec<String>,
    /// The port of `cargo lambda watch`, if the stack starts it to run the functions.
    pub(crate) watch: Option<u16>,
    /// The folder that stores tables, secrets and positions in streams over restarts.
    pub(crate) data: Option<PathBuf>,
    pub(crate) dynamodb: Source,
    pub(crate) binaries: PathBuf,
    /// A template instead of the one in this program.
    pub(crate) template: Option<PathBuf>,
    /// The folder for generated files: `.local`.
    pub(crate) local: PathBuf,
    /// The folder in which an `exec` collects what roles use.
    pub(crate) usage: Option<PathBuf>,
}

/// What the stack runs, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything, until a developer stops it.
    Run,
    /// Everything except the API and the functions: the developer runs `cargo lambda watch` for them.
    Services,
    /// Everything, while one command runs.
    Exec,
}

/// Ports on 127.0.0.1; 0 means any free port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) api: u16,
    pub(crate) console: u16,
    pub(crate) dynamodb: u16,
}

/// The `DynamoDB` in which the tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// dynoxide, in this process.
    Embedded,
    /// Amazon's `DynamoDB` Local, in a child process.
    AmazonLocal,
    /// Any endpoint with this URL.
    Endpoint(String),
}

impl Config {
    pub(crate) fn new(options: Options, mode: Mode) -> Result<Self> {
        let binaries = match options.binaries {
            Some(folder) => folder,
            None => folder_of_this_program()?,
        };
        let ports = Ports {
            api: options.api_port,
            console: options.console_port,
            dynamodb: options.dynamodb_port,
        };
        let config = Self {
            mode,
            ports,
            bind: options.bind,
            hosts: options.host,
            watch: options.watch.then_some(options.watch_port),
            data: options.data,
            dynamodb: Source::parse(&options.dynamodb)?,
            binaries,
            template: options.template,
            local: options.local.map_or_else(folder_of_project, anyhow::Ok)?,
            usage: options.usage,
        };
        Ok(if mode == Mode::Exec { config.private() } else { config })
    }

    /// Without fixed ports and the data folder, which another stack on this machine may use, and for this
    /// machine only.
    fn private(self) -> Self {
        let ports = Ports { api: 0, console: 0, dynamodb: 0 };
        let watch = self.watch.map(|_| 0);
        Self { ports, bind: None, hosts: Vec::new(), watch, data: None, ..self }
    }
}

impl Source {
    fn parse(text: &str) -> Result<Self> {
        match text {
            "" | "embedded" => Ok(Self::Embedded),
            "local" => Ok(Self::AmazonLocal),
            url if url.starts_with("http://") => {
                Ok(Self::Endpoint(url.trim_end_matches('/').to_owned()))
            }
            other => bail!("DYNAMODB must be embedded, local or http://…, but is {other}"),
        }
    }
}

/// The project's `.local`, if the working folder is in a project, else `.postern` in it: the program runs
/// without a project, too.
fn folder_of_project() -> Result<PathBuf> {
    let working = env::current_dir().context("find the working folder")?;
    let is_project = |folder: &&Path| folder.join("infra/template.yaml").is_file();
    let project = working.ancestors().find(is_project).map(|folder| folder.join(".local"));
    Ok(project.unwrap_or_else(|| working.join(".postern")))
}

fn folder_of_this_program() -> Result<PathBuf> {
    let program = env::current_exe().context("find this program")?;
    Ok(program.parent().context("find the folder of this program")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamodb_is_one_of_three() {
        assert_eq!(Source::parse("").unwrap(), Source::Embedded);
        assert_eq!(Source::parse("local").unwrap(), Source::AmazonLocal);
        assert_eq!(
            Source::parse("http://127.0.0.1:8000/").unwrap(),
            Source::Endpoint("http://127.0.0.1:8000".into())
        );
        assert!(Source::parse("https://dynamodb.us-east-1.amazonaws.com").is_err());
    }
}
