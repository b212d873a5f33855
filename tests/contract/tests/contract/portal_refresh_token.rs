//! `POST /api/v1/users/auth/refresh-token`

use contract::{
    Answer, Session, Tenant, ask, issue, jwt::Token, malformed, path::REFRESH_TOKEN, race,
};
use insta::assert_snapshot;
use serde_json::json;

const RETRY_KEY: &str = "retry-0123456789abcdef";

async fn rotate(tenant: &Tenant, session: &Session) -> Session {
    Session::of(&ask(tenant.refresh(&session.refresh)).await)
}

fn is_refused_as(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (401, code));
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_new_tokens() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let answer = ask(tenant.refresh(&session.refresh)).await;
    assert_snapshot!(answer.snapshot(), @r#"
    200
    {"status":200,"success":true,"accessToken":"[access token]","refreshToken":"[refresh token]","expiresIn":900,"tokenType":"Bearer"}
    "#);
    let renewed = Session::of(&answer);
    assert_ne!(renewed.refresh, session.refresh);
    assert_eq!(ask(tenant.me(&renewed.access)).await.status, 200);
}

#[tokio::test]
async fn rotation_stays_in_the_family_and_with_the_patient() {
    let tenant = Tenant::new().await;
    let first = tenant.sign_in().await;
    let second = rotate(&tenant, &first).await;
    let third = rotate(&tenant, &second).await;
    let key = tenant.stack.access_key().await;
    let (first, third) = (Token::read(&first.access, &key), Token::read(&third.access, &key));
    for claim in ["iss", "organizationAccessRole", "organizationId", "role", "sid", "type"] {
        assert_eq!(first.claims[claim], third.claims[claim], "{claim}");
    }
    assert_eq!(third.claims["userId"], tenant.patient.user_id);
    assert_eq!(third.number("exp"), third.number("iat") + 900);
    assert!(third.number("iat") >= first.number("iat"));
}

#[tokio::test]
async fn an_unknown_token_is_invalid() {
    let tenant = Tenant::new().await;
    let never_issued = "A".repeat(43);
    let answer = ask(tenant.refresh(&never_issued)).await;
    assert_snapshot!(answer.snapshot(), @r#"
    401
    www-authenticate: RefreshToken realm="portal"
    {"status":401,"success":false,"error":"Invalid refresh token","code":"REFRESH_INVALID"}
    "#);
    let long = "A".repeat(8_000);
    for other in ["x", " ", "a.b.c", "\0", "☃", "RT#x", &long] {
        assert_eq!(ask(tenant.refresh(other)).await.essence(), answer.essence(), "{other:?}");
    }
}

#[tokio::test]
async fn a_token_is_taken_to_the_letter() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let token = &session.refresh;
    for other in [format!(" {token}"), format!("{token} "), format!("{token}="), token[..42].into()]
    {
        is_refused_as(&ask(tenant.refresh(&other)).await, "REFRESH_INVALID");
    }
    rotate(&tenant, &session).await;
}

#[tokio::test]
async fn a_rotated_token_cannot_be_rotated_again() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    rotate(&tenant, &session).await;
    assert_snapshot!(ask(tenant.refresh(&session.refresh)).await.snapshot(), @r#"
    401
    www-authenticate: RefreshToken realm="portal"
    {"status":401,"success":false,"error":"Refresh token reuse detected","code":"REFRESH_REUSED"}
    "#);
}

#[tokio::test]
async fn a_replay_kills_the_newest_token() {
    let tenant = Tenant::new().await;
    let first = tenant.sign_in().await;
    let second = rotate(&tenant, &first).await;
    let third = rotate(&tenant, &second).await;
    is_refused_as(&ask(tenant.refresh(&first.refresh)).await, "REFRESH_REUSED");
    for token in [&third.refresh, &second.refresh, &first.refresh] {
        is_refused_as(&ask(tenant.refresh(token)).await, "REFRESH_REUSED");
    }
}

#[tokio::test]
async fn a_replay_in_one_family_leaves_the_others_alone() {
    let tenant = Tenant::new().await;
    let (lost, kept) = (tenant.sign_in().await, tenant.sign_in().await);
    rotate(&tenant, &lost).await;
    is_refused_as(&ask(tenant.refresh(&lost.refresh)).await, "REFRESH_REUSED");
    rotate(&tenant, &kept).await;
}

#[tokio::test]
async fn of_parallel_calls_with_one_token_one_succeeds_and_the_family_ends() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let answers = race((0..10).map(|_| tenant.refresh(&session.refresh))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        is_refused_as(answer, "REFRESH_REUSED");
    }
    let newest = Session::of(won[0]).refresh;
    is_refused_as(&ask(tenant.refresh(&newest)).await, "REFRESH_REUSED");
}

#[tokio::test]
async fn another_organization_cannot_use_a_token_nor_end_its_family() {
    let (tenant, foreign) = (Tenant::new().await, Tenant::new().await);
    let session = tenant.sign_in().await;
    let unknown = ask(foreign.refresh(&"A".repeat(43))).await;
    let stolen = ask(foreign.refresh(&session.refresh)).await;
    is_refused_as(&stolen, "REFRESH_INVALID");
    assert_eq!(stolen.essence(), unknown.essence());

    let renewed = rotate(&tenant, &session).await;
    is_refused_as(&ask(foreign.refresh(&session.refresh)).await, "REFRESH_INVALID");
    rotate(&tenant, &renewed).await;
}

#[tokio::test]
async fn a_family_that_the_database_has_swept_away_is_expired() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let key = tenant.stack.access_key().await;
    let family = Token::read(&session.access, &key).claims["sid"].clone();
    tenant.stack.sweep_family(family.as_str().expect("an id")).await;
    assert_snapshot!(ask(tenant.refresh(&session.refresh)).await.snapshot(), @r#"
    401
    www-authenticate: RefreshToken realm="portal"
    {"status":401,"success":false,"error":"Refresh token expired","code":"REFRESH_EXPIRED"}
    "#);
}

#[tokio::test]
async fn the_field_may_be_in_camel_case() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let body = json!({ "refreshToken": session.refresh });
    assert_eq!(ask(tenant.post(REFRESH_TOKEN, &body)).await.status, 200);
}

#[tokio::test]
async fn one_field_with_some_text_is_wanted() {
    let tenant = Tenant::new().await;
    let mut bodies = vec![
        json!({ "refresh_token": "a", "refreshToken": "a" }),
        json!({ "refresh_token": "" }),
        json!({ "refreshToken": "" }),
        json!({ "REFRESH_TOKEN": "a" }),
    ];
    for value in malformed::not_text() {
        bodies.push(json!({ "refresh_token": value }));
        bodies.push(json!({ "refreshToken": value }));
    }
    for body in bodies {
        let answer = ask(tenant.post(REFRESH_TOKEN, &body)).await;
        assert_eq!(issue(&answer), "refresh_token", "{body}");
    }
}

#[tokio::test]
async fn a_retry_with_the_same_idempotency_key_gets_the_same_tokens() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let call = || tenant.refresh(&session.refresh).header("idempotency-key", RETRY_KEY);
    let first = Session::of(&ask(call()).await);
    for _ in 0..2 {
        let retry = Session::of(&ask(call()).await);
        assert_eq!(retry.refresh, first.refresh);
        assert_eq!(ask(tenant.me(&retry.access)).await.status, 200);
    }
    rotate(&tenant, &first).await;
}

#[tokio::test]
async fn an_idempotency_key_serves_one_rotation_and_its_refusal_changes_nothing() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let call = |token: &str, key| tenant.refresh(token).header("idempotency-key", key);
    let second = Session::of(&ask(call(&session.refresh, RETRY_KEY)).await);
    assert_snapshot!(ask(call(&second.refresh, RETRY_KEY)).await.snapshot(), @r#"
    400
    {"status":400,"success":false,"error":"Validation failed","code":"VALIDATION_ERROR","issues":[{"field":"Idempotency-Key","message":"was used for the rotation before; the refresh token is still good: generate a new key for each rotation"}]}
    "#);
    let third = rotate(&tenant, &second).await;
    let refused = ask(call(&third.refresh, RETRY_KEY)).await;
    assert_eq!(refused.status, 400, "a rotation without a key makes no room for the same key");
    let fourth = Session::of(&ask(call(&third.refresh, "retry-fedcba9876543210")).await);
    rotate(&tenant, &fourth).await;
}

#[tokio::test]
async fn parallel_calls_with_the_same_idempotency_key_all_get_the_same_token() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let call = |_| tenant.refresh(&session.refresh).header("idempotency-key", RETRY_KEY);
    let answers = race((0..6).map(call)).await;
    let newest = Session::of(&answers[0]);
    for answer in &answers {
        assert_eq!(Session::of(answer).refresh, newest.refresh);
    }
    rotate(&tenant, &newest).await;
}

#[tokio::test]
async fn another_idempotency_key_does_not_excuse_a_replay() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let call = |key: &str| tenant.refresh(&session.refresh).header("idempotency-key", key);
    let newest = Session::of(&ask(call(RETRY_KEY)).await);
    is_refused_as(&ask(call("retry-fedcba9876543210")).await, "REFRESH_REUSED");
    is_refused_as(&ask(tenant.refresh(&newest.refresh)).await, "REFRESH_REUSED");
}

#[tokio::test]
async fn a_replay_without_the_idempotency_key_is_a_replay() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let newest = tenant.refresh(&session.refresh).header("idempotency-key", RETRY_KEY);
    let newest = Session::of(&ask(newest).await);
    is_refused_as(&ask(tenant.refresh(&session.refresh)).await, "REFRESH_REUSED");
    is_refused_as(&ask(tenant.refresh(&newest.refresh)).await, "REFRESH_REUSED");
}

#[tokio::test]
async fn a_retry_whose_successor_was_just_used_changes_nothing() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let call = || tenant.refresh(&session.refresh).header("idempotency-key", RETRY_KEY);
    let second = Session::of(&ask(call()).await);
    let third = rotate(&tenant, &second).await;
    // It may be a slow copy of the first call: neither an answer nor an accusation is right.
    assert_snapshot!(ask(call()).await.snapshot(), @r#"
    503
    retry-after: [seconds]
    {"status":503,"success":false,"error":"Service unavailable","code":"UNAVAILABLE"}
    "#);
    rotate(&tenant, &third).await;
}

#[tokio::test]
async fn an_idempotency_key_after_a_logout_revives_nothing() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let call = || tenant.refresh(&session.refresh).header("idempotency-key", RETRY_KEY);
    let newest = Session::of(&ask(call()).await);
    assert_eq!(ask(tenant.logout(&newest.refresh)).await.status, 200);
    is_refused_as(&ask(call()).await, "REFRESH_REUSED");
}

#[tokio::test]
async fn an_idempotency_key_is_16_to_255_visible_characters() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let (short, long) = ("k".repeat(15), "k".repeat(256));
    for key in [
        "",
        &short,
        &long,
        "has a space in it",
        "has\ta\ttab\tin\tit",
        "kéy-of-the-retries",
        "repeated-by-a-proxy,repeated-by-a-proxy",
    ] {
        let answer = ask(tenant.refresh(&session.refresh).header("idempotency-key", key)).await;
        assert_eq!(issue(&answer), "Idempotency-Key", "{key:?}");
    }
    let twice = tenant.refresh(&session.refresh).header("idempotency-key", RETRY_KEY);
    let answer = ask(twice.header("idempotency-key", RETRY_KEY)).await;
    assert_eq!(issue(&answer), "Idempotency-Key", "a repeated header");
    let (shortest, longest) = ("!".repeat(16), "~".repeat(255));
    let call = |token: &str, key| tenant.refresh(token).header("idempotency-key", key);
    let second = Session::of(&ask(call(&session.refresh, &shortest)).await);
    assert_eq!(ask(call(&second.refresh, &longest)).await.status, 200);
}
