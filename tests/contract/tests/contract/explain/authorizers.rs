//! Authorizers' calls, by the ids of the requests to other APIs.

use contract::{Stack, Tenant, partner::Practice, password::Clinic};
use serde_json::{Value, json};

use super::{NONE, explained, passed};

/// As an HTTP API asks, whose request has this id.
fn question(id: &str, headers: &Value) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST", "routeKey": "GET /patients", "headers": headers,
        "pathParameters": {"api": "patient"}, "requestContext": {"requestId": id},
    })
}

/// What is said of an authorizer's call, by the id of the request to the other API.
async fn authorized(stack: &Stack, function: &str, number: usize, headers: Value) -> Value {
    let id = format!("{function}-{number}-{}", std::process::id());
    let answer = stack.invoke(function, &question(&id, &headers)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    explained(&id)
}

#[tokio::test]
async fn an_authorizers_call_is_found_by_the_id_of_the_request_that_it_was_asked_for() {
    let stack = Stack::running();
    let (own, other) = (Tenant::new().await, Tenant::new().await);
    let access = own.sign_in().await.access;
    let bearer = |token: &str| format!("Bearer {token}");
    let step = |call: &Value| call["step"].as_str().unwrap_or(NONE).to_owned();
    let mut before = 0;
    let questions = [
        (json!({}), "API_KEY_REQUIRED"),
        (json!({"cv-api-key": "unknown"}), "TOKEN_REQUIRED"),
        (json!({"cv-api-key": "unknown", "authorization": bearer("forged")}), "INVALID_TOKEN"),
        (
            json!({"cv-api-key": other.api_key, "authorization": bearer(&access)}),
            "ORGANIZATION_NOT_OWN",
        ),
        (json!({"cv-api-key": own.api_key, "authorization": bearer(&access)}), NONE),
    ];
    for (number, (headers, expected)) in questions.into_iter().enumerate() {
        let call = authorized(&stack, "portal-authorizer", number, headers).await;
        assert_eq!(step(&call), expected, "{call}");
        assert_eq!(call["done"].is_string(), expected == NONE, "{call}");
        let count = passed(&call).len();
        assert!(count > before || expected == "API_KEY_REQUIRED", "{call}");
        before = count;
    }
    let practice = Practice::new().await;
    let token = practice.token().await;
    let headers =
        json!({"x-organization-secret": practice.secret, "authorization": bearer(&token)});
    let question = json!({
        "version": "2.0", "type": "REQUEST", "routeKey": "GET /patients", "headers": headers,
        "requestContext": {"requestId": format!("partner-{}", practice.organization)},
    });
    stack.invoke("partner-authorizer", &question).await;
    let call = explained(&format!("partner-{}", practice.organization));
    assert_eq!((step(&call).as_str(), passed(&call).len()), ("NOT_INTEGRATED", 12), "{call}");
    assert!(call["link"].as_str().is_some_and(|link| link.ends_with("#gateway-403")), "{call}");
    let clinic = Clinic::new().await;
    let headers = json!({"organization": clinic.organization, "authorization": bearer("forged")});
    let call = authorized(&stack, "password-authorizer", 0, headers).await;
    assert_eq!((step(&call).as_str(), passed(&call).len()), ("UNAUTHORIZED", 3), "{call}");
    let cookie = format!("__Host-postern-patient={}", clinic.token().await);
    let headers = json!({"organization": clinic.organization, "cookie": cookie});
    let call = authorized(&stack, "password-cookie-authorizer", 0, headers).await;
    assert_eq!((step(&call).as_str(), passed(&call).len()), ("COOKIE_NOT_ACCEPTED", 4), "{call}");
}
