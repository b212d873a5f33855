//! Writes of which every answer is lost, those of all retries, too: one strong read decides, with a right of its own.

#![cfg(target_os = "linux")]

use contract::{
    Answer, Session, Stack, Tenant, ask,
    exchange::Exchange,
    line::Exchange as Line,
    operator::postern_where,
    own_stack::OwnStack,
    password::{Clinic, token},
};
use reqwest::RequestBuilder;
use serde_json::json;

/// A stack whose functions reach the database of another one over a line.
struct Disturbed {
    line: Line,
    stack: Stack,
    database: OwnStack,
    _own: OwnStack,
}

async fn disturbed() -> Disturbed {
    let database = OwnStack::start(&[]);
    database.ready().await;
    let line = Line::to(&database.dynamodb()).await;
    let own = OwnStack::start(&[("DYNAMODB", &line.url())]);
    let stack = own.ready().await;
    Disturbed { line, stack, database, _own: own }
}

impl Disturbed {
    /// Makes a call while each answer to a write of this kind of item is lost.
    async fn lost(&self, kind: &str, call: RequestBuilder) -> Answer {
        self.line.lose_writes_of(kind);
        let answer = ask(call).await;
        assert!(self.line.lost_writes() >= 2, "{kind}: all tries, not one");
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
        answer
    }
}

fn limited() -> serde_json::Value {
    json!({ "limits": "default" })
}

#[tokio::test]
async fn a_patient_signs_in_and_out_though_no_write_is_answered() {
    let disturbed = disturbed().await;
    for _ in 0..2 {
        let tenant = Tenant::on(&disturbed.stack, &limited()).await;
        let update = ["organization", "update", &tenant.organization_id, "--source-limit", "9"];
        postern_where(&update, &disturbed.database.variables_of_operators()).done();
        let email = &tenant.patient.email;
        let send = || tenant.send_email(email).header("x-end-user-ip", "192.0.2.1");
        for (seen, kind) in ["COUNT#source", "COUNT#send", "OTP#"].into_iter().enumerate() {
            disturbed.lost(kind, send()).await;
            tenant.stack.messages_beyond(seen, email).await;
        }
        let mut session = None;
        for (seen, kind) in (3..).zip(["COUNT#source", "OTP#", "FAM#"]) {
            ask(send()).await;
            let code = tenant.stack.messages_beyond(seen, email).await[0].code();
            let verify = tenant.verify(&code).header("x-end-user-ip", "192.0.2.1");
            session = Some(Session::of(&disturbed.lost(kind, verify).await));
        }
        let refresh = session.expect("a session").refresh;
        disturbed.lost("FAM#", tenant.logout(&refresh)).await;
        assert_eq!(ask(tenant.refresh(&refresh)).await.status, 401);
    }
}

#[tokio::test]
async fn a_password_is_good_though_no_count_is_answered() {
    let disturbed = disturbed().await;
    for _ in 0..2 {
        let clinic = Clinic::on(&disturbed.stack, &limited()).await;
        token(&disturbed.lost("COUNT#password", clinic.log_in()).await);
        let exchange = Exchange::on(&disturbed.stack).await;
        let sign_in = |kind| disturbed.lost(kind, exchange.sign_in());
        sign_in("COUNT#password#sso").await;
        for kind in ["COUNT#password#sso", "SSO#"] {
            let access = contract::exchange::token(&sign_in("SSO#").await);
            disturbed.lost(kind, exchange.sign_out(&access)).await;
            assert_eq!(ask(exchange.who(&access)).await.status, 404);
        }
    }
}

#[tokio::test]
async fn a_fence_is_set_though_no_write_is_answered() {
    let database = OwnStack::start(&[]);
    database.ready().await;
    let line = Line::to(&database.dynamodb()).await;
    let mut variables = database.variables_of_operators();
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), line.url()));
    line.lose_writes_of("REALM#sso");
    let fence = move || postern_where(&["fence", "--no-wait", "--yes"], &variables).done();
    tokio::task::spawn_blocking(fence).await.expect("it is set");
    assert!(line.lost_writes() >= 2, "all tries, not one");
}
