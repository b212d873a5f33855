//! `postern user update`.

use clap::Args;
use domain::identifier::{Email, InvalidIdentifier, Phone, Username};
use domain::user::User;

use super::{View, Who, revised, sign_out};
use crate::clock;
use crate::failure::{Result, usage};
use crate::input::PasswordSource;
use crate::operator::Operator;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    who: Who,

    /// Another address; the one before is free at once, and its live codes are dead
    #[arg(long, value_parser = perhaps(Email::parse))]
    email: Option<Perhaps<Email>>,

    /// Another number, in E.164 form
    #[arg(long, value_parser = perhaps(Phone::parse))]
    phone: Option<Perhaps<Phone>>,

    /// Another name for password logins
    #[arg(long, value_parser = perhaps(Username::parse))]
    username: Option<Perhaps<Username>>,

    /// The `role` claim of tokens
    #[arg(long)]
    role: Option<String>,

    /// The `organizationAccessRole` claim of tokens
    #[arg(long)]
    access_role: Option<String>,

    /// Language of messages, e.g. en
    #[arg(long)]
    locale: Option<String>,

    #[command(flatten)]
    password: PasswordSource,
}

/// A value, or nothing where an empty text was given.
#[derive(Clone, Debug)]
struct Perhaps<T>(Option<T>);

/// Parses what is not empty.
fn perhaps<T>(
    parse: fn(&str) -> std::result::Result<T, InvalidIdentifier>,
) -> impl Fn(&str) -> std::result::Result<Perhaps<T>, InvalidIdentifier> + Clone {
    move |text| Ok(Perhaps(if text.is_empty() { None } else { Some(parse(text)?) }))
}

impl Update {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let user = self.who.find(operator).await?;
        let password = self.password.obtain()?;
        let change = |user: &mut User| {
            self.apply(user);
            if let Some(password) = &password {
                user.password = Some(password.hash.clone());
            }
        };
        let mut preview = user.clone();
        change(&mut preview);
        if preview.identifiers().is_empty() {
            return usage("a user needs one at least of email, phone and username");
        }
        let directory = operator.directory()?;
        let revision = directory.revise(&user.organization, &user.id, change, clock::now()).await?;
        let mut user = revised(revision)?;
        if password.is_some() {
            // Whoever knew the old password must not stay.
            user = sign_out(operator, &user).await?;
        }
        let view = View::from(user);
        match password.and_then(|password| password.generated) {
            Some(generated) => output.secret(&view, "password", &generated),
            None => output.record(&view),
        }
    }

    fn apply(&self, user: &mut User) {
        if let Some(email) = &self.email {
            user.email.clone_from(&email.0);
        }
        if let Some(phone) = &self.phone {
            user.phone.clone_from(&phone.0);
        }
        if let Some(username) = &self.username {
            user.username.clone_from(&username.0);
        }
        if let Some(role) = &self.role {
            user.role.clone_from(role);
        }
        if let Some(access_role) = &self.access_role {
            user.access_role.clone_from(access_role);
        }
        if let Some(locale) = &self.locale {
            user.locale = Some(locale.clone()).filter(|locale| !locale.is_empty());
        }
    }
}
