//! User info: the answer about the user of an access token.

use domain::id::NumericId;
use domain::sso::{Extra, Profile, ProfileKind, User, UserInfoForm};
use domain::time::{DateTime, Timestamp};
use domain::token::sso::AccessToken;
use serde::Serialize;

/// The fields of the contract, in its order and with its types, or the form that published services
/// read.
///
/// It contains a secret, the access token: use it only as the body of an answer.
#[derive(Serialize)]
pub(crate) struct UserInfo<'a> {
    id: NumericId,
    name: &'a str,
    email: &'a str,
    is_active: Active,
    activated: bool,
    activated_at: Option<DateTime>,
    last_login: Option<DateTime>,
    access_token: &'a str,
    created_at: DateTime,
    updated_at: DateTime,
    deleted_at: Option<DateTime>,
    groups: &'a [String],
    profiles: Vec<ProfileInfo<'a>>,
    #[serde(flatten)]
    extra: &'a Extra,
}

/// Published services read a number, others a boolean.
#[derive(Serialize)]
#[serde(untagged)]
enum Active {
    Flag(bool),
    Number(u8),
}

#[derive(Serialize)]
struct ProfileInfo<'a> {
    #[serde(rename = "type")]
    kind: &'a ProfileKind,
    /// The type again, under the name that published services read.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a ProfileKind>,
    id: &'a str,
    /// The contract has no `null` here; published services read it.
    catchment: Option<&'a [String]>,
}

impl<'a> ProfileInfo<'a> {
    fn new(profile: &'a Profile, form: UserInfoForm) -> Self {
        let Profile { kind, id, catchment } = profile;
        let catchment = catchment.as_deref();
        let (name, catchment) = match form {
            UserInfoForm::Documented => (None, Some(catchment.unwrap_or_default())),
            UserInfoForm::Published => (Some(kind), catchment),
        };
        Self { kind, name, id, catchment }
    }
}

impl<'a> UserInfo<'a> {
    pub(crate) fn new(user: &'a User, token: &'a AccessToken, form: UserInfoForm) -> Self {
        let is_active = match form {
            UserInfoForm::Documented => Active::Flag(user.is_active),
            UserInfoForm::Published => Active::Number(user.is_active.into()),
        };
        let date_time = |at: Option<Timestamp>| at.map(DateTime);
        Self {
            id: user.id,
            name: &user.name,
            email: user.email.as_str(),
            is_active,
            activated: user.activated,
            activated_at: date_time(user.activated_at),
            last_login: date_time(user.last_login),
            access_token: token.expose(),
            created_at: DateTime(user.created_at),
            updated_at: DateTime(user.updated_at()),
            deleted_at: date_time(user.deleted_at),
            groups: &user.groups,
            profiles: user.profiles.iter().map(|it| ProfileInfo::new(it, form)).collect(),
            extra: &user.extra,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::sso::RegisteredEmail;
    use serde_json::{Value, json};

    use super::*;

    fn user() -> User {
        let at = Timestamp::from_seconds;
        let profile = |kind, id: &str, catchment: &[&str]| Profile {
            kind: ProfileKind::parse(kind).unwrap(),
            id: id.into(),
            catchment: Some(catchment.iter().map(ToString::to_string).collect()),
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
                profile("provider", "123", &["302618", "302614"]),
                profile("admin", "2", &["3026"]),
                profile("facility", "10000069", &["302618"]),
                profile("patient", "10091232131", &[]),
            ],
            extra: Extra::default(),
            sessions_valid_after: None,
        }
    }

    fn printed(user: &User, form: UserInfoForm) -> String {
        let token = AccessToken::presented("xyz_token").unwrap();
        serde_json::to_string(&UserInfo::new(user, &token, form)).unwrap()
    }

    #[test]
    fn the_published_form_has_a_number_and_the_types_under_their_old_name_and_no_other_difference()
    {
        let mut documented: Value =
            serde_json::from_str(&printed(&user(), UserInfoForm::Documented)).unwrap();
        documented["is_active"] = json!(1);
        for profile in documented["profiles"].as_array_mut().unwrap() {
            profile["name"] = profile["type"].clone();
        }
        let published: Value =
            serde_json::from_str(&printed(&user(), UserInfoForm::Published)).unwrap();
        assert_eq!(published, documented);
    }

    #[test]
    fn extra_attributes_are_passed_on_and_no_catchment_is_null_where_it_is_read() {
        let mut user = user();
        user.profiles.truncate(1);
        user.profiles[0].catchment = None;
        user.extra = serde_json::from_value(json!({ "facility_id": "10000069" })).unwrap();
        for (form, catchment) in
            [(UserInfoForm::Documented, json!([])), (UserInfoForm::Published, Value::Null)]
        {
            let info: Value = serde_json::from_str(&printed(&user, form)).unwrap();
            assert_eq!(info["profiles"][0]["catchment"], catchment);
            assert_eq!(info["facility_id"], "10000069");
        }
    }

    /// The contract's example, in valid JSON.
    #[test]
    fn it_has_the_fields_of_the_contract_in_their_order() {
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
        assert_eq!(printed(&user(), UserInfoForm::Documented), expected);
    }
}
