//! User info: the answer about the user of an access token.

use domain::id::NumericId;
use domain::sso::{Profile, User};
use domain::time::{DateTime, Timestamp};
use domain::token::sso::AccessToken;
use serde::Serialize;

/// The fields of the contract, in its order and with its types.
///
/// It contains a secret, the access token: use it only as the body of an answer.
#[derive(Serialize)]
pub(crate) struct UserInfo<'a> {
    id: NumericId,
    name: &'a str,
    email: &'a str,
    is_active: bool,
    activated: bool,
    activated_at: Option<DateTime>,
    last_login: Option<DateTime>,
    access_token: &'a str,
    created_at: DateTime,
    updated_at: DateTime,
    deleted_at: Option<DateTime>,
    groups: &'a [String],
    profiles: &'a [Profile],
}

impl<'a> UserInfo<'a> {
    pub(crate) fn new(user: &'a User, token: &'a AccessToken) -> Self {
        let date_time = |at: Option<Timestamp>| at.map(DateTime);
        Self {
            id: user.id,
            name: &user.name,
            email: user.email.as_str(),
            is_active: user.is_active,
            activated: user.activated,
            activated_at: date_time(user.activated_at),
            last_login: date_time(user.last_login),
            access_token: token.expose(),
            created_at: DateTime(user.created_at),
            updated_at: DateTime(user.updated_at()),
            deleted_at: date_time(user.deleted_at),
            groups: &user.groups,
            profiles: &user.profiles,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::sso::{ProfileKind, RegisteredEmail};

    use super::*;

    fn user() -> User {
        let at = Timestamp::from_seconds;
        let profile = |kind, id: &str, catchment: &[&str]| Profile {
            kind,
            id: id.into(),
            catchment: catchment.iter().map(ToString::to_string).collect(),
        };
        User {
            id: NumericId::parse("6").unwrap(),
            name: "Dr. X Y Z".into(),
            email: RegisteredEmail::parse("xyz@gmail.com").unwrap(),
            password: None,
            is_active: true,
            activated: true,
            activated_at: None,
            last_login: Some(at(1_421_747_578)),
            created_at: at(1_409_837_174),
            changed_at: at(1_409_837_174),
            deleted_at: None,
            groups: vec!["MCI Admin".into(), "API Consumer".into()],
            profiles: vec![
                profile(ProfileKind::Provider, "123", &["302618", "302614"]),
                profile(ProfileKind::Admin, "2", &["3026"]),
                profile(ProfileKind::Facility, "10000069", &["302618"]),
                profile(ProfileKind::Patient, "10091232131", &[]),
            ],
            sessions_valid_after: None,
        }
    }

    /// The contract's example, in valid JSON.
    #[test]
    fn it_has_the_fields_of_the_contract_in_their_order() {
        let token = AccessToken::presented("xyz_token").unwrap();
        let printed = serde_json::to_string(&UserInfo::new(&user(), &token)).unwrap();
        let expected = concat!(
            r#"{"id":6,"name":"Dr. X Y Z","email":"xyz@gmail.com","is_active":true,"#,
            r#""activated":true,"activated_at":null,"last_login":"2015-01-20 09:52:58","#,
            r#""access_token":"xyz_token","created_at":"2014-09-04 13:26:14","#,
            r#""updated_at":"2015-01-20 09:52:58","deleted_at":null,"#,
            r#""groups":["MCI Admin","API Consumer"],"profiles":["#,
            r#"{"type":"provider","id":"123","catchment":["302618","302614"]},"#,
            r#"{"type":"admin","id":"2","catchment":["3026"]},"#,
            r#"{"type":"facility","id":"10000069","catchment":["302618"]},"#,
            r#"{"type":"patient","id":"10091232131","catchment":[]}]}"#,
        );
        assert_eq!(printed, expected);
    }
}
