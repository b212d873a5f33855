//! Input from the operator: confirmations and passwords.

use std::io::{self, BufRead as _, IsTerminal as _};

use domain::password::{Hasher, Password, PasswordHash};
use domain::secret::Secret;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result, refused, usage};
use crate::operator::Operator;
use crate::output::{ask, note};

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
    let password = Password::choose(text).map_err(|error| Failure::Usage(error.to_string()))?;
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

/// The first line of standard input, e.g. a secret.
pub(crate) fn first_line() -> Result<String> {
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

/// What is wrong with JSON, and where. Serde's messages quote values, which may be secrets or personal:
/// those are left out.
pub(crate) fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let unquoted = |text: &str| text.split(['"', '`']).next().unwrap_or_default().trim().to_owned();
    for what in [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown field ",
        "unknown variant ",
    ] {
        let Some(rest) = text.strip_prefix(what) else { continue };
        // A value may have any text in it: the last words are serde's own.
        let expected = rest.rfind(", expected ").map(|at| &rest[at..]).unwrap_or_default();
        let value = rest[..rest.len() - expected.len()].to_owned();
        return format!("{what}{}{expected}", unquoted(&value)).replace(" ,", ",");
    }
    text
}

impl Operator {
    /// Asks the operator to confirm a change that can't be undone, and says in which deployment. Without
    /// a terminal, the command fails.
    pub(crate) async fn confirm(&self, what: &str) -> Result<()> {
        let place = self.deployment.place().await;
        if self.yes {
            note(format!("{place}: {what}"));
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return usage(format!(
                "{place}: {what}: can't ask for confirmation, because standard input is not a terminal; \
                 use --yes"
            ));
        }
        // If the question can't be written, the operator must not confirm it.
        ask(&format!("{place}: {what}. Continue? [y/N] "))?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        let is_yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
        if is_yes { Ok(()) } else { refused("not confirmed; nothing was changed") }
    }
}

#[cfg(test)]
mod tests {
    use registry::Roster;

    use super::*;

    #[test]
    fn a_message_about_json_says_where_and_quotes_no_value() {
        for text in [
            r#"{"users":"hush, expected nothing"}"#,
            r#"{"users":[{"id":"hush","name":"X","email":"x@example.com"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"hush"}]}"#,
            r#"{"users":[{"hush":6}]}"#,
            r#"{"clients":[{"client_id":"6","token":"t","user_info":"hush"}]}"#,
            r#"{"users":[{"id":6,"name":7031,"email":"x@example.com"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x@example.com","created_at":"hush"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x@example.com","profiles":[{"type":"hush hush"}]}]}"#,
            "{hush",
        ] {
            let told = without_values(&serde_json::from_str::<Roster>(text).unwrap_err());
            assert!(!told.contains("hush") && !told.contains("7031"), "{told}");
            assert!(told.contains("line 1 column "), "{told}");
        }
    }
}
