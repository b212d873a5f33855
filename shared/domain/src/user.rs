//! Users of organizations.

use crate::fence;
use crate::id::{OrganizationId, UserId};
use crate::identifier::{Email, Identifier, Phone, Username};
use crate::locale::Locale;
use crate::password::PasswordHash;
use crate::time::Timestamp;

/// One user, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The organization that the user belongs to.
    pub organization: OrganizationId,
    /// Unique within the organization.
    pub id: UserId,
    /// The address for codes.
    pub email: Option<Email>,
    /// The number for codes.
    pub phone: Option<Phone>,
    /// The name for password logins.
    pub username: Option<Username>,
    /// The hash of the user's password, if the user has one.
    pub password: Option<PasswordHash>,
    /// The `role` claim.
    pub role: String,
    /// The `organizationAccessRole` claim.
    pub access_role: String,
    /// The language of messages, instead of the organization's.
    pub locale: Option<Locale>,
    /// The user is refused everywhere while this is set.
    pub disabled: bool,
    /// Sessions and tokens that were created at or before this instant are refused.
    pub sessions_valid_after: Option<Timestamp>,
}

impl User {
    /// Whether the user may use a session or token that was created at `created_at`.
    pub fn admits(&self, created_at: Timestamp) -> bool {
        !self.disabled && fence::admits(self.sessions_valid_after, created_at)
    }

    /// All identifiers that the user can sign in with.
    pub fn identifiers(&self) -> Vec<Identifier> {
        let email = self.email.clone().map(Identifier::Email);
        let phone = self.phone.clone().map(Identifier::Phone);
        let username = self.username.clone().map(Identifier::Username);
        email.into_iter().chain(phone).chain(username).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_issued_at_the_bound_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let at = Timestamp::from_millis;
        let mut user = User {
            organization: OrganizationId::parse("o")?,
            id: UserId::parse("u")?,
            email: None,
            phone: None,
            username: None,
            password: None,
            role: String::new(),
            access_role: String::new(),
            locale: None,
            disabled: false,
            sessions_valid_after: Some(at(10)),
        };
        assert!(!user.admits(at(9)) && !user.admits(at(10)) && user.admits(at(11)));
        user.sessions_valid_after = None;
        assert!(user.admits(at(0)));
        user.disabled = true;
        assert!(!user.admits(at(11)));
        Ok(())
    }
}
