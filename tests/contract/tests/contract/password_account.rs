//! `GET /{api}/users/account`

use contract::{
    Tenant, ask,
    forgery::password_forgeries,
    jwt::Token,
    password::{ACCOUNT, Clinic, NOT_FOUND, ORGANIZATION_REQUIRED, UNAUTHORIZED},
};
use insta::assert_snapshot;
use reqwest::Method;

#[tokio::test]
async fn whoever_is_logged_in_is_shown() {
    let clinic = Clinic::new().await;
    let answer = ask(clinic.account(&clinic.token().await)).await;
    assert_snapshot!(answer.snapshot(), @r#"
    200
    {"id":"[user id]","username":"zoë@example.com","organization":"[organization id]"}
    "#);
    assert_eq!(answer.json()["id"], clinic.user_id.as_str());
    assert_eq!(answer.json()["organization"], clinic.organization.as_str());
}

#[tokio::test]
async fn an_unknown_api_is_not_found_before_all_else() {
    let clinic = Clinic::new().await;
    let token = clinic.token().await;
    for path in ["/crm/users/account", "/PATIENT/users/account"] {
        let answer = ask(clinic.request(Method::GET, path).bearer_auth(&token)).await;
        assert_eq!((answer.status, answer.text()), (404, NOT_FOUND));
        assert_eq!(ask(clinic.stack.request(Method::GET, path)).await.text(), NOT_FOUND);
    }
}

#[tokio::test]
async fn both_headers_are_required() {
    let clinic = Clinic::new().await;
    let token = clinic.token().await;
    for request in [
        clinic.stack.request(Method::GET, ACCOUNT).bearer_auth(&token),
        clinic.stack.request(Method::GET, ACCOUNT),
        clinic.stack.request(Method::GET, ACCOUNT).bearer_auth(&token).header("organization", " "),
    ] {
        let answer = ask(request).await;
        assert_eq!((answer.status, answer.text()), (400, ORGANIZATION_REQUIRED));
    }
    assert_snapshot!(ask(clinic.request(Method::GET, ACCOUNT)).await.snapshot(), @r#"
    401
    www-authenticate: Bearer realm="password"
    {"statusCode":401,"message":"Unauthorized","error":"Unauthorized"}
    "#);
}

#[tokio::test]
async fn any_fault_of_token_or_organization_is_the_same_401() {
    let (clinic, foreign) = (Clinic::new().await, Clinic::new().await);
    let token = clinic.token().await;
    let no_token = ask(clinic.request(Method::GET, ACCOUNT)).await;
    let refusal = ask(clinic.account("wrong")).await;
    assert_eq!((no_token.text(), refusal.text()), (UNAUTHORIZED, UNAUTHORIZED));
    let of = |organization: &str| {
        let request = clinic.stack.request(Method::GET, ACCOUNT);
        request.header("organization", organization).bearer_auth(&token)
    };
    let with = |value: String| clinic.request(Method::GET, ACCOUNT).header("authorization", value);
    for (fault, request) in [
        ("another organization", of(&foreign.organization)),
        ("no organization at all", of("no-such-organization")),
        ("what can be no organization", of("a#b")),
        (
            "both organizations",
            clinic.account(&token).header("organization", &foreign.organization),
        ),
        ("a word too many", with(format!("Bearer {token} x"))),
        ("quotes", with(format!("Bearer \"{token}\""))),
        ("a cookie, where they are off", clinic.account_by_cookie(&token)),
    ] {
        assert_eq!(ask(request).await.essence(), refusal.essence(), "{fault}");
    }
    for (fault, request) in [
        ("no scheme", with(token.clone())),
        ("another scheme", with(format!("Basic {token}"))),
        ("no token", with("Bearer".to_owned())),
    ] {
        assert_eq!(ask(request).await.essence(), no_token.essence(), "{fault}");
    }
    assert_eq!(ask(of(&clinic.organization)).await.status, 200);
    assert_eq!(ask(of(&clinic.organization.to_uppercase())).await.status, 200, "a UUID");
}

#[tokio::test]
async fn a_forged_token_is_refused() {
    let clinic = Clinic::new().await;
    let key = clinic.key().await;
    let good = Token::read(&clinic.token().await, &key);
    let model = ask(clinic.account(&good.signed(&key))).await;
    assert_eq!(model.status, 200, "the model of all forgeries");
    for (fault, token) in password_forgeries(&good, &key) {
        let answer = ask(clinic.account(&token)).await;
        assert_eq!((answer.status, answer.text()), (401, UNAUTHORIZED), "{fault}");
    }
}

#[tokio::test]
async fn a_token_of_another_organization_is_refused_however_it_is_mixed() {
    let (clinic, foreign) = (Clinic::new().await, Clinic::new().await);
    let key = clinic.key().await;
    let own = Token::read(&clinic.token().await, &key);
    let theirs = Token::read(&foreign.token().await, &key);
    for mixed in [
        theirs.clone(),
        own.with_claim("sub", foreign.user_id.clone()),
        own.with_claim("organization", foreign.organization.clone()),
        theirs.with_claim("organization", clinic.organization.clone()),
    ] {
        let answer = ask(clinic.account(&mixed.signed(&key))).await;
        assert_eq!((answer.status, answer.text()), (401, UNAUTHORIZED));
    }
}

#[tokio::test]
async fn tokens_of_the_portal_and_of_a_password_login_are_no_use_to_each_other() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let request = tenant.stack.request(Method::GET, ACCOUNT);
    let request = request.header("organization", &tenant.organization_id);
    assert_eq!(ask(request.bearer_auth(&session.access)).await.text(), UNAUTHORIZED);
    let token = Clinic::new().await.token().await;
    assert_eq!(ask(tenant.me(&token)).await.status, 401);
}

#[tokio::test]
async fn the_cookie_is_taken_where_the_header_is() {
    let clinic = Clinic::with_cookie().await;
    let token = clinic.token().await;
    let by_header = ask(clinic.account(&token)).await;
    assert_eq!(ask(clinic.account_by_cookie(&token)).await.essence(), by_header.essence());

    let bare = clinic.stack.request(Method::GET, ACCOUNT);
    let cookie = format!("__Host-postern-patient={token}");
    let answer = ask(bare.header("cookie", &cookie)).await;
    assert_eq!(answer.text(), ORGANIZATION_REQUIRED, "no page can be made to send that header");
    for (fault, name) in
        [("another name", "postern-patient"), ("another API's", "__Host-postern-crm")]
    {
        let request =
            clinic.request(Method::GET, ACCOUNT).header("cookie", format!("{name}={token}"));
        assert_eq!(ask(request).await.text(), UNAUTHORIZED, "{fault}");
    }
    let both = clinic.account_by_cookie(&token).bearer_auth("garbage");
    assert_eq!(
        ask(both).await.text(),
        UNAUTHORIZED,
        "a header that is there is the one that counts"
    );
}
