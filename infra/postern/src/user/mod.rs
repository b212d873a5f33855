//! `postern user`.

mod argument;
mod create;
mod delete;
mod export;
mod import;
mod unlock;
mod update;
mod view;

use clap::{Args, Subcommand};
use domain::user::User;
use registry::Update;
use runtime::clock;
use store::user_item::Stored;

pub(crate) use self::argument::UserArgument;
use self::view::View;
use crate::failure::{Result, refused};
use crate::input::NewPassword;
use crate::list::Selection;
use crate::operator::{InOrganization, Operator};
use crate::output::{Output, note};

/// The default of role and access role.
const ROLE: &str = "patient";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a user
    #[command(
        after_help = "Example:\n  postern user create --organization 11111111-1111-4111-8111-111111111111 --email jo@example.com --phone +15551230000"
    )]
    Create(create::Create),
    /// Lists an organization's users; this reads the whole table
    #[command(
        after_help = "Example:\n  postern user list --organization 11111111-1111-4111-8111-111111111111 --filter example.com --limit 20"
    )]
    List(List),
    /// Shows a user
    #[command(
        after_help = "Example:\n  postern user show --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    Show(UserArgument),
    /// Updates a user; an empty text removes a value. A new password ends all sessions, and logins are
    /// refused for five seconds
    #[command(
        after_help = "Example:\n  postern user update --organization 11111111-1111-4111-8111-111111111111 patient@example.com --email new@example.com\n  postern user update --organization 11111111-1111-4111-8111-111111111111 patient@example.com --generate-password >password"
    )]
    Update(update::Update),
    /// Disables a user at once, and ends all sessions
    #[command(
        after_help = "Example:\n  postern user disable --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    Disable(UserArgument),
    /// Enables a disabled user; sessions from before stay ended, and logins are refused until five
    /// seconds after the user was disabled
    #[command(
        after_help = "Example:\n  postern user enable --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    Enable(UserArgument),
    /// Ends all sessions of a user at once, even if one is being refreshed; logins are refused for five
    /// seconds
    #[command(
        after_help = "Example:\n  postern user sign-out --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    SignOut(UserArgument),
    /// Deletes a user: sessions and codes end, and addresses, number, name and password are gone. Running it
    /// again completes what was cut off
    #[command(
        after_help = "Example:\n  postern user delete --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    Delete(UserArgument),
    /// Gives a user the sends of the day and the passwords of the quarter of an hour back, which others
    /// may have used up; ends a live code
    ///
    /// Also for an identifier that no user has.
    #[command(
        after_help = "Example:\n  postern user unlock --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    Unlock(UserArgument),
    /// Exports a user with everything that is stored of them, or all users as `user import` reads them, with the
    /// hashes of their passwords; this reads the whole table
    #[command(
        after_help = "Example:\n  postern user export --organization 11111111-1111-4111-8111-111111111111 patient@example.com\n  postern user export --organization 11111111-1111-4111-8111-111111111111 --file users.jsonl"
    )]
    Export(export::ExportUsers),
    /// Creates users from a file; those who already exist are not changed
    #[command(
        after_help = "Example:\n  postern user import --organization 11111111-1111-4111-8111-111111111111 users.csv"
    )]
    Import(import::Import),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    of: InOrganization,

    #[command(flatten)]
    selection: Selection,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Create(create) => create.run(operator, output).await,
            Self::List(list) => list.run(operator, output).await,
            Self::Show(user) => output.record(&View::from(user.find(operator).await?.user)),
            Self::Update(update) => update.run(operator, output).await,
            Self::Disable(user) => disable(operator, output, &user).await,
            Self::Enable(user) => {
                let user = set_disabled(operator, &user.find(operator).await?, false).await?;
                note_wait(&user);
                output.record(&View::from(user))
            }
            Self::SignOut(user) => {
                let user = user.find(operator).await?.user;
                operator.confirm(&format!("All sessions of user {} will end", user.id)).await?;
                signed_out(operator, output, user).await
            }
            Self::Delete(user) => delete::delete(operator, output, &user).await,
            Self::Unlock(user) => unlock::unlock(operator, output, &user).await,
            Self::Export(export) => export.run(operator).await,
            Self::Import(import) => import.run(operator, output).await,
        }
    }
}

impl List {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let id = &self.of.organization;
        operator.registered(id).await?;
        let users = operator.users()?;
        let page = async |from| users.page(id, from).await;
        self.selection.print(output, page, View::from).await
    }
}

async fn disable(operator: &Operator, output: &Output, user: &UserArgument) -> Result<()> {
    let found = user.find(operator).await?;
    operator.confirm(&format!("User {} will be refused everywhere", found.user.id)).await?;
    let disabled = set_disabled(operator, &found, true).await?;
    output.record(&View::from(sign_out(operator, disabled).await?))
}

async fn set_disabled(operator: &Operator, found: &Stored, disabled: bool) -> Result<User> {
    updated(operator.users()?.set_disabled(found, disabled, clock::now()).await?)
}

/// Ends every session of a user, and prints the changed user.
pub(crate) async fn signed_out(operator: &Operator, output: &Output, user: User) -> Result<()> {
    output.record(&View::from(sign_out(operator, user).await?))
}

/// Ends every session of a user, and returns the changed user.
async fn sign_out(operator: &Operator, mut user: User) -> Result<User> {
    let users = operator.users()?;
    let bound = users.sign_out(&user.organization, &user.id, clock::now).await?;
    user.sessions_valid_after = Some(bound);
    note(format!("all sessions of user {} have ended", user.id));
    if !user.disabled {
        note_wait(&user);
    }
    Ok(user)
}

/// A sign-out is effective until a few seconds after now, because clocks differ: until then, new
/// sessions are refused like the old ones.
fn note_wait(user: &User) {
    let now = clock::now();
    let Some(until) = user.sessions_valid_after.filter(|until| *until > now) else { return };
    let seconds = until.since(now).as_millis().div_ceil(1000);
    note(format!("logins of user {} are refused for {seconds} s more, until {until}", user.id));
}

/// Prints a user, and a generated password.
fn show(output: &Output, user: User, password: Option<NewPassword>) -> Result<()> {
    let update = format!("user update --organization {} {}", user.organization, user.id);
    let view = View::from(user);
    match password.and_then(|password| password.generated) {
        None => output.record(&view),
        Some(generated) => output.secret(&view, "password", &generated).map_err(|unprinted| {
            unprinted
                .with_remedy(format!("set another one with `postern {update} --generate-password`"))
        }),
    }
}

fn updated(update: Update) -> Result<User> {
    match update {
        Update::Updated(user) => Ok(*user),
        Update::NotFound => refused("another operator deleted the user at the same time"),
        Update::IdentifierTaken { by, kind } => {
            refused(format!("user {by} already has this {kind}; nothing was changed"))
        }
    }
}
