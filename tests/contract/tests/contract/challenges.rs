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
            let only = [header["schema"]["const"].clone()];
            let challenges = header["schema"]["enum"].as_array().map_or(&only[..], Vec::as_slice);
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
        ("portalVerifyOtp", tenant.verify("000000")),
        ("portalRefreshToken", tenant.refresh(&"x".repeat(43))),
        ("portalMe", tenant.request(Method::GET, ME)),
        ("portalMe", tenant.request(Method::GET, ME).header("authorization", "Basic eDp5")),
        ("portalMe", tenant.me("wrong")),
        ("partnerToken", practice.stack.request(Method::POST, TOKEN)),
        ("partnerValidate", practice.bare_validate()),
        ("partnerValidate", practice.bare_validate().header("x-organization-secret", "wrong")),
        ("partnerValidate", practice.validate("wrong")),
        ("partnerValidate", practice.validate(&poor)),
        ("partnerValidate", practice.validate(&elsewhere)),
        ("passwordLogin", clinic.try_as(&clinic.username, "wrong")),
        ("passwordLoginAlias", clinic.request(Method::POST, "/auth").json(&wrong)),
        ("passwordLoginSecondAlias", clinic.request(Method::POST, "/auth/login").json(&wrong)),
        ("passwordAccount", clinic.request(Method::GET, ACCOUNT)),
        ("passwordAccount", clinic.account("wrong")),
        ("passwordAccount", clinic.account_by_cookie("wrong")),
        ("ssoSignin", stranger(Method::POST, SIGNIN)),
        ("ssoSignout", stranger(Method::POST, &signout("wrong"))),
        ("ssoToken", stranger(Method::GET, &info("wrong"))),
        ("ssoTokenPost", stranger(Method::POST, &info("wrong"))),
    ];
    let mut seen = BTreeSet::new();
    for (operation, request) in requests {
        let answer = ask(request).await;
        assert_eq!(answer.status, 401, "{operation}: {}", answer.text());
        seen.insert((operation.to_owned(), answer.header("www-authenticate").to_owned()));
    }
    assert_eq!(seen, described());
}
