//! An exchange: clients and a user of the identity provider, of this test's own.

use std::hash::{BuildHasher, RandomState};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Answer, Stack, ask};

/// Where a user signs in.
pub const SIGNIN: &str = "/api/1.0/sso/signin";
/// The password of every fresh user.
pub const PASSWORD: &str = " päss word+1&=% ";

/// The body of every refusal but a failure of the service.
pub const NOT_AUTHENTICATED: &str = r#"{"error":true,"message":"Not authenticated","code":401}"#;
/// The body of a failure of the service.
pub const INTERNAL: &str = r#"{"error":true,"message":"Internal server error","code":500}"#;

/// A client that may ask about users, one that may not, and a user. Requests are left unsent, so that
/// a test can bend them.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Where it lives.
    pub stack: Stack,
    /// The client's id.
    pub client_id: String,
    /// The client's API token.
    pub client_token: String,
    /// The id of a client that may not ask; its token is the same.
    pub quiet_client_id: String,
    /// The id of a client that reads the published form of user info; its token is the same.
    pub published_client_id: String,
    /// The user's id.
    pub user_id: u64,
    /// The user's address, as registered.
    pub email: String,
}

impl Exchange {
    /// A fresh one.
    pub async fn new() -> Self {
        Self::on(&Stack::running()).await
    }

    /// A fresh one on this stack.
    pub async fn on(stack: &Stack) -> Self {
        let id = fresh();
        let exchange = Self {
            stack: stack.clone(),
            client_id: id.to_string(),
            client_token: format!("api-token-of-{id}"),
            quiet_client_id: format!("{id}-quiet"),
            published_client_id: format!("{id}-published"),
            user_id: id + 1,
            email: format!("Dr.{id}@Example.com"),
        };
        let Self { client_id, client_token, quiet_client_id, published_client_id, .. } = &exchange;
        exchange
            .create(&json!({
                "clients": [
                    {"client_id": client_id, "token": client_token},
                    {"client_id": quiet_client_id, "token": client_token, "reads_user_info": false},
                    {"client_id": published_client_id, "token": client_token, "user_info": "published"},
                ],
                "users": [exchange.user(exchange.user_id, &exchange.email)],
            }))
            .await;
        exchange
    }

    /// A user for [`Exchange::create`].
    pub fn user(&self, id: u64, email: &str) -> Value {
        json!({
            "id": id,
            "name": "Dr. Ω \"X\"",
            "email": email,
            "password": PASSWORD,
            "activated_at": "2014-09-05 00:00:00",
            "created_at": "2014-09-04 13:26:14",
            "groups": ["MCI Admin", "API Consumer"],
            "profiles": [
                {"type": "provider", "id": "123", "catchment": ["302618", "302614"]},
                {"type": "patient", "id": "10091232131", "catchment": []},
            ],
        })
    }

    /// Creates clients and users.
    pub async fn create(&self, roster: &Value) {
        let answer = ask(self.stack.console(Method::POST, "/demo/exchange").json(roster)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// Creates one more user with one field changed; returns the address.
    pub async fn create_with(&self, field: &str, value: Value) -> String {
        let id = fresh();
        let email = format!("user-{id}@example.com");
        let mut user = self.user(id, &email);
        user[field] = value;
        self.create(&json!({ "users": [user] })).await;
        email
    }

    /// Shuts the user's account.
    pub async fn shut(&self) {
        let path = format!("/demo/exchange/users/{}", self.user_id);
        let answer = ask(self.stack.console(Method::DELETE, &path)).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// A request with the client's pair.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_of(&self.client_id, &self.client_token, method, path)
    }

    /// A request with any pair.
    pub fn request_of(&self, id: &str, token: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.stack.request(method, path);
        request.header("client_id", id).header("X-Auth-Token", token)
    }

    /// A sign-in with this form.
    pub fn post(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        url_encoded(self.request(Method::POST, SIGNIN), body)
    }

    /// A sign-in with these credentials.
    pub fn try_as(&self, email: &str, password: &str) -> RequestBuilder {
        self.post(form(email, password))
    }

    /// The user's sign-in.
    pub fn sign_in(&self) -> RequestBuilder {
        self.try_as(&self.email, PASSWORD)
    }

    /// An access token of the user's.
    pub async fn token(&self) -> String {
        token(&ask(self.sign_in()).await)
    }

    /// Asks who a token belongs to.
    pub fn who(&self, token: &str) -> RequestBuilder {
        self.request(Method::GET, &info(token))
    }

    /// Asks the same as a client that reads the published form.
    pub fn who_as_published(&self, token: &str) -> RequestBuilder {
        self.request_of(&self.published_client_id, &self.client_token, Method::GET, &info(token))
    }

    /// A sign-out with these credentials.
    pub fn sign_out_as(&self, email: &str, password: &str, token: &str) -> RequestBuilder {
        url_encoded(self.request(Method::POST, &signout(token)), form(email, password))
    }

    /// The user's sign-out.
    pub fn sign_out(&self, token: &str) -> RequestBuilder {
        self.sign_out_as(&self.email, PASSWORD, token)
    }
}

/// A random even id, so that its successor is nobody's either: below 2⁵², as JSON can have it.
fn fresh() -> u64 {
    RandomState::new().hash_one(()) >> 12 << 1 & ((1 << 52) - 1) | 1 << 51
}

/// The path of a sign-out.
pub fn signout(token: &str) -> String {
    format!("/api/1.0/sso/signout/{token}")
}

/// The path of user info.
pub fn info(token: &str) -> String {
    format!("/api/1.0/sso/token/{token}")
}

/// The access token of a successful sign-in.
pub fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

/// Marks a body as a form.
pub fn url_encoded(request: RequestBuilder, body: impl Into<reqwest::Body>) -> RequestBuilder {
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// Email and password, URL-encoded.
pub fn form(email: &str, password: &str) -> String {
    format!("email={}&password={}", encoded(email), encoded(password))
}

/// Text as a form has it: a space as `+`, as browsers do.
pub fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// A form in parts, as `functional-tests` of the exchange sends it: boundary and body.
pub fn parts(fields: &[(&str, &str)]) -> (String, String) {
    let boundary = "----part-of-a-form";
    let part = |(name, value): &(&str, &str)| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let body = fields.iter().map(part).collect::<String>() + &format!("--{boundary}--\r\n");
    (format!("multipart/form-data; boundary={boundary}"), body)
}
