//! How the systems of the exchange read the answers: each test does what a published client does.

use contract::{
    Answer, ask,
    exchange::{Exchange, NOT_AUTHENTICATED, PASSWORD, SIGNIN, form, info, parts, url_encoded},
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

/// A Java mapper that fails on unknown properties, and a class with this one field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityToken {
    access_token: String,
}

fn identity_token(answer: &Answer) -> serde_json::Result<Option<String>> {
    if answer.status == 404 {
        return Ok(None);
    }
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_slice(&answer.body).map(|IdentityToken { access_token }| Some(access_token))
}

/// Portals and record clients: 2xx is read by a strict mapper, 404 is "no login".
#[tokio::test]
async fn a_strict_mapper_reads_the_token_and_404_as_no_login() {
    let exchange = Exchange::new().await;
    for accept in ["application/json", "application/atom+xml", "text/plain;q=0", "*/*", "x"] {
        let accepting = |request: reqwest::RequestBuilder| ask(request.header("accept", accept));
        let token = identity_token(&accepting(exchange.sign_in()).await).expect("one field");
        assert_eq!(token.map(|token| token.len()), Some(42), "{accept}");
        let wrong = accepting(exchange.try_as(&exchange.email, "wrong")).await;
        assert_eq!(identity_token(&wrong).expect("no login"), None, "{accept}");
    }
}

/// The same clients tell a fault of their own configuration, 401, from a failed login, 404.
#[tokio::test]
async fn a_wrong_client_pair_and_a_wrong_password_are_told_apart_by_the_status() {
    let exchange = Exchange::new().await;
    let login = form(&exchange.email, "wrong");
    let pair = exchange.request_of(&exchange.client_id, "wrong", Method::POST, SIGNIN);
    assert_eq!(ask(url_encoded(pair, login)).await.status, 401);
    assert_eq!(ask(exchange.try_as(&exchange.email, "wrong")).await.status, 404);
}

/// A portal signs patients in under its own client pair.
#[tokio::test]
async fn a_portal_signs_in_users_who_are_not_its_client() {
    let (portal, clinic) = (Exchange::new().await, Exchange::new().await);
    assert_ne!(portal.client_id, clinic.user_id.to_string());
    let token = identity_token(&ask(portal.try_as(&clinic.email, PASSWORD)).await);
    assert!(token.expect("one field").is_some());
}

/// Services of the exchange compare id, email and token with the three headers that a caller sent.
#[tokio::test]
async fn the_three_way_comparison_of_services_holds() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    // What the caller sends to the service: X-Auth-Token, client_id, From.
    let (x_auth_token, client_id) = (token.as_str(), exchange.user_id.to_string());
    let from = exchange.email.as_str();

    let answer = ask(exchange.who(x_auth_token).header("accept", "application/json")).await;
    let info: Value = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!((&info["activated"], &info["is_active"]), (&true.into(), &true.into()));
    assert_eq!(info["access_token"], x_auth_token);
    assert_eq!(info["id"].to_string(), client_id, "a number that reads as the header does");
    assert_eq!(info["email"], from, "to the letter: as registered, not as it was typed");
    assert!(from.contains(char::is_uppercase));
}

/// They know some of the fields, ignore the others, and go by groups and profiles.
#[tokio::test]
async fn roles_and_catchments_are_found_by_group_and_profile_type() {
    #[derive(Deserialize)]
    struct UserInfo {
        groups: Vec<String>,
        profiles: Vec<Profile>,
    }
    #[derive(Deserialize)]
    struct Profile {
        #[serde(rename = "type")]
        kind: String,
        id: Option<String>,
        catchment: Option<Vec<String>>,
    }
    let exchange = Exchange::new().await;
    let answer = ask(exchange.who(&exchange.token().await)).await;
    let user: UserInfo = serde_json::from_slice(&answer.body).expect("user info");
    assert!(user.groups.iter().any(|group| group.eq_ignore_ascii_case("mci admin")));
    let provider = user.profiles.iter().find(|profile| profile.kind == "provider").expect("one");
    assert!(provider.id.is_some());
    let covers = |area: &str| {
        provider.catchment.iter().flatten().any(|code| area.starts_with(code.as_str()))
    };
    assert!(covers("30261801") && !covers("3026"));
    let patient = user.profiles.iter().find(|profile| profile.kind == "patient").expect("one");
    assert_eq!(patient.catchment.as_deref(), Some(&[][..]), "empty, not null");
}

/// An index that caches one token signs in again when its token is refused.
#[tokio::test]
async fn a_cached_token_that_is_refused_is_replaced_by_a_new_sign_in() {
    let exchange = Exchange::new().await;
    let cached = exchange.token().await;
    assert_eq!(ask(exchange.sign_out(&cached)).await.status, 200);
    assert_eq!(ask(exchange.who(&cached)).await.status, 404, "not authorized, to its callers");
    let renewed = exchange.token().await;
    assert_ne!(renewed, cached);
    assert_eq!(ask(exchange.who(&renewed)).await.status, 200);
}

/// A test suite of the exchange posts its form in parts.
#[tokio::test]
async fn a_form_in_parts_signs_in() {
    let exchange = Exchange::new().await;
    let (kind, body) = parts(&[("email", &exchange.email), ("password", PASSWORD)]);
    let request = exchange.request(Method::POST, SIGNIN).header("content-type", kind);
    let token = identity_token(&ask(request.body(body)).await);
    assert!(token.expect("one field").is_some());
}

/// One client puts its id into the query, another one spells the header with a hyphen.
#[tokio::test]
async fn the_client_id_is_taken_from_the_hyphenated_header_and_never_from_the_query() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let path = format!("{}?client_id={}", info(&token), exchange.client_id);
    let bare = || exchange.stack.request(Method::GET, &path);
    let bare = || bare().header("x-auth-token", &exchange.client_token);
    assert_eq!(ask(bare()).await.status, 401);
    assert_eq!(ask(bare().header("client-id", &exchange.client_id)).await.status, 200);
}

/// A JavaScript client takes `error` in the body, or no `access_token`, for a failure.
#[tokio::test]
async fn a_failure_has_error_in_its_body_and_a_success_has_not() {
    let exchange = Exchange::new().await;
    let succeeded = |answer: &Answer| {
        let body = answer.json();
        body["error"] != true && body["access_token"].is_string()
    };
    assert!(succeeded(&ask(exchange.sign_in()).await));
    let wrong = ask(exchange.try_as(&exchange.email, "wrong")).await;
    assert!(!succeeded(&wrong) && wrong.text() == NOT_AUTHENTICATED);
    let signed_out = ask(exchange.sign_out(&exchange.token().await)).await;
    assert_eq!(signed_out.json()["error"], false);
}

/// A PHP client decodes any answer and looks for `access_token`.
#[tokio::test]
async fn every_answer_is_a_json_object() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    for request in [
        exchange.sign_in(),
        exchange.try_as(&exchange.email, "wrong"),
        exchange.post("{"),
        exchange.who(&token),
        exchange.who("unknown"),
        exchange.stack.request(Method::GET, &info(&token)),
        exchange.sign_out(&token),
    ] {
        let answer = ask(request).await;
        assert!(answer.json().is_object(), "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}
