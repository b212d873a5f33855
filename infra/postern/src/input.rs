//! What the operator is asked for: a confirmation, a password.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use domain::password::{Hasher, Password, PasswordHash};
use domain::secret::Secret;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result, refused, usage};
use crate::operator::Operator;

/// Length of a password that is generated: 119 bits of letters and digits.
const GENERATED_LENGTH: usize = 20;

/// How a password comes. Never as an argument: those are in the process list and the shell's history.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct PasswordSource {
    /// Asks for a password
    #[arg(long, conflicts_with_all = ["password_stdin", "generate_password"])]
    password: bool,

    /// Reads a password from standard input
    #[arg(long, conflicts_with = "generate_password")]
    password_stdin: bool,

    /// Generates a password and prints it, alone, to standard output
    #[arg(long)]
    generate_password: bool,
}

/// A password that is to be set.
pub(crate) struct NewPassword {
    pub(crate) hash: PasswordHash,
    /// The plain text, if the operator doesn't have it.
    pub(crate) generated: Option<Secret>,
}

impl PasswordSource {
    pub(crate) fn is_given(self) -> bool {
        self.password || self.password_stdin || self.generate_password
    }

    /// The password, if one is to be set.
    pub(crate) fn obtain(self) -> Result<Option<NewPassword>> {
        let text = match self {
            Self { password: true, .. } => Some(Zeroizing::new(prompted()?)),
            Self { password_stdin: true, .. } => Some(Zeroizing::new(first_line()?)),
            Self { generate_password: true, .. } => {
                let generated = Secret::alphanumeric(GENERATED_LENGTH);
                let hash = hashed(generated.expose())?;
                return Ok(Some(NewPassword { hash, generated: Some(generated) }));
            }
            Self { .. } => None,
        };
        text.map(|text| Ok(NewPassword { hash: hashed(&text)?, generated: None })).transpose()
    }
}

fn hashed(text: &str) -> Result<PasswordHash> {
    let password = Password::parse(text).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Hasher::new().hash(&password))
}

fn prompted() -> Result<String> {
    if !io::stdin().is_terminal() {
        return usage(
            "there is no terminal to ask at: use --password-stdin or --generate-password",
        );
    }
    let first = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let second = Zeroizing::new(rpassword::prompt_password("Again: ")?);
    if first == second { Ok(first.to_string()) } else { usage("the two passwords differ") }
}

fn first_line() -> Result<String> {
    let mut text = String::new();
    io::stdin().lock().read_line(&mut text)?;
    let end = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(end);
    Ok(text)
}

impl Operator {
    /// Asks before something that can't be undone. Without a terminal the command is refused.
    pub(crate) fn confirm(&self, what: &str) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return usage(format!("{what}: there is no terminal to ask at; use --yes"));
        }
        // A question that can't be shown can't be answered with yes.
        write!(io::stderr().lock(), "{what}. Go on? [y/N] ")?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        let is_yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
        if is_yes { Ok(()) } else { refused("nothing was done") }
    }
}
