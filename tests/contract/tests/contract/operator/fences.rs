//! Everyone signed out at once, of one organization or of all.
//!
//! Instances cache an organization for a minute, so each test calls a function for the first time after
//! the sign-out.

#![expect(clippy::unwrap_used, reason = "an answer of another form is a failed test")]

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
};

use contract::{
    Answer, Tenant, ask,
    exchange::{Exchange, INTERNAL},
    operator::{organization, postern, postern_where, started},
    own_stack::OwnStack,
    partner::{self, Practice, detail},
    password::{self, Clinic},
};
use serde_json::json;

const SIGN_OUT: [&str; 5] = ["organization", "sign-out", "--yes", "--no-wait", "--output=json"];

fn sign_out(organization: &str) {
    let ran = postern(&[&SIGN_OUT[..], &[organization]].concat()).done();
    assert!(ran.json()["validAfter"].is_string(), "{}", ran.stdout);
    assert!(ran.stderr.contains("over at"), "{}", ran.stderr);
}

/// Checks that an answer says that it is too early, and when it won't be.
fn is_too_early(answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status, answer.text()), (status, body));
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((30..=70).contains(&seconds), "{seconds}");
}

const UNAVAILABLE: &str =
    r#"{"status":503,"success":false,"error":"Service unavailable","code":"UNAVAILABLE"}"#;
const PASSWORD_UNAVAILABLE: &str =
    r#"{"statusCode":500,"message":"Internal server error","error":"Internal Server Error"}"#;

#[tokio::test]
async fn an_organizations_sign_out_ends_sessions_and_tokens_on_every_surface() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    sign_out(&tenant.organization_id);
    assert_eq!(ask(tenant.me(&session.access)).await.status, 401);
    let refused = ask(tenant.refresh(&session.refresh)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("REFRESH_INVALID")));
    assert_eq!(ask(tenant.logout(&session.refresh)).await.status, 200);

    let clinic = Clinic::new().await;
    let token = clinic.token().await;
    sign_out(&clinic.organization);
    let refused = ask(clinic.account(&token)).await;
    assert_eq!((refused.status, refused.text()), (401, password::UNAUTHORIZED));

    let practice = Practice::new().await;
    let token = practice.token().await;
    assert_eq!(ask(practice.validate(&token)).await.status, 200);
    sign_out(&practice.organization);
    let refused = ask(practice.validate(&token)).await;
    let no_access = "User does not have access to this organization";
    assert_eq!((refused.status, detail(&refused).as_str()), (401, no_access));
}

#[tokio::test]
async fn after_an_organizations_sign_out_nobody_signs_in_and_is_told_when() {
    let tenant = Tenant::new().await;
    sign_out(&tenant.organization_id);
    is_too_early(&ask(tenant.send_email(&tenant.patient.email)).await, 503, UNAVAILABLE);
    is_too_early(&ask(tenant.verify("123456")).await, 503, UNAVAILABLE);

    let clinic = Clinic::with_limits().await;
    sign_out(&clinic.organization);
    // More often than the limit allows, if it were counted.
    for _ in 0..11 {
        is_too_early(&ask(clinic.log_in()).await, 500, PASSWORD_UNAVAILABLE);
    }

    let practice = Practice::new().await;
    sign_out(&practice.organization);
    let answer = ask(practice.ask_token(&["create:patient"])).await;
    is_too_early(&answer, 500, answer.text());
    assert_eq!(detail(&answer), "An unexpected error occurred during validation");
}

#[test]
fn only_an_organization_that_exists_is_signed_out() {
    let nobody = "00000000-0000-4000-8000-000000000000";
    let ran = postern(&[&SIGN_OUT[..], &[nobody]].concat());
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("not found"), "{}", ran.stderr);
    let own = organization();
    let ran = postern(&["organization", "sign-out", &own, "--no-wait"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "it asks");
    let shown = postern(&["organization", "show", &own, "--output", "json"]).done().json();
    assert!(shown["validAfter"].is_null(), "{shown}");
}

#[test]
fn a_sign_out_waits_until_it_is_over_and_says_so() {
    let own = organization();
    let mut child = started::<&str>(&["organization", "sign-out", &own, "--yes"], &[]);
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines().map_while(Result::ok);
    let waits = lines.any(|line| line.starts_with("waiting 7"));
    assert!(waits, "it says for how long");
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = postern(&["organization", "show", &own, "--output", "json"]).done().json();
    assert!(shown["validAfter"].is_string(), "to interrupt it takes nothing back: {shown}");
}

#[tokio::test]
async fn a_fence_signs_everyone_out_and_can_be_repeated() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let given = own.variables_of_operators();
    let fence = |words: &[&str]| postern_where(&[&["fence", "--no-wait"], words].concat(), &given);
    let asked = fence(&[]);
    assert_eq!((asked.status, asked.stdout.as_str()), (2, ""), "it asks");

    let tenant = Tenant::on(&stack, &json!({})).await;
    let clinic = Clinic::on(&stack, &json!({})).await;
    let practice = Practice::on(&stack, &partner::SCOPES).await;
    let exchange = Exchange::on(&stack).await;
    let mut before = BTreeSet::new();
    for _ in 0..2 {
        let ran = fence(&["--yes", "--output", "json"]).done();
        let fenced = ran.json();
        let fenced = fenced.as_array().unwrap();
        let of = |name: &str| -> BTreeSet<String> {
            let text = |it: &serde_json::Value| it[name].as_str().unwrap().to_owned();
            fenced.iter().map(text).collect()
        };
        let ids = of("id");
        let all = ["sso", &tenant.organization_id, &clinic.organization, &practice.organization];
        assert!(all.iter().all(|id| ids.contains(*id)), "{ids:?}");
        let bounds = of("validAfter");
        assert!(before.is_disjoint(&bounds) && before.last() < bounds.first(), "{bounds:?}");
        before = bounds;
    }

    is_too_early(&ask(tenant.verify("123456")).await, 503, UNAVAILABLE);
    is_too_early(&ask(clinic.log_in()).await, 500, PASSWORD_UNAVAILABLE);
    let answer = ask(practice.ask_token(&["create:patient"])).await;
    is_too_early(&answer, 500, answer.text());
    is_too_early(&ask(exchange.sign_in()).await, 500, INTERNAL);
    let unknown = ask(exchange.who("x")).await;
    assert_eq!(unknown.status, 404, "who asks about a token is not put off");
}
