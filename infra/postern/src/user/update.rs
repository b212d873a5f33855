//! `postern user update`.

use clap::Args;
use domain::identifier::{Email, Phone, Username};
use domain::locale::Locale;
use domain::text;
use domain::user::User;
use runtime::clock;

use super::argument::ChangedUser;
use super::{show, sign_out, updated};
use crate::failure::{Result, usage};
use crate::input::PasswordSource;
use crate::operator::Operator;
use crate::output::{Output, note};
use crate::values::{Clearable, clearable, set};

#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    user: ChangedUser,

    /// The new email address; codes that were sent to the old one end at once
    #[arg(long, value_parser = clearable(Email::parse))]
    email: Option<Clearable<Email>>,

    /// The new phone number, in E.164 form
    #[arg(long, value_parser = clearable(Phone::parse))]
    phone: Option<Clearable<Phone>>,

    /// The new user name for password logins
    #[arg(long, value_parser = clearable(Username::parse))]
    username: Option<Clearable<Username>>,

    /// The `role` claim of tokens
    #[arg(long, value_parser = text::role)]
    role: Option<String>,

    /// The `organizationAccessRole` claim of tokens
    #[arg(long, value_parser = text::role)]
    access_role: Option<String>,

    /// The language of messages: en, de, es or fr, e.g. de-AT
    #[arg(long, value_parser = clearable(Locale::parse))]
    locale: Option<Clearable<Locale>>,

    #[command(flatten)]
    password: PasswordSource,
}

impl Update {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        if !self.password.is_given() && !self.changes_fields() {
            return usage(
                "nothing to update: give a new value, e.g. --email; `postern user update --help` lists them",
            );
        }
        let found = self.user.find(operator).await?;
        if self.password.is_given() {
            let id = &found.user.id;
            operator
                .confirm(&format!("User {id} gets a new password, and all sessions end"))
                .await?;
        }
        let password = self.password.obtain()?;
        let change = |user: &mut User| {
            self.apply(user);
            if let Some(password) = &password {
                user.password = Some(password.hash.clone());
            }
        };
        let mut preview = found.user.clone();
        change(&mut preview);
        if preview.identifiers().is_empty() {
            return usage("a user needs at least one of email, phone and username");
        }
        let mut user = updated(operator.users()?.update(&found, change, clock::now()).await?)?;
        if password.is_some() {
            // Sessions that were started with the old password must end.
            user = sign_out(operator, user).await?;
        } else if has_lost_recipient(&found.user, &user) {
            note(format!(
                "sessions that were started with the old address or number go on: `postern user sign-out {}` ends them",
                user.id
            ));
        }
        show(output, user, password)
    }

    fn changes_fields(&self) -> bool {
        let Self { email, phone, username, role, access_role, locale, .. } = self;
        email.is_some()
            || phone.is_some()
            || username.is_some()
            || role.is_some()
            || access_role.is_some()
            || locale.is_some()
    }

    fn apply(&self, user: &mut User) {
        set(&mut user.email, self.email.as_ref());
        set(&mut user.phone, self.phone.as_ref());
        set(&mut user.username, self.username.as_ref());
        set(&mut user.locale, self.locale.as_ref());
        if let Some(role) = &self.role {
            user.role.clone_from(role);
        }
        if let Some(access_role) = &self.access_role {
            user.access_role.clone_from(access_role);
        }
    }
}

/// Whether codes went to an address or a number that they don't go to any more.
fn has_lost_recipient(before: &User, after: &User) -> bool {
    (before.email.is_some() && before.email != after.email)
        || (before.phone.is_some() && before.phone != after.phone)
}
