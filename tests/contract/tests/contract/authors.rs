//! What is stored names the request that wrote it, by the id in its answer.

use std::collections::BTreeSet;

use contract::{
    Answer, Session, Stack, Tenant, ask, eventually, exchange::Exchange, partner::Practice,
};
use serde_json::{Value, json};

/// The kinds of the table's items that have this author in an attribute: a request, whichever of its
/// writes it was.
async fn written_by(stack: &Stack, table: &str, attribute: &str, author: &str) -> BTreeSet<String> {
    let is_by = |item: &Value| {
        let by = item[attribute]["S"].as_str().unwrap_or_default();
        by == author || by.strip_prefix(author).is_some_and(|rest| rest.starts_with(' '))
    };
    let items = stack.table(table).await.into_iter().filter(is_by);
    items.map(|item| kind(&item)).collect()
}

fn kind(item: &Value) -> String {
    item["pk"]["S"].as_str().unwrap_or_default().split('#').next().unwrap_or_default().to_owned()
}

fn author(function: &str, answer: &Answer) -> String {
    format!("{function} {}", answer.header("x-request-id"))
}

fn kinds(kinds: &[&str]) -> BTreeSet<String> {
    kinds.iter().map(|kind| (*kind).to_owned()).collect()
}

async fn line_caused_by(stack: &Stack, request: &str) -> Option<Value> {
    let pattern = format!(r#"{{ $.causedBy = "{request}" }}"#);
    let input = json!({"logGroupName": "/aws/lambda/postern", "filterPattern": pattern});
    let found = stack.logs_as("postern", "FilterLogEvents", &input).await.json();
    serde_json::from_str(found["events"][0]["message"].as_str()?).ok()
}

#[tokio::test]
async fn a_sign_in_with_all_that_follows_names_each_request() {
    let tenant = Tenant::new().await;
    let stack = &tenant.stack;
    let sent = ask(tenant.send_email(&tenant.patient.email)).await;
    let sent = sent.header("x-request-id").to_owned();
    // What became of the send is noted by its delivery, whose line in the log names the send.
    let delivered =
        eventually("the delivery is logged", async || line_caused_by(stack, &sent).await);
    let delivered = delivered.await;
    let by = format!("portal-deliver-otp {}", delivered["requestId"].as_str().expect("an id"));
    let noted = async || {
        let codes = written_by(stack, "CHALLENGES_TABLE", "by", &by).await;
        (codes == kinds(&["OTP"])).then_some(())
    };
    eventually("the delivery is noted", noted).await;

    let code = tenant.email().await.code();
    let guessed = ask(tenant.verify(&contract::wrong(&code, 1))).await;
    let request = format!(".{}", guessed.header("x-request-id"));
    let has_attempt = |item: &Value| {
        let nonces = item["attempts"]["SS"].as_array().into_iter().flatten();
        nonces.filter_map(Value::as_str).any(|nonce| nonce.ends_with(&request))
    };
    assert!(stack.table("CHALLENGES_TABLE").await.iter().any(has_attempt), "an attempt's nonce");

    let verified = ask(tenant.verify(&code)).await;
    let by = author("portal-verify-otp", &verified);
    assert_eq!(written_by(stack, "CHALLENGES_TABLE", "by", &by).await, kinds(&["OTP"]));
    assert_eq!(written_by(stack, "SESSIONS_TABLE", "by", &by).await, kinds(&["FAM", "RT"]));

    let refreshed = ask(tenant.refresh(&Session::of(&verified).refresh)).await;
    let by = author("portal-refresh-token", &refreshed);
    assert_eq!(written_by(stack, "SESSIONS_TABLE", "by", &by).await, kinds(&["FAM", "RT"]));

    let left = ask(tenant.logout(&Session::of(&refreshed).refresh)).await;
    let by = author("portal-logout", &left);
    assert_eq!(written_by(stack, "SESSIONS_TABLE", "revokedBy", &by).await, kinds(&["FAM"]));
}

#[tokio::test]
async fn an_integration_names_the_request_that_the_partner_was_told() {
    let practice = Practice::new().await;
    let token = practice.token().await;
    let validated = ask(practice.validate(&token)).await;
    let by = author("partner-validate", &validated);
    let stack = Stack::running();
    assert_eq!(written_by(&stack, "ORGANIZATIONS_TABLE", "by", &by).await, kinds(&["ORG"]));
}

#[tokio::test]
async fn a_sign_in_at_the_identity_provider_names_its_request() {
    let exchange = Exchange::new().await;
    let by = author("sso-signin", &ask(exchange.sign_in()).await);
    let stack = Stack::running();
    assert_eq!(written_by(&stack, "SESSIONS_TABLE", "by", &by).await, kinds(&["SSO"]));
    assert_eq!(written_by(&stack, "USERS_TABLE", "by", &by).await, kinds(&["USER"]));
}
