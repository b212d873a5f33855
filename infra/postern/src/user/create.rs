//! `postern user create`.

use clap::Args;
use domain::id::UserId;
use domain::identifier::{Email, Phone, Username};
use domain::locale::Locale;
use domain::text;
use domain::user::User;
use registry::Creation;
use runtime::clock;

use super::{ROLE, show};
use crate::failure::{Failure, Result, refused, usage};
use crate::input::PasswordSource;
use crate::operator::{InOrganization, Operator};
use crate::output::Output;
use crate::values::fresh_id;

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    of: InOrganization,

    /// The user's id; the default is a random one
    #[arg(long, value_parser = fresh_id(UserId::parse))]
    id: Option<UserId>,

    /// The email address for codes
    #[arg(long, value_parser = Email::parse)]
    email: Option<Email>,

    /// The phone number for codes, in E.164 form
    #[arg(long, value_parser = Phone::parse)]
    phone: Option<Phone>,

    /// The user name for password logins
    #[arg(long, value_parser = Username::parse)]
    username: Option<Username>,

    /// The `role` claim of tokens
    #[arg(long, default_value = ROLE, value_parser = text::role)]
    role: String,

    /// The `organizationAccessRole` claim of tokens
    #[arg(long, default_value = ROLE, value_parser = text::role)]
    access_role: String,

    /// The language of messages: en, de, es or fr, e.g. de-AT
    #[arg(long, value_parser = Locale::parse)]
    locale: Option<Locale>,

    #[command(flatten)]
    password: PasswordSource,
}

impl Create {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        if self.email.is_none() && self.phone.is_none() && self.username.is_none() {
            return usage("a user needs at least one of --email, --phone and --username");
        }
        let id = &self.of.organization;
        operator.registered(id).await?;
        let users = operator.users()?;
        let password = self.password.obtain()?;
        let user = User {
            organization: id.clone(),
            id: self.id.unwrap_or_else(UserId::random),
            email: self.email,
            phone: self.phone,
            username: self.username,
            password: password.as_ref().map(|password| password.hash.clone()),
            role: self.role,
            access_role: self.access_role,
            locale: self.locale,
            disabled: false,
            sessions_valid_after: None,
        };
        match users.create(&user, clock::now()).await? {
            Creation::Created => {
                // A deletion of the organization that began meanwhile may not have found the user.
                match operator.registered(id).await {
                    Err(Failure::Refused(why)) => {
                        users.delete(id, &user.id, clock::now).await?;
                        return refused(why);
                    }
                    registered => drop(registered?),
                }
            }
            Creation::AlreadyExists(found) => {
                return refused(format!(
                    "user {} already exists, and has all these identifiers",
                    found.id
                ));
            }
            Creation::IdTaken => {
                return refused(format!("user {} already exists, with other identifiers", user.id));
            }
            Creation::IdentifierTaken { by, kind } => {
                return refused(format!("user {by} already has this {kind}"));
            }
            Creation::Conflict => {
                return refused(
                    "another operator was creating the same user at the same time; look with \
                     `postern user show`, then run the command again",
                );
            }
        }
        show(output, user, password)
    }
}
