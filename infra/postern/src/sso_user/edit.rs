//! `postern sso-user create` and `sso-user update`.

use clap::Args;
use domain::id::NumericId;
use domain::sso::{Extra, Profile, RegisteredEmail, User};
use domain::text;
use registry::SsoCreation;
use runtime::clock;

use super::view::View;
use super::{SsoUserArgument, sign_out, updated};
use crate::failure::{Result, refused, usage};
use crate::input::{NewPassword, PasswordSource};
use crate::operator::Operator;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The user's id, a number
    #[arg(value_parser = NumericId::parse)]
    id: NumericId,

    /// The name that services show
    #[arg(long, value_parser = text::name)]
    name: String,

    /// The email address, unique in any letter case; services show it as it is written here
    #[arg(long, value_parser = RegisteredEmail::parse)]
    email: RegisteredEmail,

    /// A group, e.g. `MCI Admin`; may be repeated
    #[arg(long, value_name = "GROUP", value_parser = text::name)]
    group: Vec<String>,

    /// A role in which the user acts, in JSON, as in user info; may be repeated
    #[arg(long, value_name = "JSON", value_parser = profile)]
    profile: Vec<Profile>,

    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    user: SsoUserArgument,

    /// The name that services show
    #[arg(long, value_parser = text::name)]
    name: Option<String>,

    /// The new email address; the old one is free then
    #[arg(long, value_parser = RegisteredEmail::parse)]
    email: Option<RegisteredEmail>,

    /// A group; may be repeated, and replaces all groups. An empty text removes them
    #[arg(long, value_name = "GROUP", value_parser = or_none(text::name))]
    group: Vec<Option<String>>,

    /// A role, in JSON; may be repeated, and replaces all roles. An empty text removes them
    #[arg(long, value_name = "JSON", value_parser = or_none(profile))]
    profile: Vec<Option<Profile>>,

    #[command(flatten)]
    password: PasswordSource,
}

fn profile(json: &str) -> std::result::Result<Profile, String> {
    let profile = serde_json::from_str(json);
    profile.map_err(|_| {
        r#"a profile is JSON like {"type":"provider","id":"123","catchment":["302618"]}"#.to_owned()
    })
}

/// A text, or the empty text.
fn or_none<T, E: ToString>(
    parse: impl Fn(&str) -> std::result::Result<T, E> + Clone,
) -> impl Fn(&str) -> std::result::Result<Option<T>, String> + Clone {
    move |text| match text {
        "" => Ok(None),
        text => parse(text).map(Some).map_err(|error| error.to_string()),
    }
}

impl Create {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let (users, now) = (operator.sso_users()?, clock::now());
        let password = self.password.obtain()?;
        let user = User {
            id: self.id,
            name: self.name,
            email: self.email,
            password: password.as_ref().map(|password| password.hash.clone()),
            is_active: true,
            activated: true,
            activated_at: None,
            last_login: None,
            created_at: now,
            changed_at: now,
            deleted_at: None,
            groups: self.group,
            profiles: self.profile,
            extra: Extra::default(),
            sessions_valid_after: None,
        };
        match users.create(&user, now).await? {
            SsoCreation::Created => show(output, user, password),
            SsoCreation::AlreadyExists | SsoCreation::IdTaken => {
                refused(format!("user {} already exists", self.id))
            }
            SsoCreation::EmailTaken => refused("another user already has this email address"),
        }
    }
}

impl Update {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let Self { name, email, group, profile, .. } = &self;
        let is_empty = name.is_none() && email.is_none() && group.is_empty() && profile.is_empty();
        if is_empty && !self.password.is_given() {
            return usage(
                "nothing to update: give a new value, e.g. --name; `postern sso-user update --help` lists them",
            );
        }
        let id = self.user.find_undeleted(operator).await?.id;
        if self.password.is_given() {
            operator
                .confirm(&format!("User {id} gets a new password, and all access tokens end"))
                .await?;
        }
        let password = self.password.obtain()?;
        let change = |user: &mut User| {
            user.name = name.clone().unwrap_or_else(|| user.name.clone());
            user.email = email.clone().unwrap_or_else(|| user.email.clone());
            if !group.is_empty() {
                user.groups = group.iter().flatten().cloned().collect();
            }
            if !profile.is_empty() {
                user.profiles = profile.iter().flatten().cloned().collect();
            }
            if let Some(password) = &password {
                user.password = Some(password.hash.clone());
            }
        };
        let users = operator.sso_users()?;
        let mut user = updated(users.update(id, change, clock::now()).await?)?;
        if password.is_some() {
            // Tokens that were issued for the old password must end.
            sign_out(operator, id).await?;
            user = super::found(operator, &super::Named::Id(id)).await?;
        }
        show(output, user, password)
    }
}

/// Prints a user, and a generated password.
fn show(output: &Output, user: User, password: Option<NewPassword>) -> Result<()> {
    let id = user.id;
    let view = View::from(user);
    match password.and_then(|password| password.generated) {
        None => output.record(&view),
        Some(generated) => output.secret(&view, "password", &generated).map_err(|unprinted| {
            unprinted.with_remedy(format!(
                "set another one with `postern sso-user update {id} --generate-password`"
            ))
        }),
    }
}
