//! Whom a change is about.

use super::kind::Kind;
use super::record::{Change, number, text};
use crate::id::{ClientId, OrganizationId, PartnerId, UserId};
use crate::secret::Digest;

/// The ids that a line is found by.
#[derive(Default)]
pub(super) struct Subject {
    pub(super) organization: Option<String>,
    pub(super) user: Option<String>,
    pub(super) partner: Option<String>,
    pub(super) client: Option<String>,
    pub(super) session: Option<String>,
    pub(super) api_key: Option<String>,
}

impl Subject {
    /// Ids that are none, as in an item that a person wrote by hand, are left out: they could be anything.
    /// What a change removes is about whom the content before names.
    pub(super) fn of(kind: Kind, pk: &str, change: Change<'_>) -> Self {
        let text = |name| text(change.new, name).or_else(|| text(change.old, name));
        let number = |name| number(change.new, name).or_else(|| number(change.old, name));
        let mut parts = pk.split('#').skip(1);
        let mut part = || parts.next().unwrap_or_default();
        let none = Self::default();
        match kind {
            Kind::Organization => Self {
                organization: organization(part()),
                partner: text("partnerId").and_then(partner),
                ..none
            },
            Kind::User => Self { organization: organization(part()), user: user(part()), ..none },
            Kind::Code => Self { organization: organization(part()), ..none },
            Kind::Identifier => Self {
                organization: organization(part()),
                user: text("userId").and_then(user),
                ..none
            },
            Kind::ApiKey => Self {
                organization: text("organizationId").and_then(organization),
                api_key: api_key(part()),
                ..none
            },
            Kind::Family => Self {
                organization: text("organizationId").and_then(organization),
                user: text("userId").and_then(user),
                session: session(part()),
                ..none
            },
            Kind::Pointer => Self {
                organization: text("organizationId").and_then(organization),
                user: text("userId").and_then(user),
                session: text("familyId").and_then(session),
                ..none
            },
            Kind::SsoToken => {
                Self { organization: Some(realm()), user: number("userId").and_then(user), ..none }
            }
            Kind::Realm => Self { organization: Some(realm()), ..none },
            Kind::Partner => Self { partner: partner(part()), ..none },
            Kind::Client => Self { client: client(part()), ..none },
            Kind::PublishedKeys | Kind::Ring | Kind::Unknown => none,
        }
    }
}

/// Users of the identity provider have its realm as their organization.
fn realm() -> String {
    OrganizationId::sso().as_str().to_owned()
}

fn organization(id: &str) -> Option<String> {
    if id == OrganizationId::sso().as_str() {
        return Some(realm());
    }
    OrganizationId::parse(id).ok().map(String::from)
}

fn user(id: &str) -> Option<String> {
    UserId::parse(id).ok().map(String::from)
}

fn partner(id: &str) -> Option<String> {
    PartnerId::parse(id).ok().map(String::from)
}

fn client(id: &str) -> Option<String> {
    ClientId::parse(id).ok().map(String::from)
}

/// 16 random bytes, as `FamilyId` writes them.
fn session(family: &str) -> Option<String> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (family.len() == 22 && family.bytes().all(is_good)).then(|| family.to_owned())
}

/// The name of the key whose SHA3-512, in base64, stands in the item's key.
fn api_key(digest: &str) -> Option<String> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let is_digest = digest.len() == 88 && digest.bytes().all(is_good);
    is_digest.then(|| Digest::stored(digest).name())
}
