//! `postern user export`: one user with everything that is stored of them, or all users of an organization in
//! the form that `user import` reads.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use domain::identifier::{Email, Identity, Phone, Username};
use domain::locale::Locale;
use domain::password::PasswordHash;
use domain::user::User;
use serde::Serialize;
use store::user_item::Stored;
use tokio::time::Instant;

use super::UserArgument;
use crate::failure::Result;
use crate::operator::{InOrganization, Operator};
use crate::output::export::Target;
use crate::output::note;
use crate::session;

/// How often a line tells the progress.
const INTERVAL: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct ExportUsers {
    #[command(flatten)]
    of: InOrganization,

    /// The user's id, email address, phone number or user name: one JSON object with everything that is stored
    /// of the user. Without it, all users as JSON Lines
    #[arg(value_name = "USER")]
    user: Option<String>,

    #[command(flatten)]
    target: Target,
}

/// A user as `user import` reads it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'u> {
    id: &'u str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'u str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<&'u str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'u str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<&'u str>,
    role: &'u str,
    access_role: &'u str,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'u str>,
    disabled: bool,
}

impl<'u> From<&'u User> for Row<'u> {
    fn from(user: &'u User) -> Self {
        Self {
            id: user.id.as_str(),
            email: user.email.as_ref().map(Email::as_str),
            phone_number: user.phone.as_ref().map(Phone::as_str),
            username: user.username.as_ref().map(Username::as_str),
            password_hash: user.password.as_ref().map(PasswordHash::as_str),
            role: &user.role,
            access_role: &user.access_role,
            locale: user.locale.as_ref().map(Locale::as_str),
            disabled: user.disabled,
        }
    }
}

/// Everything that is stored of one user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'u> {
    organization: &'u str,
    #[serde(flatten)]
    row: Row<'u>,
    sessions_valid_after: Option<String>,
    /// The HMACs that stand for the identifiers in keys of items, each with its newest code.
    identities: BTreeMap<&'u str, Option<Code>>,
    sessions: Vec<session::View>,
}

/// A code, which isn't stored itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    issued_at: String,
    /// When the code expires, and how often it was compared; `None` for one that is used or withdrawn.
    expires_at: Option<String>,
    attempts: Option<usize>,
}

impl ExportUsers {
    pub(super) async fn run(self, operator: &Operator) -> Result<()> {
        match self.user {
            Some(user) => {
                let found = UserArgument::new(self.of, user).find(operator).await?;
                let mut export = self.target.open()?;
                export.document(&whole(operator, &found).await?)?;
                export.finish()
            }
            None => all(operator, &self.of, &self.target).await,
        }
    }
}

async fn whole<'u>(operator: &Operator, found: &'u Stored) -> Result<Whole<'u>> {
    let (user, codes) = (&found.user, operator.codes()?);
    let mut identities = BTreeMap::new();
    for identity in found.identities.keys() {
        let stored = Identity::stored(identity.as_str());
        let challenge = codes.find(&user.organization, &stored).await?;
        let code = challenge.map(|challenge| Code {
            issued_at: challenge.issued_at.to_string(),
            expires_at: challenge.code.as_ref().map(|code| code.expires_at.to_string()),
            attempts: challenge.code.as_ref().map(|code| code.attempts.len()),
        });
        identities.insert(identity.as_str(), code);
    }
    Ok(Whole {
        organization: user.organization.as_str(),
        row: Row::from(user),
        sessions_valid_after: user.sessions_valid_after.map(|at| at.to_string()),
        identities,
        sessions: session::of_user(operator, user).await?,
    })
}

/// Page by page, so that memory doesn't depend on how many users there are.
async fn all(operator: &Operator, of: &InOrganization, target: &Target) -> Result<()> {
    let id = &of.organization;
    operator.registered_still(id).await?;
    let (users, mut export) = (operator.users()?, target.open()?);
    let (mut count, mut told_at, mut from) = (0_usize, Instant::now(), None);
    loop {
        let page = users.page(id, from).await?;
        for user in &page.items {
            export.line(&Row::from(user))?;
        }
        count += page.items.len();
        if told_at.elapsed() >= INTERVAL {
            note(format!("{count} users exported"));
            told_at = Instant::now();
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    export.finish()?;
    note(format!(
        "{count} users exported, with the hashes of their passwords: `postern user import --format jsonl` reads them"
    ));
    Ok(())
}
