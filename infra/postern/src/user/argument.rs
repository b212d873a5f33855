//! The user that a command is about.

use clap::Args;
use domain::id::UserId;
use domain::identifier::{Email, Identifier, Phone, Username};
use registry::Users;
use runtime::clock;
use store::user_item::Stored;

use crate::failure::{Result, refused, usage};
use crate::operator::{InOrganization, Operator};

/// The user, by whatever identifies it.
#[derive(Debug, Args)]
pub(crate) struct UserArgument {
    #[command(flatten)]
    pub(crate) of: InOrganization,

    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct By {
    /// The user's id, email address, phone number or user name
    #[arg(value_name = "USER")]
    user: Option<String>,

    /// The user's id, which may be another user's name
    #[arg(long, value_name = "ID", value_parser = UserId::parse, allow_hyphen_values = true)]
    id: Option<UserId>,

    /// The user's email address
    #[arg(long, value_parser = Email::parse)]
    email: Option<Email>,

    /// The user's phone number
    #[arg(long, value_parser = Phone::parse)]
    phone: Option<Phone>,

    /// The user's name for password logins
    #[arg(long, value_parser = Username::parse)]
    username: Option<Username>,
}

/// The user of a command whose other options change the identifiers.
#[derive(Debug, Args)]
pub(super) struct ChangedUser {
    #[command(flatten)]
    pub(super) of: InOrganization,

    #[command(flatten)]
    by: ById,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ById {
    /// The user's id, email address, phone number or user name
    #[arg(value_name = "USER")]
    user: Option<String>,

    /// The user's id, which may be another user's name
    #[arg(long, value_name = "ID", value_parser = UserId::parse, allow_hyphen_values = true)]
    id: Option<UserId>,
}

/// What names a user.
#[derive(Clone, Debug)]
pub(super) enum Named {
    /// An id or an identifier of any kind.
    Anyhow(String),
    Id(UserId),
    Identifier(Identifier),
}

impl From<&By> for Named {
    fn from(By { user, id, email, phone, username }: &By) -> Self {
        let identifier = email.clone().map(Identifier::Email);
        let identifier = identifier.or_else(|| phone.clone().map(Identifier::Phone));
        let identifier = identifier.or_else(|| username.clone().map(Identifier::Username));
        match (id, identifier) {
            (Some(id), _) => Self::Id(id.clone()),
            (None, Some(identifier)) => Self::Identifier(identifier),
            (None, None) => Self::Anyhow(user.clone().unwrap_or_default()),
        }
    }
}

impl UserArgument {
    /// A user by a text that may be an id or any identifier.
    pub(crate) fn new(of: InOrganization, user: String) -> Self {
        let by = By { user: Some(user), id: None, email: None, phone: None, username: None };
        Self { of, by }
    }

    pub(super) fn named(&self) -> Named {
        Named::from(&self.by)
    }

    /// The user, as it was read.
    pub(crate) async fn find(&self, operator: &Operator) -> Result<Stored> {
        find(operator, &self.of, &self.named()).await
    }
}

impl ChangedUser {
    /// The user, as it was read.
    pub(super) async fn find(&self, operator: &Operator) -> Result<Stored> {
        let named = match &self.by {
            ById { id: Some(id), .. } => Named::Id(id.clone()),
            ById { user, .. } => Named::Anyhow(user.clone().unwrap_or_default()),
        };
        find(operator, &self.of, &named).await
    }
}

async fn find(operator: &Operator, of: &InOrganization, named: &Named) -> Result<Stored> {
    let id = &of.organization;
    let mut found = matching(&operator.users()?, of, named).await?;
    match (found.pop(), found.is_empty()) {
        (Some(user), true) => Ok(user),
        (Some(last), false) => {
            let ids = found.iter().chain([&last]).map(|stored| stored.user.id.as_str());
            let ids = ids.collect::<Vec<_>>().join(", ");
            usage(format!(
                "several users of organization {id} have this id or identifier: {ids}; use --id, or show \
                 them with --email, --phone or --username"
            ))
        }
        (None, _) => {
            // Rather than that the user is missing, say that the organization is.
            operator.registered(id).await?;
            refused(format!("user {named} of organization {id} not found"))
        }
    }
}

/// The users who are named so.
pub(super) async fn matching(
    users: &Users,
    of: &InOrganization,
    named: &Named,
) -> Result<Vec<Stored>> {
    let (id, now) = (&of.organization, clock::now());
    Ok(match named {
        Named::Anyhow(text) => users.matching(id, text, now).await?,
        Named::Id(user) => users.find(id, user).await?.into_iter().collect(),
        Named::Identifier(identifier) => {
            let identity = users.identity(id, identifier, now).await?;
            users.owner(id, &identity).await?.into_iter().collect()
        }
    })
}

impl std::fmt::Display for Named {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Anyhow(text) => text,
            Self::Id(id) => id.as_str(),
            Self::Identifier(Identifier::Email(email)) => email.as_str(),
            Self::Identifier(Identifier::Phone(phone)) => phone.as_str(),
            Self::Identifier(Identifier::Username(username)) => username.as_str(),
        })
    }
}

impl Named {
    /// The identifiers that it may be.
    pub(super) fn identifiers(&self) -> Vec<Identifier> {
        let text = match self {
            Self::Anyhow(text) => text,
            Self::Id(_) => return Vec::new(),
            Self::Identifier(identifier) => return vec![identifier.clone()],
        };
        let identifiers = [
            Email::parse(text).ok().map(Identifier::Email),
            Phone::parse(text).ok().map(Identifier::Phone),
            Username::parse(text).ok().map(Identifier::Username),
        ];
        identifiers.into_iter().flatten().collect()
    }
}
