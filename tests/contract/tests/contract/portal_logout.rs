//! `POST /api/v1/users/auth/logout`

use contract::{Session, Tenant, ask, issue, malformed, path::LOGOUT, race};
use insta::assert_snapshot;
use serde_json::json;

async fn is_over(tenant: &Tenant, refresh_token: &str) {
    let answer = ask(tenant.refresh(refresh_token)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "REFRESH_REUSED"));
}

#[tokio::test]
async fn logout_ends_the_session() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    assert_snapshot!(ask(tenant.logout(&session.refresh)).await.snapshot(), @r#"
    200
    {"status":200,"success":true}
    "#);
    is_over(&tenant, &session.refresh).await;
}

#[tokio::test]
async fn logout_ends_all_siblings_whichever_is_presented() {
    for presented in 0..3 {
        let tenant = Tenant::new().await;
        let mut tokens = vec![tenant.sign_in().await.refresh];
        for _ in 0..2 {
            let newest = tokens.last().expect("at least one");
            let renewed = Session::of(&ask(tenant.refresh(newest)).await);
            tokens.push(renewed.refresh);
        }
        assert_eq!(ask(tenant.logout(&tokens[presented])).await.status, 200);
        for token in tokens.iter().rev() {
            is_over(&tenant, token).await;
        }
    }
}

#[tokio::test]
async fn other_sessions_of_the_patient_go_on() {
    let tenant = Tenant::new().await;
    let (ended, kept) = (tenant.sign_in().await, tenant.sign_in().await);
    assert_eq!(ask(tenant.logout(&ended.refresh)).await.status, 200);
    assert_eq!(ask(tenant.refresh(&kept.refresh)).await.status, 200);
}

#[tokio::test]
async fn the_answer_does_not_tell_whether_there_was_a_session() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let first = ask(tenant.logout(&session.refresh)).await;
    let again = ask(tenant.logout(&session.refresh)).await;
    assert_eq!(first.status, 200);
    assert_eq!(again.essence(), first.essence());
    for unknown in ["A".repeat(43), "A".repeat(8_000), "x".into(), "\0".into(), "☃".into()] {
        assert_eq!(ask(tenant.logout(&unknown)).await.essence(), first.essence());
    }
}

#[tokio::test]
async fn another_organization_cannot_end_a_session() {
    let (tenant, foreign) = (Tenant::new().await, Tenant::new().await);
    let session = tenant.sign_in().await;
    let attempt = ask(foreign.logout(&session.refresh)).await;
    let unknown = ask(foreign.logout(&"A".repeat(43))).await;
    assert_eq!(attempt.status, 200);
    assert_eq!(attempt.essence(), unknown.essence());
    assert_eq!(ask(tenant.refresh(&session.refresh)).await.status, 200);
}

#[tokio::test]
async fn after_logout_and_refresh_at_once_nothing_is_left() {
    let tenant = Tenant::new().await;
    for _ in 0..5 {
        let session = tenant.sign_in().await;
        let calls = [tenant.refresh(&session.refresh), tenant.logout(&session.refresh)];
        let answers = race(calls).await;
        assert_eq!(answers[1].status, 200);
        if answers[0].status == 200 {
            is_over(&tenant, &Session::of(&answers[0]).refresh).await;
        }
        is_over(&tenant, &session.refresh).await;
    }
}

#[tokio::test]
async fn an_access_token_outlives_the_logout_until_it_expires() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    assert_eq!(ask(tenant.logout(&session.refresh)).await.status, 200);
    assert_eq!(ask(tenant.me(&session.access)).await.status, 200);
}

#[tokio::test]
async fn the_field_may_be_in_camel_case() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let body = json!({ "refreshToken": session.refresh });
    assert_eq!(ask(tenant.post(LOGOUT, &body)).await.status, 200);
    is_over(&tenant, &session.refresh).await;
}

#[tokio::test]
async fn one_field_with_some_text_is_wanted() {
    let tenant = Tenant::new().await;
    let mut bodies = vec![
        json!({ "refresh_token": "a", "refreshToken": "a" }),
        json!({ "refresh_token": "" }),
        json!({ "refreshToken": "" }),
    ];
    for value in malformed::not_text() {
        bodies.push(json!({ "refresh_token": value }));
        bodies.push(json!({ "refreshToken": value }));
    }
    for body in bodies {
        let answer = ask(tenant.post(LOGOUT, &body)).await;
        assert_eq!(issue(&answer), "refresh_token", "{body}");
    }
}
