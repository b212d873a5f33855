//! Clients and users of the identity provider in a JSON file, and their creation.

use anyhow::{Context as _, bail, ensure};
use domain::credential::{Credential, Credentials};
use domain::id::{ClientId, NumericId};
use domain::password::{Hasher, Password, PasswordHash, Verdict};
use domain::secret::Secret;
use domain::sso::{Client, Extra, Profile, RegisteredEmail, User, UserInfoForm};
use domain::text;
use domain::time::{DateTime, Timestamp};
use runtime::aws::Aws;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::client::Clients;
use crate::credential_slots::Change;
use crate::sso_user::{SsoCreation, SsoUsers};
use crate::sso_user_update::SsoUpdate;

/// The content of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub struct Roster {
    pub clients: Vec<NewClient>,
    /// A user with the id of a client represents that client.
    pub users: Vec<NewUser>,
}

impl Roster {
    /// Checks every entry, as far as that is possible without the tables. The error names the first
    /// invalid entry.
    pub fn check(&self, now: Timestamp) -> anyhow::Result<()> {
        for client in &self.clients {
            client.check().with_context(|| format!("client {}", client.client_id))?;
        }
        for user in &self.users {
            user.check(now).with_context(|| format!("user {}", user.id))?;
        }
        Ok(())
    }
}

/// A client to create.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// The value of its header `client_id`.
    pub client_id: ClientId,
    /// Its API token, of high entropy. Only a salted digest is stored.
    pub token: Secret,
    /// Whether the client may ask which user an access token belongs to; the default is yes.
    #[serde(default = "yes")]
    pub reads_user_info: bool,
    /// The form of user info that the client reads; the default is the documented one.
    #[serde(default)]
    pub user_info: UserInfoForm,
}

impl NewClient {
    fn check(&self) -> anyhow::Result<()> {
        let token = self.token.expose();
        let is_sendable = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        ensure!(is_sendable, "an API token has visible ASCII characters only");
        Ok(())
    }
}

/// A user to create. The fields have the names of user info. Times are in UTC.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    pub id: NumericId,
    /// The name that services show.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// Unique in any letter case. Services show it as it is written here.
    pub email: RegisteredEmail,
    /// The password, or `password_hash`. Without either, the user can't sign in.
    pub password: Option<Password>,
    /// An argon2 hash from another system, as a PHC string. If its parameters are outdated, the first
    /// sign-in replaces it.
    pub password_hash: Option<PasswordHash>,
    /// The default is yes.
    pub is_active: Option<bool>,
    /// The default is yes.
    pub activated: Option<bool>,
    pub activated_at: Option<DateTime>,
    /// The latest sign-in.
    pub last_login: Option<DateTime>,
    /// The default is now.
    pub created_at: Option<DateTime>,
    /// The default is `created_at`.
    pub updated_at: Option<DateTime>,
    /// Set for a deleted user: then no other user can get the id or the email address.
    pub deleted_at: Option<DateTime>,
    /// E.g. `MCI Admin`.
    pub groups: Option<Vec<String>>,
    /// The roles in which the user acts.
    pub profiles: Option<Vec<Profile>>,
    /// Further attributes, which user info passes on.
    pub extra: Option<Extra>,
}

impl NewUser {
    fn created_at(&self, now: Timestamp) -> Timestamp {
        self.created_at.map_or(now, |DateTime(at)| at)
    }

    /// Gives a user the values that the entry has.
    fn apply(&self, user: &mut User, password: Option<&PasswordHash>) {
        user.name.clone_from(&self.name);
        user.email = self.email.clone();
        user.password = password.cloned().or(user.password.take());
        user.is_active = self.is_active.unwrap_or(user.is_active);
        user.activated = self.activated.unwrap_or(user.activated);
        let instant = |at: Option<DateTime>| at.map(|DateTime(at)| at);
        user.activated_at = instant(self.activated_at).or(user.activated_at);
        user.deleted_at = instant(self.deleted_at).or(user.deleted_at);
        user.groups = self.groups.clone().unwrap_or_else(|| std::mem::take(&mut user.groups));
        user.profiles = self.profiles.clone().unwrap_or_else(|| std::mem::take(&mut user.profiles));
        user.extra = self.extra.clone().unwrap_or_else(|| std::mem::take(&mut user.extra));
    }

    fn check(&self, now: Timestamp) -> anyhow::Result<()> {
        let times = [self.created_at, self.updated_at, self.last_login];
        let is_past = times.into_iter().flatten().all(|DateTime(at)| at <= now);
        ensure!(is_past, "created_at, updated_at and last_login can't be in the future");
        let is_one = self.password.is_none() || self.password_hash.is_none();
        ensure!(is_one, "has password and password_hash; give one of the two");
        Ok(())
    }
}

fn yes() -> bool {
    true
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text::name(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// What became of a user's entry.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsoImport {
    Created,
    Updated,
    /// The user existed before, and was not changed.
    AlreadyExists,
    /// A user with another email address has this id.
    IdTaken,
    /// A user with another id has this email address.
    EmailTaken,
}

/// Creates clients and users of the identity provider. Repeating it changes nothing.
pub struct Realm {
    clients: Clients,
    users: SsoUsers,
    hasher: Hasher,
}

impl Realm {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let (clients, users) = (Clients::new(aws)?, SsoUsers::new(aws)?);
        Ok(Self { clients, users, hasher: Hasher::new() })
    }

    /// Creates a client. If a client with this id exists, returns a conflict, and doesn't change it.
    pub async fn create_client(&self, new: &NewClient) -> anyhow::Result<Change> {
        new.check()?;
        let client = Client {
            id: new.client_id.clone(),
            credentials: Credentials::single(Credential::of(&new.token)),
            reads_user_info: new.reads_user_info,
            user_info: new.user_info,
        };
        self.clients.create(&client).await
    }

    pub async fn create_user(&self, new: &NewUser, now: Timestamp) -> anyhow::Result<SsoCreation> {
        new.check(now).with_context(|| format!("user {}", new.id))?;
        self.users.create(&self.user(new, now), now).await
    }

    /// Creates a user or, with `updates`, gives one who exists the values that the entry has. A new password,
    /// and an end of `is_active`, end the user's access tokens.
    ///
    /// # Errors
    /// Some of it may have been done. Repeating it is safe.
    pub async fn import_user(
        &self,
        new: &NewUser,
        updates: bool,
        clock: impl Fn() -> Timestamp + Send + Sync,
    ) -> anyhow::Result<SsoImport> {
        let found = if updates { self.users.find(new.id).await? } else { None };
        let Some(found) = found else {
            return Ok(match self.create_user(new, clock()).await? {
                SsoCreation::Created => SsoImport::Created,
                SsoCreation::AlreadyExists => SsoImport::AlreadyExists,
                SsoCreation::IdTaken => SsoImport::IdTaken,
                SsoCreation::EmailTaken => SsoImport::EmailTaken,
            });
        };
        new.check(clock()).with_context(|| format!("user {}", new.id))?;
        let password = self.new_password(new, found.password.as_ref());
        let update = |user: &mut User| new.apply(user, password.as_ref());
        let after = match self.users.update(new.id, update, clock()).await? {
            SsoUpdate::Updated(user) => *user,
            SsoUpdate::NotFound => bail!("user {} was deleted at the same time", new.id),
            SsoUpdate::EmailTaken => return Ok(SsoImport::EmailTaken),
        };
        if after == found {
            return Ok(SsoImport::AlreadyExists);
        }
        if after.password != found.password || (found.is_active && !after.is_active) {
            self.users.sign_out(new.id, clock).await?;
        }
        Ok(SsoImport::Updated)
    }

    /// The hash to store, unless the password is the one that the user has.
    fn new_password(&self, new: &NewUser, there: Option<&PasswordHash>) -> Option<PasswordHash> {
        match &new.password {
            Some(password) => match self.hasher.check(password, there) {
                Verdict::Wrong => Some(self.hasher.hash(password)),
                Verdict::Right | Verdict::RightButOutdated => None,
            },
            None => new.password_hash.clone(),
        }
    }

    fn user(&self, new: &NewUser, now: Timestamp) -> User {
        let password = new.password.as_ref().map(|password| self.hasher.hash(password));
        Self::of(new, now, password)
    }

    fn of(new: &NewUser, now: Timestamp, password: Option<PasswordHash>) -> User {
        let instant = |at: Option<DateTime>| at.map(|DateTime(at)| at);
        let created_at = new.created_at(now);
        User {
            id: new.id,
            name: new.name.clone(),
            email: new.email.clone(),
            password: password.or_else(|| new.password_hash.clone()),
            is_active: new.is_active.unwrap_or(true),
            activated: new.activated.unwrap_or(true),
            activated_at: instant(new.activated_at),
            last_login: instant(new.last_login),
            created_at,
            changed_at: instant(new.updated_at).unwrap_or(created_at),
            deleted_at: instant(new.deleted_at),
            groups: new.groups.clone().unwrap_or_default(),
            profiles: new.profiles.clone().unwrap_or_default(),
            extra: new.extra.clone().unwrap_or_default(),
            sessions_valid_after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_needs_no_more_than_id_name_and_email() {
        let text = r#"{"users":[{"id":6,"name":"X","email":"X@example.com"}]}"#;
        let roster: Roster = serde_json::from_str(text).unwrap();
        let [user] = &roster.users[..] else { panic!("{roster:?}") };
        let user = Realm::of(user, Timestamp::from_millis(0), None);
        assert!(user.is_active && user.activated && user.password.is_none());
        assert!(roster.clients.is_empty());
    }

    #[test]
    fn what_is_no_roster_is_refused() {
        for text in [
            r#"{"people":[]}"#,
            r#"{"users":[{"id":0,"name":"X","email":"x@example.com"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x"}]}"#,
            r#"{"users":[{"id":6,"name":" ","email":"x@example.com"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"jos\u00e9@example.com"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x@example.com","role":"admin"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x@example.com","password":""}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x@example.com","created_at":"2014"}]}"#,
            r#"{"clients":[{"client_id":"a b","token":"t"}]}"#,
            r#"{"clients":[{"client_id":"6"}]}"#,
            r#"{"clients":[{"client_id":"6","token":"t","user_info":"old"}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x@example.com","extra":{"email":"y"}}]}"#,
            r#"{"users":[{"id":6,"name":"X","email":"x@example.com","extra":[]}]}"#,
        ] {
            assert!(serde_json::from_str::<Roster>(text).is_err(), "{text}");
        }
        let with_profile = |profile: &str| {
            let user =
                format!(r#"{{"id":6,"name":"X","email":"x@example.com","profiles":[{profile}]}}"#);
            serde_json::from_str::<Roster>(&format!(r#"{{"users":[{user}]}}"#)).is_ok()
        };
        assert!(with_profile(r#"{"type":"mci-supervisor","id":"2","catchment":[]}"#));
        assert!(with_profile(r#"{"type":"patient","id":"2","catchment":null}"#));
        for profile in [
            r#"{"type":"two words","id":"2","catchment":[]}"#,
            r#"{"type":"","id":"2","catchment":[]}"#,
            r#"{"type":"patient","id":"2","catchment":"30"}"#,
            r#"{"name":"patient","id":"2","catchment":[]}"#,
        ] {
            assert!(!with_profile(profile), "{profile}");
        }
    }

    #[test]
    fn invisible_characters_are_trimmed_around_name_and_email_and_named_inside() {
        let roster = |name: &str, email: &str| {
            let user = serde_json::json!({ "id": 6, "name": name, "email": email });
            let text = serde_json::json!({ "users": [user] }).to_string();
            serde_json::from_str::<Roster>(&text).map_err(|error| error.to_string())
        };
        for char in ['\u{ad}', '\u{200b}', '\u{200f}', '\u{feff}', '\u{e0020}'] {
            let around = roster(&format!("{char}X Y "), &format!(" X@example.com{char}"));
            let [user] = &around.unwrap().users[..] else { panic!("one user") };
            assert_eq!((user.name.as_str(), user.email.as_str()), ("X Y", "X@example.com"));
            let named = format!("U+{:04X}, an invisible character", u32::from(char));
            for inside in [
                roster(&format!("X{char}Y"), "x@example.com"),
                roster("X", &format!("x{char}@example.com")),
            ] {
                let why = inside.unwrap_err();
                assert!(why.contains(&named), "{why}");
            }
        }
    }

    #[test]
    fn an_entry_that_could_not_be_created_is_named_before_any_is() {
        let now = Timestamp::from_millis(1_767_323_045_678);
        let check = |text: &str| {
            let roster: Roster = serde_json::from_str(text).unwrap();
            roster.check(now).map_err(|error| format!("{error:#}"))
        };
        let user = |more: &str| {
            check(&format!(r#"{{"users":[{{"id":6,"name":"X","email":"x@example.com"{more}}}]}}"#))
        };
        assert_eq!(user(r#","created_at":"2026-01-02 03:04:05""#), Ok(()));
        assert!(
            user(r#","last_login":"2026-01-02 03:04:06""#).unwrap_err().starts_with("user 6: ")
        );
        let hash =
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(user(&format!(r#","password":"p","password_hash":"{hash}""#)).is_err());
        assert!(check(r#"{"clients":[{"client_id":"6","token":"two words"}]}"#).is_err());
    }

    #[test]
    fn nothing_secret_of_a_roster_is_printed() {
        let text = r#"{"clients":[{"client_id":"6","token":"hush-token"}],
            "users":[{"id":6,"name":"X","email":"hush@example.com","password":"hush-password"}]}"#;
        let roster: Roster = serde_json::from_str(text).unwrap();
        assert!(!format!("{roster:?}").contains("hush"));
    }
}
