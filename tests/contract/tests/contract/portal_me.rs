//! `GET /api/v1/users/me`

use contract::{Tenant, ask, forgery::forgeries, jwt::Token, path::ME, raw};
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_signed_in_patient_is_shown() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let answer = ask(tenant.me(&session.access)).await;
    assert_snapshot!(answer.snapshot(), @r#"
    200
    {"status":200,"success":true,"data":{"userId":"[user id]","organizationId":"[organization id]","email":"[email]","phoneNumber":"[phone number]","role":"patient","organizationAccessRole":"patient"}}
    "#);
    let shown = &answer.json()["data"];
    assert_eq!(shown["userId"], tenant.patient.user_id);
    assert_eq!(shown["organizationId"], tenant.organization_id);
    assert_eq!(shown["email"], tenant.patient.email);
    assert_eq!(shown["phoneNumber"], tenant.patient.phone_number);
}

#[tokio::test]
async fn everything_else_that_is_wrong_is_the_same_401() {
    let (tenant, foreign) = (Tenant::new().await, Tenant::new().await);
    let session = tenant.sign_in().await;
    let no_token = ask(tenant.request(Method::GET, ME)).await;
    assert_snapshot!(no_token.snapshot(), @r#"
    401
    www-authenticate: Bearer realm="portal"
    {"status":401,"success":false,"error":"Invalid or expired token","code":"VALIDATION_ERROR"}
    "#);

    let refused = ask(tenant.me("wrong")).await;
    assert_snapshot!(refused.snapshot(), @r#"
    401
    www-authenticate: Bearer realm="portal", error="invalid_token"
    {"status":401,"success":false,"error":"Invalid or expired token","code":"VALIDATION_ERROR"}
    "#);

    let with = |key: &str| {
        let request = tenant.stack.request(Method::GET, ME).header("cv-api-key", key);
        ask(request.bearer_auth(&session.access))
    };
    let authorization =
        |value: String| ask(tenant.request(Method::GET, ME).header("authorization", value));
    let access = &session.access;
    for (fault, answer) in [
        ("an unknown key", with("nobody-portal-key").await),
        ("the key of an organization without a portal", with("no-portal-key").await),
        ("the key of another organization", with(&foreign.api_key).await),
        ("a word too many", authorization(format!("Bearer {access} x")).await),
        ("a refresh token", authorization(format!("Bearer {}", session.refresh)).await),
        ("quotes", authorization(format!("Bearer \"{access}\"")).await),
    ] {
        assert_eq!(answer.essence(), refused.essence(), "{fault}");
    }
    for (fault, answer) in [
        ("no scheme", authorization(access.clone()).await),
        ("another scheme", authorization(format!("Basic {access}")).await),
        ("no token", authorization("Bearer".to_owned()).await),
        ("an empty token", authorization("Bearer ".to_owned()).await),
        ("no space", authorization(format!("Bearer{access}")).await),
    ] {
        assert_eq!(answer.essence(), no_token.essence(), "{fault}");
    }
}

#[tokio::test]
async fn a_forged_token_is_refused() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let key = tenant.stack.access_key().await;
    let good = Token::read(&session.access, &key);
    assert_eq!(ask(tenant.me(&good.signed(&key))).await.status, 200, "the model of all forgeries");

    let refusal = ask(tenant.me("wrong")).await.essence();
    for (fault, token) in forgeries(&good, &key) {
        assert_eq!(ask(tenant.me(&token)).await.essence(), refusal, "{fault}");
    }
}

#[tokio::test]
async fn a_token_of_another_organization_is_refused() {
    let (tenant, foreign) = (Tenant::new().await, Tenant::new().await);
    let key = tenant.stack.access_key().await;
    let own = Token::read(&tenant.sign_in().await.access, &key);
    let theirs = Token::read(&foreign.sign_in().await.access, &key);
    let refusal = ask(tenant.me("wrong")).await.essence();
    for mixed in [
        theirs.clone(),
        own.with_claim("userId", foreign.patient.user_id.clone()),
        own.with_claim("organizationId", foreign.organization_id.clone()),
        theirs.with_claim("organizationId", tenant.organization_id.clone()),
    ] {
        assert_eq!(ask(tenant.me(&mixed.signed(&key))).await.essence(), refusal);
    }
}

#[tokio::test]
async fn claims_that_nobody_reads_do_no_harm() {
    let tenant = Tenant::new().await;
    let key = tenant.stack.access_key().await;
    let good = Token::read(&tenant.sign_in().await.access, &key);
    let more = good.with_claim("locale", json!(["de", "en"])).signed(&key);
    assert_eq!(ask(tenant.me(&more)).await.status, 200);
}

#[tokio::test]
async fn two_authorization_headers_are_one_too_many() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let bearer = format!("Bearer {}", session.access);
    let headers: [(&str, &[u8]); 3] = [
        ("cv-api-key", tenant.api_key.as_bytes()),
        ("authorization", bearer.as_bytes()),
        ("authorization", bearer.as_bytes()),
    ];
    let answer = raw::ask(&tenant.stack, b"GET /api/v1/users/me HTTP/1.1", &headers, b"").await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn neither_content_type_nor_body_matter() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let plain = ask(tenant.me(&session.access)).await;
    let odd = tenant.me(&session.access).header("content-type", "text/plain").body("{\"a\":");
    assert_eq!(ask(odd).await.essence(), plain.essence());
}
