//! Two clients, two users, and all handlers of the surface in one process.

use runtime::resources::TableName;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use domain::id::NumericId;
use domain::password::{Hasher, Password};
use domain::sso::User;
use domain::time::Timestamp;
use registry::roster::NewUser;
use registry::{Change, Realm, Roster, SsoCreation, SsoUpdate, SsoUsers};
use runtime::http::{HttpEvent, Request};
use serde_json::{Value, json};
use workbench::{Answer, Workbench};

pub(crate) use workbench::NOW;

pub(crate) const CLIENT: (&str, &str) = ("18550", "token-of-the-first-client");
pub(crate) const OTHER_CLIENT: (&str, &str) = ("18551", "token-of-the-other-client");
pub(crate) const EMAIL: &str = "Dr.XYZ@Example.com";
pub(crate) const OTHER_EMAIL: &str = "other@example.com";
pub(crate) const PASSWORD: &str = " correct horse ";
/// Made once: a hash takes its time, and each test has users of its own.
static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| {
    let hash = Hasher::new().hash(&Password::parse(PASSWORD).unwrap());
    hash.as_str().to_owned()
});

/// One day, as deployed.
pub(crate) const LIFETIME: Duration = Duration::from_hours(24);

pub(crate) struct Deployment {
    pub(crate) bench: Workbench,
    signin: sso_signin::State,
    signout: sso_signout::State,
    token: sso_token::State,
}

impl Deployment {
    pub(crate) async fn start() -> Arc<Self> {
        let deployment = Self::over(Workbench::start().await.unwrap()).unwrap();
        let roster = json!({
            "clients": [
                {"client_id": CLIENT.0, "token": CLIENT.1},
                {"client_id": OTHER_CLIENT.0, "token": OTHER_CLIENT.1, "reads_user_info": false},
            ],
            "users": [
                user(6, EMAIL),
                user(7, OTHER_EMAIL),
            ],
        });
        deployment.create(&roster).await;
        Arc::new(deployment)
    }

    /// The same deployment behind fresh instances of every function.
    pub(crate) fn another_instance(&self) -> Arc<Self> {
        Arc::new(Self::over(self.bench.clone()).unwrap())
    }

    fn over(bench: Workbench) -> anyhow::Result<Self> {
        Ok(Self {
            signin: sso_signin::State::new(&bench.function("sso-signin")?)?,
            signout: sso_signout::State::new(&bench.function("sso-signout")?)?,
            token: sso_token::State::new(&bench.function("sso-token")?)?,
            bench,
        })
    }

    pub(crate) fn realm(&self) -> Realm {
        Realm::new(&self.bench.aws).unwrap()
    }

    pub(crate) fn users(&self) -> SsoUsers {
        SsoUsers::new(&self.bench.aws).unwrap()
    }

    /// Creates everybody in a roster, who all have to be new.
    pub(crate) async fn create(&self, roster: &Value) {
        let roster: Roster = serde_json::from_value(roster.clone()).unwrap();
        let realm = self.realm();
        for client in &roster.clients {
            let change = realm.create_client(client).await.unwrap();
            assert_eq!(change, Change::Made, "{}", client.client_id);
        }
        for user in &roster.users {
            let creation = realm.create_user(user, NOW).await.unwrap();
            assert_eq!(creation, SsoCreation::Created, "{}", user.id);
        }
    }

    pub(crate) async fn create_user(&self, user: &Value) -> SsoCreation {
        let user: NewUser = serde_json::from_value(user.clone()).unwrap();
        self.realm().create_user(&user, NOW).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, now: Timestamp) -> Answer {
        self.try_as(EMAIL, PASSWORD, now).await
    }

    /// The access token of a sign-in.
    pub(crate) async fn token(&self, now: Timestamp) -> String {
        self.sign_in(now).await.text("access_token")
    }

    pub(crate) async fn try_as(&self, email: &str, password: &str, now: Timestamp) -> Answer {
        self.send_signin(&form(CLIENT, email, password), now).await
    }

    pub(crate) async fn send_signin(&self, event: &Value, now: Timestamp) -> Answer {
        Answer::of(
            workbench::called("sso-signin", sso_signin::handle(&self.signin, request(event), now))
                .await,
        )
    }

    pub(crate) async fn sign_out(&self, token: &str, now: Timestamp) -> Answer {
        self.sign_out_as(EMAIL, PASSWORD, token, now).await
    }

    pub(crate) async fn sign_out_as(
        &self,
        email: &str,
        password: &str,
        token: &str,
        now: Timestamp,
    ) -> Answer {
        self.send_signout(&at(token, &form(CLIENT, email, password)), now).await
    }

    pub(crate) async fn send_signout(&self, event: &Value, now: Timestamp) -> Answer {
        Answer::of(
            workbench::called(
                "sso-signout",
                sso_signout::handle(&self.signout, request(event), now),
            )
            .await,
        )
    }

    /// Asks who a token belongs to.
    pub(crate) async fn who(&self, token: &str, now: Timestamp) -> Answer {
        self.send_token(&at(token, &headers(CLIENT)), now).await
    }

    pub(crate) async fn send_token(&self, event: &Value, now: Timestamp) -> Answer {
        Answer::of(
            workbench::called("sso-token", sso_token::handle(&self.token, request(event), now))
                .await,
        )
    }

    /// Enables or disables the user 6.
    pub(crate) async fn set_active(&self, is_active: bool, now: Timestamp) {
        let update = self.users().set_active(id("6"), is_active, now).await.unwrap();
        assert!(matches!(update, SsoUpdate::Updated(_)), "{update:?}");
    }

    /// Renames the user 6.
    pub(crate) async fn rename(&self, name: &str, now: Timestamp) {
        let update =
            self.users().update(id("6"), |user| name.clone_into(&mut user.name), now).await;
        assert!(matches!(update.unwrap(), SsoUpdate::Updated(_)));
    }

    /// The user 6 as stored now.
    pub(crate) async fn stored(&self) -> Option<User> {
        let users = self.users();
        users.find(id("6")).await.unwrap()
    }

    /// Nonces counted in all windows.
    pub(crate) async fn counted(&self) -> usize {
        let rows = self.bench.scan(TableName::Challenges).await.unwrap();
        rows.iter().filter_map(|row| row["seen"]["SS"].as_array()).map(Vec::len).sum()
    }
}

/// A user as a roster has them.
pub(crate) fn user(id: u64, email: &str) -> Value {
    json!({
        "id": id,
        "name": "Dr. X Y Z",
        "email": email,
        "password_hash": *PASSWORD_HASH,
        "created_at": "2014-09-04 13:26:14",
        "groups": ["MCI Admin", "API Consumer"],
        "profiles": [
            {"type": "provider", "id": "123", "catchment": ["302618", "302614"]},
            {"type": "patient", "id": "10091232131", "catchment": []},
        ],
    })
}

pub(crate) fn id(id: &str) -> NumericId {
    NumericId::parse(id).unwrap()
}

/// An event with a client's pair.
pub(crate) fn headers((id, token): (&str, &str)) -> Value {
    json!({"headers": {"client_id": id, "x-auth-token": token}})
}

/// The same with email and password in a form.
pub(crate) fn form(client: (&str, &str), email: &str, password: &str) -> Value {
    let mut event = headers(client);
    event["headers"]["content-type"] = "application/x-www-form-urlencoded".into();
    event["body"] = format!("email={}&password={}", encoded(email), encoded(password)).into();
    event
}

fn encoded(text: &str) -> String {
    let encoded = |byte: u8| format!("%{byte:02x}");
    text.bytes().map(encoded).collect()
}

/// The event with an access token in its path.
pub(crate) fn at(token: &str, event: &Value) -> Value {
    let mut event = event.clone();
    event["pathParameters"] = json!({"access_token": token});
    event
}

fn request(event: &Value) -> Request {
    serde_json::from_value::<HttpEvent>(event.clone()).unwrap().into_request()
}

/// The one answer to whatever is wrong with user or token.
pub(crate) fn not_authenticated() -> (u16, Value) {
    (404, json!({"error": true, "message": "Not authenticated", "code": 401}))
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
