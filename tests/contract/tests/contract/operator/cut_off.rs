//! A partner, a client or a connection is cut off at once.
//!
//! Instances cache partners and connections for a minute, so each test calls for the first time after the
//! change.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use contract::{
    Answer, ask,
    exchange::Exchange,
    operator::postern,
    partner::{Practice, detail},
};
use serde_json::json;

const REFUSED: &str = "Invalid partner credentials provided.";

struct Software {
    id: String,
    secret: String,
}

fn software() -> Software {
    let created = postern(&["partner", "create", "--name", "Software", "--output", "json"]).done();
    let text = |field: &str| created.json()[field].as_str().expect("text").to_owned();
    Software { id: text("id"), secret: text("secret") }
}

/// A practice that is connected to this partner, with the secret that they share.
async fn connected(partner: &Software) -> Practice {
    let practice = Practice::new().await;
    let connect = ["organization", "connect", &practice.organization, "--partner", &partner.id];
    let scopes = ["--scopes", "create:patient", "--yes"];
    let connected = postern(&[&connect[..], &scopes[..]].concat()).done();
    Practice { secret: connected.line().to_owned(), ..practice }
}

/// The answer to this partner, which asks for a token.
async fn asked(practice: &Practice, partner: &Software) -> Answer {
    let mut headers = practice.headers();
    (headers[0].1, headers[1].1) = (&partner.id, &partner.secret);
    let body = json!({ "grantType": "client_credentials", "scope": ["create:patient"] });
    ask(practice.ask_with(&headers, &body)).await
}

#[tokio::test]
async fn a_disabled_partner_is_refused_like_an_unknown_one_and_works_again_once_enabled() {
    let (partner, enabled) = (software(), software());
    let (practice, other) = (connected(&partner).await, connected(&enabled).await);
    for partner in [&partner, &enabled] {
        postern(&["partner", "disable", &partner.id, "--yes"]).done();
    }
    postern(&["partner", "enable", &enabled.id]).done();
    let refused = asked(&practice, &partner).await;
    assert_eq!((refused.status, detail(&refused).as_str()), (401, REFUSED));
    assert_eq!(asked(&other, &enabled).await.status, 200);
    let connect = ["organization", "connect", &practice.organization, "--partner", &partner.id];
    let ran = postern(&[&connect[..], &["--scopes", "none", "--yes"]].concat());
    assert_eq!(ran.status, 1, "nobody is connected to a disabled partner");
}

#[tokio::test]
async fn a_disabled_client_is_refused_like_an_unknown_one() {
    let (exchange, enabled) = (Exchange::new().await, Exchange::new().await);
    postern(&["client", "disable", &exchange.client_id, "--yes"]).done();
    let refused = ask(exchange.sign_in()).await;
    let unknown =
        exchange.request_of("unknown", "unknown", reqwest::Method::GET, "/api/1.0/sso/token/x");
    assert_eq!(refused.status, ask(unknown).await.status);
    postern(&["client", "disable", &enabled.client_id, "--yes"]).done();
    postern(&["client", "enable", &enabled.client_id]).done();
    assert_eq!(ask(enabled.sign_in()).await.status, 200);
}

#[tokio::test]
async fn a_disconnected_organization_has_no_tokens_any_more() {
    let (before, practice) = (Practice::new().await, Practice::new().await);
    let token = before.token().await;
    for practice in [&before, &practice] {
        postern(&["organization", "disconnect", &practice.organization, "--yes"]).done();
    }
    assert_eq!(ask(before.validate(&token)).await.status, 401);
    let refused = ask(practice.ask_token(&["create:patient"])).await;
    assert_eq!((refused.status, detail(&refused).as_str()), (401, REFUSED));
    let shown = postern(&["organization", "show", &practice.organization, "--output", "json"]);
    assert_eq!(shown.done().json()["connection"], serde_json::Value::Null);
    let again = postern(&["organization", "disconnect", &practice.organization, "--yes"]);
    assert!(again.status <= 1, "{}", again.stderr);
}

#[test]
fn who_is_not_there_cannot_be_cut_off() {
    for command in [["partner", "disable"], ["client", "disable"], ["organization", "disconnect"]] {
        let ran = postern(&[&command[..], &["nobody-of-this-name", "--yes"]].concat());
        assert_ne!(ran.status, 0, "{command:?}");
        assert!(ran.stderr.contains("nobody-of-this-name"), "{}", ran.stderr);
    }
}
