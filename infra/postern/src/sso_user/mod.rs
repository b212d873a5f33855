//! `postern sso-user`: users of the identity provider.

mod edit;
mod import;
mod view;

use clap::{Args, Subcommand};
use domain::id::NumericId;
use domain::identifier::Email;
use domain::sso::User;
use registry::{SsoUpdate, SsoUsers};
use runtime::clock;

use self::view::{Row, View};
use crate::deletion;
use crate::failure::{Result, refused};
use crate::list::Selection;
use crate::operator::Operator;
use crate::output::{Output, note};
use crate::unlock;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a user
    #[command(
        after_help = "Example:\n  postern sso-user create 6 --name 'Dr. X Y Z' --email dr.xyz@example.com --group 'MCI Admin' --generate-password >password"
    )]
    Create(edit::Create),
    /// Creates the clients and users in a JSON file; those that already exist are not changed
    #[command(
        after_help = "Example:\n  postern sso-user import roster.json\n  postern sso-user import roster.json --update"
    )]
    Import(import::Import),
    /// Lists all users; this reads the whole table
    #[command(after_help = "Example:\n  postern sso-user list --filter 'MCI Admin' --limit 20")]
    List(Selection),
    /// Shows a user
    #[command(
        after_help = "Example:\n  postern sso-user show 6 --output json\n  postern sso-user show dr.xyz@example.com"
    )]
    Show(SsoUserArgument),
    /// Updates a user. A new password ends all access tokens, and sign-ins are refused for five seconds
    #[command(
        after_help = "Example:\n  postern sso-user update 6 --email new@example.com\n  postern sso-user update 6 --profile '{\"type\":\"provider\",\"id\":\"123\",\"catchment\":[\"302618\"]}'"
    )]
    Update(edit::Update),
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
            Self::Create(create) => return create.run(operator, output).await,
            Self::Update(update) => return update.run(operator, output).await,
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
        SsoUpdate::EmailTaken => {
            refused("another user has this email address; nothing was changed")
        }
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
        let id = if let Some(id) = self.half_deleted(&users).await? {
            id
        } else {
            let id = self.find(operator).await?.id;
            operator
                .confirm(&format!("User {id} of the identity provider will be deleted"))
                .await?;
            id
        };
        match users.delete(id, clock::now).await? {
            Some(deleted) => {
                output.record(&deletion::View::new(&id, deleted))?;
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
