//! A round of calls: everybody signs in, is recognised, and signs out, on the demo data of the stack.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use bench::Change;
use serde_json::{Value, json};
use tokio::process::Command;

const ORGANIZATION: &str = "11111111-1111-4111-8111-111111111111";
const USER: &str = "33333333-3333-4333-8333-333333333333";
const PORTAL: [(&str, &str); 1] = [("cv-api-key", "demo-portal-key")];
const CLIENT: [(&str, &str); 3] = [
    ("client_id", "18550"),
    ("x-auth-token", "demo-client-token"),
    ("content-type", "application/x-www-form-urlencoded"),
];
/// A sign-in and three rotations.
const CHANGES_OF_SESSION: usize = 4;
const FORM: &str = "email=xyz%40example.com&password=demo-password-1";

/// The functions in the order of a round.
pub(crate) const ROUND: [&str; 19] = [
    "portal-send-otp",
    "portal-verify-otp",
    "portal-me",
    "portal-authorizer",
    "portal-refresh-token",
    "portal-logout",
    "password-login",
    "password-account",
    "password-authorizer",
    "password-cookie-authorizer",
    "password-logout",
    "partner-token",
    "partner-validate",
    "partner-authorizer",
    "partner-jwks",
    "sso-signin",
    "sso-token",
    "sso-signout",
    "audit-record",
];

/// How many changes one call of `audit-record` is about: what the template lets a batch have.
pub(crate) const BATCH: usize = 100;

/// What earlier calls of the round brought.
pub(crate) struct Round {
    console: String,
    http: reqwest::Client,
    held: BTreeMap<&'static str, String>,
    sessions_table: String,
    changes: usize,
}

impl Round {
    /// One that finds mail at the console.
    pub(crate) fn new(console: String, sessions_table: String) -> Self {
        let (http, held) = (reqwest::Client::new(), BTreeMap::new());
        Self { console, http, held, sessions_table, changes: 0 }
    }

    /// The event of a function's call.
    pub(crate) async fn event(&mut self, function: &str) -> Result<Value> {
        let auth = |name: &str| self.held.get(name).map(|token| format!("Bearer {token}"));
        let (access, password, partner) = (auth("access"), auth("password"), auth("partner"));
        let with = |headers: &[(&str, &str)], token: &Option<String>| {
            let token = token.as_deref().map(|token| ("authorization", token));
            headers.iter().copied().chain(token).map(owned).collect::<Vec<_>>()
        };
        let own = |headers: &[(&str, &str)]| with(headers, &None);
        let json_portal = || own(&[PORTAL[0], ("content-type", "application/json")]);
        let refresh = || json!({ "refresh_token": self.held.get("refresh") });
        let tenant = [("organization", ORGANIZATION)];
        let partners = [("x-organization-secret", "demo-organization-secret")];
        let organization = json!({ "organization_id": ORGANIZATION });
        let api = json!({ "api": "patient" });
        Ok(match function {
            "portal-send-otp" => {
                let body = json!({ "email": "patient@example.com", "channel": "EMAIL" });
                post(json_portal(), &body.to_string())
            }
            "portal-verify-otp" => {
                let code = self.code().await?;
                let body = json!({ "email": "patient@example.com", "code": code });
                post(own(&[PORTAL[0], ("content-type", "application/json")]), &body.to_string())
            }
            "portal-refresh-token" | "portal-logout" => post(json_portal(), &refresh().to_string()),
            "portal-me" => request("GET", with(&PORTAL, &access)),
            "portal-authorizer" => authorizer(with(&PORTAL, &access), &json!({})),
            "password-login" => {
                let headers = own(&[tenant[0], ("content-type", "application/json")]);
                let body = json!({ "username": "demo", "password": "demo-password-1" });
                at(post(headers, &body.to_string()), &api)
            }
            "password-account" => at(request("GET", with(&tenant, &password)), &api),
            "password-authorizer" => authorizer(with(&tenant, &password), &api),
            "password-cookie-authorizer" => {
                let token = self.held.get("password").map(String::as_str).unwrap_or_default();
                let mut event = authorizer(own(&tenant), &api);
                event["cookies"] = json!([format!("__Host-postern-patient={token}")]);
                event
            }
            "password-logout" => at(request("POST", own(&tenant)), &api),
            "partner-token" => {
                let headers = own(&[
                    ("x-partner-id", "demo-partner"),
                    ("x-partner-secret", "demo-partner-secret"),
                    ("x-organization-id", ORGANIZATION),
                    partners[0],
                    ("x-user-id", USER),
                    ("content-type", "application/json"),
                ]);
                let body =
                    json!({ "grantType": "client_credentials", "scope": ["create:patient"] });
                post(headers, &body.to_string())
            }
            "partner-validate" => at(request("GET", with(&partners, &partner)), &organization),
            "partner-authorizer" => authorizer(with(&partners, &partner), &organization),
            "partner-jwks" => request("GET", Vec::new()),
            "sso-signin" => post(own(&CLIENT), FORM),
            "sso-token" => at(request("GET", own(&CLIENT)), &self.path_token()),
            "sso-signout" => at(post(own(&CLIENT), FORM), &self.path_token()),
            "audit-record" => self.changes(),
            other => bail!("no call of {other}"),
        })
    }

    /// Takes from an answer what later calls need. Anything but a success would be measured as one.
    pub(crate) fn learn(&mut self, function: &str, answer: &Value) -> Result<()> {
        if function == "audit-record" {
            ensure!(answer.is_null(), "{function} answered {answer}");
            return Ok(());
        }
        if function.ends_with("-authorizer") {
            ensure!(answer["isAuthorized"] == true, "{function} refused");
            return Ok(());
        }
        let status = &answer["statusCode"];
        ensure!([200, 204].iter().any(|good| status == good), "{function} answered {status}");
        let text = answer["body"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let brought = [
            ("access", &body["accessToken"]),
            ("refresh", &body["refreshToken"]),
            ("password", &body["token"]),
            ("partner", &body["data"]["accessToken"]),
            ("sso", &body["access_token"]),
        ];
        for (name, value) in brought {
            if let Some(text) = value.as_str() {
                self.held.insert(name, text.to_owned());
            }
        }
        Ok(())
    }

    /// A batch of changes of sessions, none of which came before.
    fn changes(&mut self) -> Value {
        let stream = format!(
            "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/2026-01-01T00:00:00.000",
            self.sessions_table
        );
        #[expect(
            clippy::disallowed_methods,
            reason = "a record is as old as the call that is measured"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = i64::try_from(now.as_secs()).unwrap_or_default();
        let first = self.changes;
        self.changes += BATCH;
        let records = (first..self.changes).map(|nth| {
            let mut record = Change { nth, of_item: CHANGES_OF_SESSION, at }.record();
            record["eventSourceARN"] = stream.as_str().into();
            record
        });
        json!({ "Records": records.collect::<Vec<_>>() })
    }

    fn path_token(&self) -> Value {
        json!({ "access_token": self.held.get("sso") })
    }

    /// The code that was just sent: one that was not there before.
    async fn code(&mut self) -> Result<String> {
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        for _ in 0..1000 {
            tick.tick().await;
            let messages = self.http.get(format!("{}/messages", self.console)).send().await?;
            let messages: Value = serde_json::from_slice(&messages.bytes().await?)?;
            let Some(newest) = messages.get(0) else { continue };
            let id = newest["id"].as_str().context("a message without id")?;
            if self.held.insert("message", id.to_owned()).as_deref() == Some(id) {
                continue;
            }
            let text = newest["text"].as_str().unwrap_or_default();
            let mut runs = text.split(|letter: char| !letter.is_ascii_digit());
            let code = runs.find(|run| run.len() == 6).context("no code in the message")?;
            return Ok(code.to_owned());
        }
        bail!("no code arrived")
    }
}

/// Gives the patient the codes of the day back: more are requested than a day has.
pub(crate) async fn unlock(postern: &Path) -> Result<()> {
    let user = ["user", "unlock", "--yes", "--organization", ORGANIZATION, "patient@example.com"];
    let ran = Command::new(postern).args(user).output().await?;
    ensure!(ran.status.success(), "postern: {}", String::from_utf8_lossy(&ran.stderr));
    Ok(())
}

type Headers = Vec<(String, String)>;

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// API Gateway's payload, format 2.0, without what no function reads.
fn request(method: &str, headers: Headers) -> Value {
    json!({
        "version": "2.0",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": headers.into_iter().collect::<BTreeMap<_, _>>(),
        "requestContext": { "requestId": "JKJaXmPLvHcESHA=", "http": { "method": method, "path": "/" } },
        "isBase64Encoded": false,
    })
}

fn post(headers: Headers, body: &str) -> Value {
    let mut event = request("POST", headers);
    event["body"] = body.into();
    event
}

fn at(mut event: Value, parameters: &Value) -> Value {
    event["pathParameters"] = parameters.clone();
    event
}

fn authorizer(headers: Headers, parameters: &Value) -> Value {
    let mut event = at(request("GET", headers), parameters);
    event["type"] = "REQUEST".into();
    event["routeArn"] = "arn:aws:execute-api:us-east-1:000000000000:bench/$default/GET/".into();
    event
}
