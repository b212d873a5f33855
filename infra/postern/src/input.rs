//! Input from the operator: confirmations and passwords.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use domain::password::{Hasher, Password, PasswordHash};
use domain::secret::Secret;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result, refused, usage};
use crate::operator::Operator;

/// The length of a generated password: 119 bits of letters and digits.
const GENERATED_LENGTH: usize = 20;

/// Where a password comes from. Never from an argument: those are visible in the list of processes and
/// in the shell's history.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct PasswordSource {
    /// Asks for a password
    #[arg(long, conflicts_with_all = ["password_stdin", "generate_password"])]
    password: bool,

    /// Reads a password from standard input
    #[arg(long, conflicts_with = "generate_password")]
    password_stdin: bool,

    /// Generates a password, and prints it to standard output
    #[arg(long)]
    generate_password: bool,
}

/// A password to set.
pub(crate) struct NewPassword {
    pub(crate) hash: PasswordHash,
    /// The plain text of a generated password, to print it.
    pub(crate) generated: Option<Secret>,
}

impl PasswordSource {
    pub(crate) fn is_given(self) -> bool {
        self.password || self.password_stdin || self.generate_password
    }

    /// Asks for, reads or generates the password; `None` without one of the options.
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
            "can't ask for the password, because standard input is not a terminal: use \
             --password-stdin or --generate-password",
        );
    }
    let first = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let second = Zeroizing::new(rpassword::prompt_password("Again: ")?);
    if first == second { Ok(first.to_string()) } else { usage("the two passwords differ") }
}

fn first_line() -> Result<String> {
    let mut text = String::new();
    io::stdin().lock().read_line(&mut text)?;
    let mut text = without_byte_order_mark(text);
    let end = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(end);
    Ok(text)
}

/// The text without the byte order mark that some editors put at the beginning of a file.
pub(crate) fn without_byte_order_mark(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

impl Operator {
    /// Asks the operator to confirm a change that can't be undone. Without a terminal, the command
    /// fails.
    pub(crate) fn confirm(&self, what: &str) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return usage(format!(
                "{what}: can't ask for confirmation, because standard input is not a terminal; use --yes"
            ));
        }
        // If the question can't be written, the operator must not confirm it.
        write!(io::stderr().lock(), "{what}. Continue? [y/N] ")?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        let is_yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
        if is_yes { Ok(()) } else { refused("not confirmed; nothing was changed") }
    }
}
