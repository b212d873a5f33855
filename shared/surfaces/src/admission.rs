//! Whether a user may still use what was created for them, a session or a token; if not, the step for the
//! log.

use domain::fence;
use domain::time::Timestamp;
use domain::token::TokenError;
use domain::user::User;

/// The step of a token that can't be verified. `invalid` is the surface's own, for all but key and expiry.
pub const fn token_step(error: TokenError, invalid: &'static str) -> &'static str {
    match error {
        TokenError::UnknownKey => "TOKEN_KEY_UNKNOWN",
        TokenError::Invalid => invalid,
        TokenError::Expired => "TOKEN_EXPIRED",
    }
}

/// The user; else the step. `valid_after` is the organization's fence.
pub fn admitted(
    user: Option<User>,
    valid_after: Option<Timestamp>,
    created_at: Timestamp,
) -> Result<User, &'static str> {
    match user {
        None => Err("USER_UNKNOWN"),
        Some(user) if user.disabled => Err("USER_DISABLED"),
        Some(user) if user.admits(created_at) && fence::admits(valid_after, created_at) => Ok(user),
        Some(_) => Err("SIGNED_OUT"),
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{OrganizationId, UserId};

    use super::*;

    fn user() -> User {
        User {
            organization: OrganizationId::parse("clinic").unwrap(),
            id: UserId::random(),
            email: None,
            phone: None,
            username: None,
            password: None,
            role: String::new(),
            access_role: String::new(),
            locale: None,
            disabled: false,
            sessions_valid_after: None,
        }
    }

    #[test]
    fn each_reason_has_its_step() {
        let at = Timestamp::from_seconds;
        let disabled = User { disabled: true, ..user() };
        let signed_out = User { sessions_valid_after: Some(at(7)), ..user() };
        assert!(admitted(Some(user()), Some(at(6)), at(7)).is_ok());
        assert_eq!(admitted(None, None, at(7)).unwrap_err(), "USER_UNKNOWN");
        assert_eq!(admitted(Some(disabled), None, at(7)).unwrap_err(), "USER_DISABLED");
        assert_eq!(admitted(Some(signed_out), None, at(7)).unwrap_err(), "SIGNED_OUT");
        assert_eq!(admitted(Some(user()), Some(at(7)), at(7)).unwrap_err(), "SIGNED_OUT");
    }
}
