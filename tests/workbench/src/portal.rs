//! One organization, one patient, and all handlers of the portal in one process.
//!
//! A setup that fails, fails the test.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]
#![expect(clippy::missing_panics_doc, reason = "a fixture panics to fail its test")]
#![expect(clippy::missing_errors_doc, reason = "errors are those of the handlers")]

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::identifier::Identity;
use domain::limits::Limit;
use domain::time::Timestamp;
use domain::user::User;
use runtime::event::{Change, Image};
use runtime::http::{Body, HttpEvent, Refusal, Request, Response};
use runtime::invocation::Invocation;
use runtime::resources::TableName;
use serde_json::{Value, json};

use crate::answer::RECEIVED;
use crate::{Patient, Tenant, Workbench, called, post};

/// The answer of a handler.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The JSON body.
    pub body: Value,
}

impl Answer {
    fn of(result: Result<Response<Body>, impl Refusal>) -> Self {
        let response = result.unwrap_or_else(|refusal| refusal.response(&RECEIVED));
        let retry_after = response.headers().get("retry-after");
        Self {
            status: response.status().as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
            body: serde_json::from_slice(response.body().as_ref()).unwrap(),
        }
    }

    /// A 200 without a body.
    pub fn ok() -> Self {
        Self { status: 200, retry_after: None, body: Value::Null }
    }

    /// The `code` of a refusal, `OK` for a success.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("OK")
    }

    /// The refresh token of a success.
    pub fn refresh_token(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["refreshToken"].as_str().unwrap().to_owned()
    }

    /// The access token of a success.
    pub fn access_token(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["accessToken"].as_str().unwrap().to_owned()
    }
}

/// All handlers, and a client of one organization and its patient.
pub struct Portal {
    /// The AWS services.
    pub bench: Workbench,
    /// The organization.
    pub tenant: Tenant,
    /// The patient who signs in.
    pub patient: Patient,
    /// The network address that requests name as the end user's.
    source: Option<&'static str>,
    send: portal_send_otp::State,
    verify: portal_verify_otp::State,
    refresh: portal_refresh_token::State,
    logout: portal_logout::State,
    me: portal_me::State,
    deliver: portal_deliver_otp::State,
}

impl Portal {
    /// An organization with the highest limits.
    pub async fn start() -> Arc<Self> {
        Self::limited(0).await
    }

    /// An organization with a limit of sends per day; 0 means the highest.
    pub async fn limited(sends_per_day: u32) -> Arc<Self> {
        let bench = Workbench::start().await.unwrap();
        let tenant = bench.tenant(Limit::new(sends_per_day)).await.unwrap();
        let patient = bench.patient(&tenant).await.unwrap();
        Arc::new(Self::over(bench, tenant, patient).unwrap())
    }

    /// A sandbox organization.
    pub async fn sandbox(ends_at: Option<Timestamp>) -> Arc<Self> {
        let bench = Workbench::start().await.unwrap();
        let tenant = bench.sandbox(ends_at).await.unwrap();
        let patient = bench.patient(&tenant).await.unwrap();
        Arc::new(Self::over(bench, tenant, patient).unwrap())
    }

    /// The same deployment, for another organization and its patient.
    pub async fn neighbour(&self) -> Arc<Self> {
        let tenant = self.bench.tenant(None).await.unwrap();
        let patient = self.bench.patient(&tenant).await.unwrap();
        Arc::new(Self::over(self.bench.clone(), tenant, patient).unwrap())
    }

    /// The same organization and patient, with new instances of every function.
    pub fn another_instance(&self) -> Self {
        Self::over(self.bench.clone(), self.tenant.clone(), self.patient.clone()).unwrap()
    }

    fn over(bench: Workbench, tenant: Tenant, patient: Patient) -> anyhow::Result<Self> {
        Ok(Self {
            send: portal_send_otp::State::new(&bench.function("portal-send-otp")?)?,
            verify: portal_verify_otp::State::new(&bench.function("portal-verify-otp")?)?,
            refresh: portal_refresh_token::State::new(&bench.function("portal-refresh-token")?)?,
            logout: portal_logout::State::new(&bench.function("portal-logout")?)?,
            me: portal_me::State::new(&bench.function("portal-me")?)?,
            deliver: portal_deliver_otp::State::new(&bench.function("portal-deliver-otp")?)?,
            bench,
            tenant,
            patient,
            source: None,
        })
    }

    /// The same deployment, whose requests name this address as the end user's.
    pub fn named(self: Arc<Self>, source: &'static str) -> Arc<Self> {
        Arc::new(Self { source: Some(source), ..self.another_instance() })
    }

    fn request(&self, body: &Value) -> Request {
        let mut request = post(&self.tenant, body).unwrap();
        if let Some(source) = self.source {
            request.headers_mut().insert("x-end-user-ip", source.parse().unwrap());
        }
        request
    }

    /// Requests a code for the patient's email address.
    pub async fn send(&self, now: Timestamp) -> Answer {
        self.send_to(&self.patient.email, now).await
    }

    /// Requests a code for any email address.
    pub async fn send_to(&self, email: &str, now: Timestamp) -> Answer {
        let request = self.request(&json!({"email": email, "channel": "EMAIL"}));
        Answer::of(
            called("portal-send-otp", portal_send_otp::handle(&self.send, request, now)).await,
        )
    }

    /// Requests a code for the patient's phone number.
    pub async fn send_sms(&self, now: Timestamp) -> Answer {
        let request = self.request(&json!({"phoneNumber": self.patient.phone, "channel": "SMS"}));
        Answer::of(
            called("portal-send-otp", portal_send_otp::handle(&self.send, request, now)).await,
        )
    }

    /// Requests a code for an email address, for an end user at this network address.
    pub async fn send_from(&self, source: &str, email: &str, now: Timestamp) -> Answer {
        let mut request = self.request(&json!({"email": email, "channel": "EMAIL"}));
        request.headers_mut().insert("x-end-user-ip", source.parse().unwrap());
        Answer::of(
            called("portal-send-otp", portal_send_otp::handle(&self.send, request, now)).await,
        )
    }

    /// Presents a code for an email address, for an end user at this network address.
    pub async fn verify_from(
        &self,
        source: &str,
        email: &str,
        code: &str,
        now: Timestamp,
    ) -> Answer {
        let mut request = self.request(&json!({"email": email, "code": code}));
        request.headers_mut().insert("x-end-user-ip", source.parse().unwrap());
        Answer::of(
            called("portal-verify-otp", portal_verify_otp::handle(&self.verify, request, now))
                .await,
        )
    }

    /// Requests a code with an idempotency key.
    pub async fn send_idempotently(&self, key: &str, now: Timestamp) -> Answer {
        let mut request = self.request(&json!({"email": self.patient.email, "channel": "EMAIL"}));
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        Answer::of(
            called("portal-send-otp", portal_send_otp::handle(&self.send, request, now)).await,
        )
    }

    /// Requests a code through the runtime, from event to reply.
    pub async fn respond_to_send(&self, now: Timestamp) -> Value {
        let event = self.event(&json!({"email": self.patient.email, "channel": "EMAIL"}));
        let handle = async |request, now| portal_send_otp::handle(&self.send, request, now).await;
        let invocation = invocation("portal-send-otp");
        let reply = runtime::http::respond(&handle, event, &invocation, now).await;
        serde_json::to_value(reply).unwrap()
    }

    /// Presents a code through the runtime, from event to reply.
    pub async fn respond_to_verify(&self, code: &str, now: Timestamp) -> Value {
        let event = self.event(&json!({"email": self.patient.email, "code": code}));
        let handle =
            async |request, now| portal_verify_otp::handle(&self.verify, request, now).await;
        let invocation = invocation("portal-verify-otp");
        let reply = runtime::http::respond(&handle, event, &invocation, now).await;
        serde_json::to_value(reply).unwrap()
    }

    fn event(&self, body: &Value) -> HttpEvent {
        let event = json!({
            "headers": {"cv-api-key": self.tenant.api_key, "content-type": "application/json"},
            "requestContext": {"requestId": "request-1"},
            "body": body.to_string(),
        });
        serde_json::from_value(event).unwrap()
    }

    /// Presents a code for the patient's email address.
    pub async fn verify(&self, code: &str, now: Timestamp) -> Answer {
        self.verify_as(&self.patient.email, code, now).await
    }

    /// Presents a code for any email address.
    pub async fn verify_as(&self, email: &str, code: &str, now: Timestamp) -> Answer {
        let request = self.request(&json!({"email": email, "code": code}));
        Answer::of(
            called("portal-verify-otp", portal_verify_otp::handle(&self.verify, request, now))
                .await,
        )
    }

    /// Presents a refresh token.
    pub async fn refresh(&self, token: &str, now: Timestamp) -> Answer {
        let request = self.request(&json!({"refresh_token": token}));
        Answer::of(
            called(
                "portal-refresh-token",
                portal_refresh_token::handle(&self.refresh, request, now),
            )
            .await,
        )
    }

    /// Presents a refresh token with an idempotency key.
    pub async fn refresh_idempotently(&self, token: &str, key: &str, now: Timestamp) -> Answer {
        let mut request = self.request(&json!({"refresh_token": token}));
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        Answer::of(
            called(
                "portal-refresh-token",
                portal_refresh_token::handle(&self.refresh, request, now),
            )
            .await,
        )
    }

    /// Signs out.
    pub async fn logout(&self, token: &str, now: Timestamp) -> Answer {
        let request = self.request(&json!({"refresh_token": token}));
        Answer::of(called("portal-logout", portal_logout::handle(&self.logout, request, now)).await)
    }

    /// Requests the signed-in user.
    pub async fn me(&self, token: &str, now: Timestamp) -> Answer {
        let mut request = self.request(&Value::Null);
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        Answer::of(called("portal-me", portal_me::handle(&self.me, request, now)).await)
    }

    /// Passes the patient's challenge to the delivery function, like the stream after a send.
    pub async fn deliver(&self, now: Timestamp) -> anyhow::Result<&'static str> {
        let change = Change { new: Some(self.challenge().await?), old: None };
        called("portal-deliver-otp", portal_deliver_otp::handle(&self.deliver, change, now)).await
    }

    /// Passes the challenge of the patient's phone number to the delivery function.
    pub async fn deliver_sms(&self, now: Timestamp) -> &'static str {
        let new = self.phone_challenge().await.unwrap();
        self.deliver_change(Change { new: Some(new), old: None }, now).await
    }

    /// Passes a change to the delivery function.
    pub async fn deliver_change(&self, change: Change, now: Timestamp) -> &'static str {
        called("portal-deliver-otp", portal_deliver_otp::handle(&self.deliver, change, now))
            .await
            .unwrap()
    }

    /// The patient as stored.
    pub async fn stored_user(&self) -> User {
        let (users, user) = (self.bench.users().unwrap(), &self.patient.user);
        let stored = users.find(&user.organization, &user.id).await.unwrap();
        stored.unwrap().user
    }

    /// The item of the challenge for the patient's email address.
    pub async fn challenge(&self) -> anyhow::Result<Image> {
        self.challenge_of(&self.patient.identity).await
    }

    /// The item of the challenge for the patient's phone number.
    pub async fn phone_challenge(&self) -> anyhow::Result<Image> {
        let identities = self.bench.identities(&self.patient.user).await?;
        self.challenge_of(&identities[1]).await
    }

    async fn challenge_of(&self, identity: &Identity) -> anyhow::Result<Image> {
        let pk = format!("OTP#{}#{}", self.tenant.organization.id, identity.as_str());
        let table = self.bench.aws.config().required(TableName::Challenges.variable())?;
        let key = aws_sdk_dynamodb::types::AttributeValue::S(pk);
        let dynamodb = self.bench.aws.dynamodb();
        let read = dynamodb.get_item().table_name(table).key("pk", key).consistent_read(true);
        read.send().await?.item.context("the challenge was not found")
    }

    /// The code that the patient reads in the newest mail.
    pub async fn code(&self, now: Timestamp) -> String {
        assert_eq!(self.deliver(now).await.unwrap(), "sent");
        let mail = self.bench.inbox.sent().pop().unwrap();
        assert_eq!(mail.to, self.patient.email);
        six_digits(&mail.text).unwrap().to_owned()
    }

    /// Requests a code, and reads it in the newest mail.
    pub async fn fresh_code(&self, now: Timestamp) -> String {
        assert_eq!(self.send(now).await.status, 200);
        self.code(now).await
    }

    /// Signs the patient in, and returns the refresh token.
    pub async fn sign_in(&self, now: Timestamp) -> String {
        let code = self.fresh_code(now).await;
        self.verify(&code, now).await.refresh_token()
    }
}

/// The line of a message that is the code.
pub fn six_digits(text: &str) -> Option<&str> {
    text.lines().find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A wrong code.
pub fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

/// A duration in seconds.
pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A duration in days.
pub fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

fn invocation(name: &'static str) -> Invocation {
    Invocation { name, function: name.to_owned(), ..Invocation::default() }
}
