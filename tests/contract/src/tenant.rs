//! An organization with one patient, and what a partner application does for that patient.

use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Answer, Message, Stack, ask, path};

/// An organization and the application that acts in its name.
///
/// Every method that makes a request leaves it unsent, so that a test can bend it, or send many at
/// once.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Where it lives.
    pub stack: Stack,
    /// Its id.
    pub organization_id: String,
    /// Its `cv-api-key`.
    pub api_key: String,
    /// Its only patient.
    pub patient: Patient,
}

/// The patient of a tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    /// Their id.
    pub user_id: String,
    /// Where emails go.
    pub email: String,
    /// Where text messages go.
    pub phone_number: String,
}

/// What a sign-in or a refresh yields.
#[derive(Clone, Debug)]
pub struct Session {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Session {
    /// Takes the tokens out of a successful answer.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let token = |name: &str| body[name].as_str().expect("a token").to_owned();
        Self { access: token("accessToken"), refresh: token("refreshToken") }
    }
}

impl Tenant {
    /// A fresh organization on the running stack that is never told to slow down.
    pub async fn new() -> Self {
        Self::on(&Stack::running(), &json!({})).await
    }

    /// A fresh organization on the running stack with the limits that a real one has.
    pub async fn with_limits() -> Self {
        Self::on(&Stack::running(), &json!({ "limits": "default" })).await
    }

    /// A fresh organization on this stack.
    pub async fn on(stack: &Stack, settings: &Value) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Created {
            organization_id: String,
            api_key: String,
            patient: Patient,
        }
        let answer = ask(stack.console(Method::POST, "/demo/organizations").json(settings)).await;
        let Created { organization_id, api_key, patient } =
            serde_json::from_slice(&answer.body).expect("a new organization");
        Self { stack: stack.clone(), organization_id, api_key, patient }
    }

    /// One of the organizations that every stack starts with, with its patient's address.
    pub fn demo(organization_id: &str, api_key: &str) -> Self {
        let patient = Patient {
            user_id: String::new(),
            email: "patient@example.com".to_owned(),
            phone_number: "+15551234567".to_owned(),
        };
        let (organization_id, api_key) = (organization_id.to_owned(), api_key.to_owned());
        Self { stack: Stack::running(), organization_id, api_key, patient }
    }

    /// A request in the organization's name.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.stack.request(method, path).header("cv-api-key", &self.api_key)
    }

    /// A JSON body in the organization's name.
    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    /// Asks for a code by email.
    pub fn send_email(&self, email: &str) -> RequestBuilder {
        self.post(path::SEND_OTP, &json!({ "email": email, "channel": "EMAIL" }))
    }

    /// Asks for a code by text message.
    pub fn send_sms(&self, phone_number: &str) -> RequestBuilder {
        self.post(path::SEND_OTP, &json!({ "phoneNumber": phone_number, "channel": "SMS" }))
    }

    /// Presents a code for the patient's email address.
    pub fn verify(&self, code: &str) -> RequestBuilder {
        self.verify_email(&self.patient.email, code)
    }

    /// Presents a code for any email address.
    pub fn verify_email(&self, email: &str, code: &str) -> RequestBuilder {
        self.post(path::VERIFY_OTP, &json!({ "email": email, "code": code }))
    }

    /// Presents a code for a phone number.
    pub fn verify_sms(&self, phone_number: &str, code: &str) -> RequestBuilder {
        self.post(path::VERIFY_OTP, &json!({ "phoneNumber": phone_number, "code": code }))
    }

    /// Presents a refresh token for a new one.
    pub fn refresh(&self, token: &str) -> RequestBuilder {
        self.post(path::REFRESH_TOKEN, &json!({ "refresh_token": token }))
    }

    /// Ends the family of a refresh token.
    pub fn logout(&self, token: &str) -> RequestBuilder {
        self.post(path::LOGOUT, &json!({ "refresh_token": token }))
    }

    /// Asks who is signed in.
    pub fn me(&self, access_token: &str) -> RequestBuilder {
        self.request(Method::GET, path::ME).bearer_auth(access_token)
    }

    /// Asks for a code by email and waits for the message.
    pub async fn email(&self) -> Message {
        let email = &self.patient.email;
        self.delivered(email, self.send_email(email)).await
    }

    /// Asks for a code by text message and waits for it.
    pub async fn sms(&self) -> Message {
        let number = &self.patient.phone_number;
        self.delivered(number, self.send_sms(number)).await
    }

    async fn delivered(&self, recipient: &str, request: RequestBuilder) -> Message {
        let seen = self.stack.messages_to(recipient).await.len();
        let answer = ask(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.stack.messages_beyond(seen, recipient).await.remove(0)
    }

    /// Signs the patient in by email.
    pub async fn sign_in(&self) -> Session {
        let code = self.email().await.code();
        Session::of(&ask(self.verify(&code)).await)
    }
}

/// The `nth` code that is not this one.
pub fn wrong(code: &str, nth: u32) -> String {
    let code: u32 = code.parse().expect("six digits");
    assert!((1..1_000_000).contains(&nth), "code {nth} after this one may be this one");
    format!("{:06}", (code + nth) % 1_000_000)
}
