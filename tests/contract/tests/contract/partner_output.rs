//! What the stack prints about partners: how to try it, each new integration once, why a request was
//! refused, and never a secret.

#![cfg(target_os = "linux")]

use std::process::Command;

use contract::{
    ask,
    line::Exchange,
    own_stack::OwnStack,
    partner::{PARTNER_SECRET, Practice},
    race, reveals,
};
use serde_json::{Value, json};

const METRIC: &str = "\"New Partner Integration\":1";

#[tokio::test]
async fn the_printed_curls_work_as_printed() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let printed = own.printed();
    let line = |part: &str| printed.lines().find(|line| line.contains(part)).expect("a curl");
    let script = format!("{}\n{}", line("/v1/token"), line("/validate"));
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    assert!(output.status.success(), "{script}: {output:?}");
    let answered = String::from_utf8(output.stdout).expect("text");
    let (token, answer) = answered.trim().split_once('\n').expect("a token, an answer");
    assert_eq!(token.split('.').count(), 3, "{token}");
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    assert_eq!(answer["data"], json!({ "validated": true }), "{answer}");
}

async fn printed_by(mut own: OwnStack) -> String {
    own.signal("TERM");
    own.ended().await;
    own.printed()
}

#[tokio::test]
async fn of_fifty_validations_at_once_one_is_a_new_integration() {
    let own = OwnStack::start(&[]);
    let practice = Practice::on(&own.ready().await, &["create:patient"]).await;
    let token = practice.token().await;
    let answers = race((0..50).map(|_| practice.validate(&token))).await;
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(ask(practice.validate(&token)).await.status, 200);
    assert_eq!(printed_by(own).await.matches(METRIC).count(), 1);
}

#[tokio::test]
async fn a_lost_answer_of_the_database_neither_fails_a_validation_nor_counts_it_twice() {
    let database = OwnStack::start(&[]);
    database.ready().await;
    let line = Exchange::to(&database.dynamodb()).await;
    let own = OwnStack::start(&[("DYNAMODB", &line.url())]);
    let stack = own.ready().await;
    let mut lost = 0;
    for nth in 1..=5 {
        let practice = Practice::on(&stack, &["create:patient"]).await;
        let token = practice.token().await;
        line.lose(nth);
        let answer = ask(practice.validate(&token)).await;
        lost += usize::from(line.was_lost());
        assert_eq!(answer.status, 200, "{nth}: {}", answer.text());
        assert_eq!(ask(practice.validate(&token)).await.status, 200);
    }
    assert!(lost >= 4, "three reads and a write: {lost}");
    assert_eq!(printed_by(own).await.matches(METRIC).count(), 5, "one per organization");
}

#[tokio::test]
async fn an_operator_can_tell_why_and_nothing_is_given_away() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let announced = own.printed().len();
    let practice = Practice::on(&stack, &["create:patient"]).await;
    let token = practice.token().await;
    assert_eq!(ask(practice.validate(&token)).await.status, 200);
    let mut headers = practice.headers();
    headers[4].1 = "user-that-nobody-may-read";
    let body =
        json!({ "grantType": "client_credentials", "scope": ["scope-that-nobody-may-read"] });
    let path = practice.validate_at("organization-that-nobody-may-read");
    let path = path.header("x-organization-secret", &practice.secret).bearer_auth(&token);
    let refused = [
        ("USER_UNKNOWN", ask(practice.ask_with(&headers, &body)).await),
        ("FIELDS_INVALID", ask(practice.ask_with(&practice.headers(), &body)).await),
        ("ORGANIZATION_NOT_CONNECTED", ask(path).await),
        ("TOKEN_INVALID", ask(practice.validate("forged-that-nobody-may-read")).await),
        ("ORGANIZATION_SECRET_REQUIRED", ask(practice.bare_validate()).await),
    ];
    let event = json!({
        "headers": { "authorization": format!("Bearer {token}") }, "routeKey": "GET /patients",
    });
    assert_eq!(stack.invoke("partner-authorizer", &event).await.json()["isAuthorized"], false);

    let printed = printed_by(own).await.split_off(announced);
    for (step, answer) in refused {
        let id = answer.json()["requestId"].as_str().expect("an id").to_owned();
        let line = printed.lines().find(|line| line.contains(&id)).expect("a line");
        assert!(line.contains(step), "{line}");
        assert!(line.contains(answer.header("apigw-requestid")), "the gateway's own id: {line}");
    }
    let denied = printed.lines().find(|line| line.contains("\"outcome\":\"deny\""));
    assert!(denied.is_some_and(|line| line.contains("ORGANIZATION_SECRET_REQUIRED")), "{denied:?}");
    let mut secrets = vec!["that-nobody-may-read", PARTNER_SECRET, &practice.secret];
    secrets.extend(token.split('.').skip(1));
    for secret in secrets {
        let line = printed.lines().find(|line| reveals(line, secret));
        assert_eq!(line, None, "{secret} was printed");
    }
}
