//! A database that is down, silent or forgetful: told to the caller in time, and never at the
//! caller's expense.

#![cfg(target_os = "linux")]

use contract::{
    Answer, Session, Tenant, ask,
    line::{Exchange, Line},
    own_stack::OwnStack,
    race, wrong,
};
use reqwest::RequestBuilder;
use serde_json::json;

const UNAVAILABLE: &str =
    r#"{"status":503,"success":false,"error":"Service unavailable","code":"UNAVAILABLE"}"#;

/// A stack whose functions reach the database of another one over a line that can be disturbed.
struct Disturbed {
    line: Exchange,
    tenant: Tenant,
    _database: OwnStack,
    _stack: OwnStack,
}

async fn disturbed() -> Disturbed {
    let database = OwnStack::start(&[]);
    database.ready().await;
    let line = Exchange::to(&database.dynamodb()).await;
    let stack = OwnStack::start(&[("DYNAMODB", &line.url())]);
    let tenant = Tenant::on(&stack.ready().await, &json!({})).await;
    Disturbed { line, tenant, _database: database, _stack: stack }
}

/// One call of each endpoint that needs the database.
fn calls(tenant: &Tenant, session: &Session) -> [RequestBuilder; 5] {
    [
        tenant.send_email("nobody@example.com"),
        tenant.verify("123456"),
        tenant.refresh(&session.refresh),
        tenant.logout(&session.refresh),
        tenant.me(&session.access),
    ]
}

async fn all_are_unavailable(tenant: &Tenant, session: &Session) {
    let answers = race(calls(tenant, session)).await;
    for answer in &answers {
        assert_eq!((answer.status, answer.text()), (503, UNAVAILABLE));
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[tokio::test]
async fn an_outage_is_told_and_changes_nothing() {
    let Disturbed { line, tenant, .. } = &disturbed().await;
    let mut session = tenant.sign_in().await;
    assert_eq!(ask(tenant.me(&session.access)).await.status, 200);
    for disturbance in [Line::Cut, Line::Silent] {
        // The functions are warm, all of them, and know the organization.
        let other = tenant.sign_in().await;
        assert_eq!(ask(tenant.logout(&other.refresh)).await.status, 200);

        line.set(disturbance);
        all_are_unavailable(tenant, &session).await;
        line.set(Line::Open);

        assert_eq!(ask(tenant.me(&session.access)).await.status, 200);
        session = Session::of(&ask(tenant.refresh(&session.refresh)).await);
    }
    tenant.sign_in().await;
}

#[tokio::test]
async fn functions_that_start_during_an_outage_tell_it_too() {
    for disturbance in [Line::Cut, Line::Silent] {
        let Disturbed { line, tenant, .. } = &disturbed().await;
        let unknown = Session { access: "a.b.c".to_owned(), refresh: "A".repeat(43) };
        line.set(disturbance);
        all_are_unavailable(tenant, &unknown).await;
        line.set(Line::Open);
        tenant.sign_in().await;
    }
}

/// Makes the same call again and again, on fresh ground, and loses another answer of the database
/// each time, until the call needs fewer answers than that.
async fn survives_any_lost_answer(
    line: &Exchange,
    mut prepare: impl AsyncFnMut() -> RequestBuilder,
    mut check: impl AsyncFnMut(Answer),
) {
    let mut lost = 0;
    for nth in 1..=8 {
        let call = prepare().await;
        line.lose(nth);
        let answer = ask(call).await;
        lost += u32::from(line.was_lost());
        check(answer).await;
    }
    assert!(lost >= 2, "hardly an answer was lost: {lost}");
}

#[tokio::test]
async fn a_lost_answer_costs_no_sign_in() {
    let Disturbed { line, tenant, .. } = &disturbed().await;
    tenant.sign_in().await;
    let prepare = async || tenant.verify(&tenant.email().await.code());
    survives_any_lost_answer(line, prepare, async |answer| {
        let session = Session::of(&answer);
        assert_eq!(ask(tenant.refresh(&session.refresh)).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_costs_no_session() {
    let Disturbed { line, tenant, .. } = &disturbed().await;
    let prepare = async || tenant.refresh(&tenant.sign_in().await.refresh);
    survives_any_lost_answer(line, prepare, async |answer| {
        let session = Session::of(&answer);
        assert_eq!(ask(tenant.refresh(&session.refresh)).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_costs_no_second_attempt() {
    let Disturbed { line, tenant, .. } = &disturbed().await;
    for nth in 1..=3 {
        let code = tenant.email().await.code();
        for guess in 1..=2 {
            line.lose(nth);
            assert_eq!(ask(tenant.verify(&wrong(&code, guess))).await.status, 401);
        }
        assert_eq!(ask(tenant.verify(&code)).await.status, 200, "one attempt was left");
    }
}

#[tokio::test]
async fn a_lost_answer_sends_one_code() {
    let Disturbed { line, tenant, .. } = &disturbed().await;
    let email = &tenant.patient.email;
    let prepare = async || tenant.send_email(email);
    let mut sent = 0;
    survives_any_lost_answer(line, prepare, async |answer| {
        assert_eq!(answer.status, 200);
        sent += 1;
        let messages = tenant.stack.messages_beyond(sent - 1, email).await;
        assert_eq!(messages.len(), sent);
        assert_eq!(messages[0].code(), messages[sent - 1].code());
    })
    .await;
}
