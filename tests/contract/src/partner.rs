//! A partner that acts for an organization.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Answer, Stack, ask};

/// Where a token comes from.
pub const TOKEN: &str = "/v1/token";
/// Where the public keys are.
pub const JWKS: &str = "/.well-known/jwks.json";
/// The partner that every stack starts with.
pub const PARTNER: &str = "demo-partner";
/// Its secret.
pub const PARTNER_SECRET: &str = "demo-partner-secret";
/// Every scope that is live.
pub const SCOPES: [&str; 6] = [
    "create:patient",
    "read:patient_prescription",
    "update:patient",
    "create:user",
    "read:user",
    "read:users",
];
/// Scopes that the partner's documentation names and that aren't live.
pub const ANNOUNCED: [&str; 8] = [
    "read:patient",
    "update:user",
    "delete:user",
    "delete:patient",
    "create:custom_drug",
    "read:custom_drug",
    "update:custom_drug",
    "delete:custom_drug",
];

/// An organization that is connected to the demo partner, and one of its users. Requests are left
/// unsent, so that a test can bend them.
#[derive(Clone, Debug)]
pub struct Practice {
    /// Where it lives.
    pub stack: Stack,
    /// Its id.
    pub organization: String,
    /// What it shares with the partner.
    pub secret: String,
    /// In whose name the partner acts.
    pub user_id: String,
}

impl Practice {
    /// A fresh one that allows everything.
    pub async fn new() -> Self {
        Self::allowing(&SCOPES).await
    }

    /// A fresh one that allows these scopes.
    pub async fn allowing(scopes: &[&str]) -> Self {
        Self::on(&Stack::running(), scopes).await
    }

    /// A fresh one on this stack.
    pub async fn on(stack: &Stack, scopes: &[&str]) -> Self {
        let wishes = json!({ "scopes": scopes });
        let answer = ask(stack.console(Method::POST, "/demo/organizations").json(&wishes)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let created = answer.json();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self {
            stack: stack.clone(),
            organization: text(&created["organizationId"]),
            secret: text(&created["partnerSecret"]),
            user_id: text(&created["patient"]["userId"]),
        }
    }

    /// The five headers that ask for a token.
    pub fn headers(&self) -> [(&'static str, &str); 5] {
        [
            ("x-partner-id", PARTNER),
            ("x-partner-secret", PARTNER_SECRET),
            ("x-organization-id", &self.organization),
            ("x-organization-secret", &self.secret),
            ("x-user-id", &self.user_id),
        ]
    }

    /// Asks for a token with any headers and body.
    pub fn ask_with(&self, headers: &[(&str, &str)], body: &Value) -> RequestBuilder {
        let request = self.stack.request(Method::POST, TOKEN).json(body);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    /// Asks for a token with these scopes.
    pub fn ask_token(&self, scopes: &[&str]) -> RequestBuilder {
        let body = json!({ "grantType": "client_credentials", "scope": scopes });
        self.ask_with(&self.headers(), &body)
    }

    /// A token with these scopes.
    pub async fn token_for(&self, scopes: &[&str]) -> String {
        token(&ask(self.ask_token(scopes)).await)
    }

    /// A token that may validate.
    pub async fn token(&self) -> String {
        self.token_for(&["create:patient"]).await
    }

    /// A request to validate, without any header.
    pub fn bare_validate(&self) -> RequestBuilder {
        self.validate_at(&self.organization)
    }

    /// The same for what stands in the path in the place of an organization.
    pub fn validate_at(&self, organization: &str) -> RequestBuilder {
        let path = format!("/v1/organizations/{organization}/validate");
        self.stack.request(Method::GET, &path)
    }

    /// Validates the integration.
    pub fn validate(&self, token: &str) -> RequestBuilder {
        let request = self.bare_validate().header("x-organization-secret", &self.secret);
        request.bearer_auth(token)
    }
}

/// The token of a success.
pub fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"]["accessToken"].as_str().expect("a token").to_owned()
}

/// What a refusal says, for the program that the partner's documentation recommends.
pub fn detail(answer: &Answer) -> String {
    answer.json()["error"]["detail"].as_str().unwrap_or_default().to_owned()
}
