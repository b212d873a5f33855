//! `postern sso-user`: users of the identity provider.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::id::NumericId;
use domain::identifier::Email;
use domain::sso::{Extra, Profile, User};
use registry::{Change, Roster, SsoCreation, SsoUpdate, SsoUsers};
use runtime::clock;
use serde::Serialize;

use crate::deletion;
use crate::failure::{Failure, Result, refused};
use crate::input::{without_byte_order_mark, without_values};
use crate::list::Selection;
use crate::operator::Operator;
use crate::output::{Output, Record, note, some};
use crate::unlock;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates the clients and users in a JSON file; those that already exist are not changed
    #[command(after_help = "Example:\n  postern sso-user import roster.json")]
    Import(Import),
    /// Lists all users; this reads the whole table
    #[command(after_help = "Example:\n  postern sso-user list --filter 'MCI Admin' --limit 20")]
    List(Selection),
    /// Shows a user
    #[command(
        after_help = "Example:\n  postern sso-user show 6 --output json\n  postern sso-user show dr.xyz@example.com"
    )]
    Show(SsoUserArgument),
    /// Disables a user at once, and ends all access tokens; a client that the user represents is
    /// refused within a minute
    #[command(after_help = "Example:\n  postern sso-user disable 6")]
    Disable(SsoUserArgument),
    /// Enables a disabled user; access tokens from before stay invalid
    #[command(after_help = "Example:\n  postern sso-user enable 6")]
    Enable(SsoUserArgument),
    /// Deletes a user; id and email address are free then. Running it again completes what was cut off
    #[command(after_help = "Example:\n  postern sso-user delete 6")]
    Delete(SsoUserArgument),
    /// Ends all access tokens of a user at once, and those of the next five seconds
    #[command(after_help = "Example:\n  postern sso-user sign-out 6")]
    SignOut(SsoUserArgument),
    /// Gives a user the passwords of the quarter of an hour back, which others may have used up
    #[command(after_help = "Example:\n  postern sso-user unlock 6")]
    Unlock(SsoUserArgument),
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// JSON with `clients` and `users`; `-` for standard input
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SsoUserArgument {
    /// The user's id or email address
    #[arg(value_name = "ID|EMAIL", value_parser = Named::parse)]
    user: Named,
}

/// What names a user.
#[derive(Clone, Debug)]
enum Named {
    Id(NumericId),
    Email(Email),
}

impl Named {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        if text.contains('@') {
            return Email::parse(text).map(Self::Email).map_err(|error| error.to_string());
        }
        NumericId::parse(text).map(Self::Id).map_err(|error| error.to_string())
    }
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let users = operator.sso_users()?;
        let id = match self {
            Self::Import(import) => return import.run(operator, output).await,
            Self::List(selection) => {
                let page = async |from| users.page(from).await;
                return selection.print(output, page, |user| Row(View::from(user))).await;
            }
            Self::Show(user) => user.find(operator).await?.id,
            Self::Disable(user) => {
                let id = user.find_undeleted(operator).await?.id;
                operator.confirm(&format!("User {id} will be refused everywhere")).await?;
                let _: User = updated(users.set_active(id, false, clock::now()).await?)?;
                sign_out(operator, id).await?;
                id
            }
            Self::Enable(user) => {
                let id = user.find_undeleted(operator).await?.id;
                updated(users.set_active(id, true, clock::now()).await?)?.id
            }
            Self::Delete(user) => return user.delete(operator, output).await,
            Self::SignOut(user) => {
                let id = user.find(operator).await?.id;
                operator.confirm(&format!("All access tokens of user {id} will end")).await?;
                sign_out(operator, id).await?;
                id
            }
            Self::Unlock(user) => {
                let (found, now) = (user.find(operator).await?, clock::now());
                let unlocked = users.unlock(&found, &operator.unlocks()?, now).await?;
                let view = unlock::View::new(Some(found.id.to_string()), unlocked, now);
                return output.record(&view);
            }
        };
        output.record(&View::from(found(operator, &Named::Id(id)).await?))
    }
}

fn updated(update: SsoUpdate) -> Result<User> {
    match update {
        SsoUpdate::Updated(user) => Ok(*user),
        SsoUpdate::NotFound => refused("another operator deleted the user at the same time"),
        SsoUpdate::EmailTaken => refused("another user has this email address; nothing was changed"),
    }
}

async fn found(operator: &Operator, user: &Named) -> Result<User> {
    let users = operator.sso_users()?;
    match user {
        Named::Id(id) => match users.find(*id).await? {
            Some(user) => Ok(user),
            None => refused(format!("user {id} not found")),
        },
        Named::Email(email) => match users.owner(email, clock::now()).await? {
            Some(user) => Ok(user),
            None => refused(format!("no user has the email address {}", email.as_str())),
        },
    }
}

impl SsoUserArgument {
    async fn find(&self, operator: &Operator) -> Result<User> {
        found(operator, &self.user).await
    }

    /// The user, whom a deletion ends for good.
    async fn find_undeleted(&self, operator: &Operator) -> Result<User> {
        let user = self.find(operator).await?;
        match user.deleted_at {
            None => Ok(user),
            Some(at) => refused(format!(
                "user {} was deleted at {at}, which can't be taken back; nothing was changed",
                user.id
            )),
        }
    }
}

impl SsoUserArgument {
    /// Deletes the user, or completes a deletion that was cut off.
    async fn delete(&self, operator: &Operator, output: &Output) -> Result<()> {
        let users = operator.sso_users()?;
        let id = match self.half_deleted(&users).await? {
            Some(id) => id,
            None => {
                let id = self.find(operator).await?.id;
                operator.confirm(&format!("User {id} of the identity provider will be deleted")).await?;
                id
            }
        };
        match users.delete(id, clock::now).await? {
            Some(deleted) => {
                output.record(&deletion::View::new(id, deleted))?;
                deletion::note_rest();
                Ok(())
            }
            None => refused(format!("user {id} not found")),
        }
    }

    /// The user of a tombstone.
    async fn half_deleted(&self, users: &SsoUsers) -> Result<Option<NumericId>> {
        let id = match &self.user {
            Named::Id(id) => users.deleted(*id).await?.map(|_| *id),
            Named::Email(email) => users.half_deleted(email, clock::now()).await?,
        };
        Ok(id)
    }
}

async fn sign_out(operator: &Operator, id: NumericId) -> Result<()> {
    operator.sso_users()?.sign_out(id, clock::now).await?;
    note(format!("all access tokens of user {id} have ended"));
    Ok(())
}

/// The summary of an import.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    created: u64,
    already_there: u64,
    refused: u64,
}

impl Record for Summary {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("created", self.created.to_string()),
            ("already exist", self.already_there.to_string()),
            ("refused", self.refused.to_string()),
        ]
    }
}

impl Summary {
    fn add_client(&mut self, change: Change) {
        match change {
            Change::Made => self.created += 1,
            Change::Conflict => self.already_there += 1,
        }
    }

    fn add_user(&mut self, user: &str, creation: SsoCreation) {
        match creation {
            SsoCreation::Created => self.created += 1,
            SsoCreation::AlreadyExists => self.already_there += 1,
            SsoCreation::IdTaken => {
                self.refuse(user, "this id exists already, with another email address");
            }
            SsoCreation::EmailTaken => {
                self.refuse(user, "another user already has this email address");
            }
        }
    }

    fn refuse(&mut self, user: &str, why: &str) {
        self.refused += 1;
        note(format!("{user}: {why}"));
    }
}

impl Import {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let roster = read(&self.file)?;
        let (realm, mut summary) = (operator.realm()?, Summary::default());
        for client in &roster.clients {
            summary.add_client(realm.create_client(client).await?);
        }
        for user in &roster.users {
            let creation = realm.create_user(user, clock::now()).await?;
            summary.add_user(&format!("user {}", user.id), creation);
        }
        output.record(&summary)?;
        match summary.refused {
            0 => Ok(()),
            1 => refused("1 entry was refused; the others are done"),
            refusals => refused(format!("{refusals} entries were refused; the others are done")),
        }
    }
}

/// Reads and checks the whole file before any entry is created.
fn read(path: &Path) -> Result<Roster> {
    let named =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", path.display()));
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().read_to_string(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| named(&error))?;
    let text = without_byte_order_mark(text);
    let roster = serde_json::from_str(&text);
    let roster: Roster = roster.map_err(|error| named(&without_values(&error)))?;
    roster.check(clock::now()).map_err(|error| named(&format!("{error:#}")))?;
    Ok(roster)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: String,
    name: String,
    email: String,
    state: &'static str,
    has_password: bool,
    groups: Vec<String>,
    profiles: Vec<Profile>,
    extra: Extra,
    last_login: Option<String>,
    created_at: String,
    updated_at: String,
    sessions_valid_after: Option<String>,
}

impl From<User> for View {
    fn from(user: User) -> Self {
        let state = match &user {
            user if user.deleted_at.is_some() => "deleted",
            user if !user.is_active => "disabled",
            user if !user.activated => "not activated",
            _ => "active",
        };
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            state,
            has_password: user.password.is_some(),
            last_login: user.last_login.map(|at| at.to_string()),
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at().to_string(),
            sessions_valid_after: user.sessions_valid_after.map(|at| at.to_string()),
            name: user.name,
            groups: user.groups,
            profiles: user.profiles,
            extra: user.extra,
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let profiles = self.profiles.iter();
        let profiles: Vec<_> =
            profiles.map(|it| format!("{} {}", it.kind.as_str(), it.id)).collect();
        vec![
            ("id", self.id.clone()),
            ("name", self.name.clone()),
            ("email", self.email.clone()),
            ("state", self.state.to_owned()),
            ("password", crate::output::yes_no(self.has_password)),
            ("groups", self.groups.join(", ")),
            ("profiles", profiles.join(", ")),
            ("last login", some(self.last_login.as_ref())),
            ("created", self.created_at.clone()),
            ("updated", self.updated_at.clone()),
            ("tokens valid after", some(self.sessions_valid_after.as_ref())),
        ]
    }
}

/// A row of the list, which has fewer columns, so that it fits a terminal.
#[derive(Serialize)]
#[serde(transparent)]
struct Row(View);

impl Record for Row {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = self.0.cells();
        cells.retain(|(name, _)| ["id", "name", "email", "state", "groups"].contains(name));
        cells
    }
}
