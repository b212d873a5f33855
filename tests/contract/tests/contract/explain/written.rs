//! What a request wrote, and what followed from it.

use contract::{
    Tenant, ask, eventually,
    operator::{postern, postern_where},
};
use serde_json::Value;

/// The calls of an id, once this holds.
async fn calls_when(id: &str, what: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    eventually(what, async || {
        let found = postern(&["explain", id, "--output", "json"]).done().json();
        let calls = found["calls"].as_array().cloned().unwrap_or_default();
        holds(&calls).then_some(calls)
    })
    .await
}

fn of<'c>(calls: &'c [Value], function: &str) -> Option<&'c Value> {
    calls.iter().find(|call| call["function"] == function)
}

fn events(call: &Value) -> Vec<&str> {
    let written = call["written"].as_array().into_iter().flatten();
    written.filter_map(|change| change["event"].as_str()).collect()
}

#[tokio::test]
async fn a_request_is_told_with_what_it_wrote_in_the_order_of_the_chain() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let id = ask(tenant.verify(&code)).await.header("x-request-id").to_owned();
    let calls = calls_when(&id, "all four changes are recorded", |calls| {
        of(calls, "portal-verify-otp").is_some_and(|call| events(call).len() == 4)
    })
    .await;
    let events = events(&calls[0]);
    let place = |event: &str| events.iter().position(|told| *told == event);
    assert!(place("code.attempted") < place("code.redeemed"), "{events:?}");
    assert!(place("session.started").is_some() && place("pointer.created").is_some(), "{events:?}");
    let started = calls[0]["written"].as_array().into_iter().flatten();
    let started = started.into_iter().find(|change| change["event"] == "session.started");
    assert_eq!(started.map(|change| &change["user"]), Some(&tenant.patient.user_id.clone().into()));
    let shown = postern(&["explain", &id]).done().stdout;
    let user = &tenant.patient.user_id;
    assert!(shown.contains(&format!("session.started of user {user}")), "{shown}");
    assert!(shown.contains(&format!("request       {id}")), "{shown}");
}

#[tokio::test]
async fn the_delivery_of_a_code_is_found_from_the_request_that_asked_for_it() {
    let tenant = Tenant::new().await;
    let id = ask(tenant.send_email(&tenant.patient.email)).await.header("x-request-id").to_owned();
    let calls = calls_when(&id, "the code is sent", |calls| calls.len() == 2).await;
    let sent = of(&calls, "portal-send-otp").expect("the request");
    let delivery = of(&calls, "portal-deliver-otp").expect("the delivery");
    assert_eq!((&delivery["causedBy"], &sent["requestId"]), (&id.clone().into(), &id.into()));
    assert_eq!(delivery["done"], "Outcome: sent.", "{delivery}");
    assert_eq!(delivery["userId"], tenant.patient.user_id, "{delivery}");
    // Sent again, it follows from the other request.
    let again = ask(tenant.send_email(&tenant.patient.email)).await;
    let again = again.header("x-request-id").to_owned();
    let calls = calls_when(&again, "it is sent again", |calls| calls.len() == 2).await;
    assert!(of(&calls, "portal-deliver-otp").is_some(), "{calls:?}");
}

#[tokio::test]
async fn several_requests_are_told_one_after_the_other_and_unknown_ones_are_named() {
    let tenant = Tenant::new().await;
    let id = async || {
        ask(tenant.send_email("nobody@example.com")).await.header("x-request-id").to_owned()
    };
    let (one, other) = (id().await, id().await);
    let ran = postern(&["explain", &one, "unknown-id", &other, "--output", "json"]);
    let told = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
    let told: Vec<_> = told.filter_map(Result::ok).map(|it| it["requestId"].clone()).collect();
    assert_eq!(told, [one, other]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("no request with the id unknown-id in"), "{}", ran.stderr);
}

/// As for an operator who may read the request log alone.
#[tokio::test]
async fn without_the_audit_trail_all_else_is_told() {
    let tenant = Tenant::new().await;
    let answer = ask(tenant.send_email("nobody@example.com")).await;
    let words = ["explain", answer.header("x-request-id"), "--output", "json"];
    let ran = postern_where(&words, &[("AUDIT_LOG_GROUP", "/postern/other/audit")]).done();
    let call = &ran.json()["calls"][0];
    assert!(call["done"].is_string() && call["written"].is_null(), "{call}");
    assert_eq!(ran.stderr.matches("what was written is left out").count(), 1, "{}", ran.stderr);
}
