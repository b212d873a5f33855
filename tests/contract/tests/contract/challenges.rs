//! Every 401 says what it asks for, in `WWW-Authenticate`: clients drop a 401 without it (RFC 9110
//! §15.5.2).
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::collections::BTreeSet;

use contract::{
    Tenant, ask,
    exchange::{Exchange, SIGNIN, info, signout},
    partner::{Practice, TOKEN},
    password::{ACCOUNT, Clinic},
    path::ME,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Each 401 that `infra/openapi.yaml` describes: operation and challenge.
fn described() -> BTreeSet<(String, String)> {
    let document: Value =
        serde_yaml_ng::from_str(include_str!("../../../../infra/openapi.yaml")).expect("YAML");
    let followed = |value: &Value| match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("something there").clone(),
        None => value.clone(),
    };
    let mut all = BTreeSet::new();
    for methods in document["paths"].as_object().expect("paths").values() {
        for operation in methods.as_object().expect("methods").values() {
            let Some(refusal) = operation["responses"].get("401") else { continue };
            let id = operation["operationId"].as_str().expect("an id");
            let header = followed(&followed(refusal)["headers"]["WWW-Authenticate"]);
            assert_eq!(header["required"], true, "{id} has a 401 without a challenge");
            // Examples, because answers are open; here they are all that there are.
            let challenges = header["schema"]["examples"].as_array().expect("challenges");
            let text = |challenge: &Value| challenge.as_str().expect("text").to_owned();
            all.extend(challenges.iter().map(|challenge| (id.to_owned(), text(challenge))));
        }
    }
    all
}

#[tokio::test]
async fn every_401_says_what_it_asks_for() {
    let (tenant, practice) = (Tenant::new().await, Practice::new().await);
    let (clinic, exchange) = (Clinic::with_cookie().await, Exchange::new().await);
    let poor = practice.token_for(&["read:user"]).await;
    let foreign = Practice::new().await;
    let elsewhere = foreign.token().await;
    let wrong = json!({ "username": clinic.username, "password": "wrong" });
    let stranger = |method, path: &str| exchange.request_of("0", "wrong", method, path);
    let requests: Vec<(&str, RequestBuilder)> = vec![
        ("verifyPortalOtp", tenant.verify("000000")),
        ("refreshPortalSession", tenant.refresh(&"x".repeat(43))),
        ("getPortalUser", tenant.request(Method::GET, ME)),
        ("getPortalUser", tenant.request(Method::GET, ME).header("authorization", "Basic eDp5")),
        ("getPortalUser", tenant.me("wrong")),
        ("issuePartnerToken", practice.stack.request(Method::POST, TOKEN)),
        ("validatePartnerToken", practice.bare_validate()),
        ("validatePartnerToken", practice.bare_validate().header("x-organization-secret", "wrong")),
        ("validatePartnerToken", practice.validate("wrong")),
        ("validatePartnerToken", practice.validate(&poor)),
        ("validatePartnerToken", practice.validate(&elsewhere)),
        ("logInPasswordUser", clinic.try_as(&clinic.username, "wrong")),
        ("logInPasswordUserByAlias", clinic.request(Method::POST, "/auth").json(&wrong)),
        (
            "logInPasswordUserBySecondAlias",
            clinic.request(Method::POST, "/auth/login").json(&wrong),
        ),
        ("getPasswordAccount", clinic.request(Method::GET, ACCOUNT)),
        ("getPasswordAccount", clinic.account("wrong")),
        ("getPasswordAccount", clinic.account_by_cookie("wrong")),
        ("signInSsoUser", stranger(Method::POST, SIGNIN)),
        ("signOutSsoUser", stranger(Method::POST, &signout("wrong"))),
        ("getSsoUser", stranger(Method::GET, &info("wrong"))),
        ("getSsoUserByPost", stranger(Method::POST, &info("wrong"))),
    ];
    let mut seen = BTreeSet::new();
    for (operation, request) in requests {
        let answer = ask(request).await;
        assert_eq!(answer.status, 401, "{operation}: {}", answer.text());
        seen.insert((operation.to_owned(), answer.header("www-authenticate").to_owned()));
    }
    assert_eq!(seen, described());
}
