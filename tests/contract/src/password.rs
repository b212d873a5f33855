//! An organization whose member logs in with a password.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Answer, Stack, ask, jwt::Key};

/// Where a password login gives a token for the API `patient`.
pub const AUTH: &str = "/patient/auth";
/// Where the login's cookie is cleared.
pub const LOGOUT: &str = "/patient/auth/logout";
/// Who is logged in.
pub const ACCOUNT: &str = "/patient/users/account";
/// The password of every fresh member.
pub const PASSWORD: &str = "päss word 1 ";

/// The body of every 400 for what the body lacks.
pub const CREDENTIALS_REQUIRED: &str =
    r#"{"statusCode":400,"message":"Username and password are required","error":"Bad Request"}"#;
/// The body of every 400 for a missing header.
pub const ORGANIZATION_REQUIRED: &str =
    r#"{"statusCode":400,"message":"Organization header is required","error":"Bad Request"}"#;
/// The body of every refused login.
pub const INVALID_CREDENTIALS: &str =
    r#"{"statusCode":401,"message":"Invalid credentials","error":"Unauthorized"}"#;
/// The body of every refused token.
pub const UNAUTHORIZED: &str =
    r#"{"statusCode":401,"message":"Unauthorized","error":"Unauthorized"}"#;
/// The body for an API that there are no tokens for.
pub const NOT_FOUND: &str = r#"{"statusCode":404,"message":"Not found","error":"Not Found"}"#;

/// An organization with one member. Requests are left unsent, so that a test can bend them.
#[derive(Clone, Debug)]
pub struct Clinic {
    /// Where it lives.
    pub stack: Stack,
    /// Its id.
    pub organization: String,
    /// Its member's id.
    pub user_id: String,
    /// Its member's name.
    pub username: String,
}

impl Clinic {
    /// A fresh one, without limits, without a cookie.
    pub async fn new() -> Self {
        Self::on(&Stack::running(), &json!({})).await
    }

    /// A fresh one with the limits that a real one has.
    pub async fn with_limits() -> Self {
        Self::on(&Stack::running(), &json!({ "limits": "default" })).await
    }

    /// A fresh one whose logins set a cookie.
    pub async fn with_cookie() -> Self {
        Self::on(&Stack::running(), &json!({ "cookie": true })).await
    }

    /// A fresh one on this stack.
    pub async fn on(stack: &Stack, settings: &Value) -> Self {
        let mut wishes = json!({ "username": "zoë@example.com", "password": PASSWORD });
        for (name, value) in settings.as_object().expect("settings") {
            wishes[name] = value.clone();
        }
        let answer = ask(stack.console(Method::POST, "/demo/organizations").json(&wishes)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let created = answer.json();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self {
            stack: stack.clone(),
            organization: text(&created["organizationId"]),
            user_id: text(&created["patient"]["userId"]),
            username: text(&created["patient"]["username"]),
        }
    }

    /// A request in the organization's name.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.stack.request(method, path).header("organization", &self.organization)
    }

    /// A login with this body.
    pub fn post(&self, body: &Value) -> RequestBuilder {
        self.request(Method::POST, AUTH).json(body)
    }

    /// A login with these credentials.
    pub fn try_as(&self, username: &str, password: &str) -> RequestBuilder {
        self.post(&json!({ "username": username, "password": password }))
    }

    /// The member's login.
    pub fn log_in(&self) -> RequestBuilder {
        self.try_as(&self.username, PASSWORD)
    }

    /// The same user name in an organization of any id.
    pub fn try_in(&self, organization: &str, password: &str) -> RequestBuilder {
        let body = json!({ "username": self.username, "password": password });
        self.stack.request(Method::POST, AUTH).header("organization", organization).json(&body)
    }

    /// A token of the member's.
    pub async fn token(&self) -> String {
        token(&ask(self.log_in()).await)
    }

    /// Asks who is logged in.
    pub fn account(&self, token: &str) -> RequestBuilder {
        self.request(Method::GET, ACCOUNT).bearer_auth(token)
    }

    /// The same with the token as a cookie.
    pub fn account_by_cookie(&self, token: &str) -> RequestBuilder {
        let cookie = format!("theme=dark; __Host-postern-patient={token}");
        self.request(Method::GET, ACCOUNT).header("cookie", cookie)
    }

    /// The key that signs the tokens.
    pub async fn key(&self) -> Key {
        self.stack.key("PASSWORD_ACCESS_SECRET").await
    }
}

/// The token of a successful login.
pub fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["token"].as_str().expect("a token").to_owned()
}
