//! The authorizer that other APIs check integrated partners with.

use contract::{
    ask,
    forgery::partner_forgeries,
    jwt::Token,
    partner::{PARTNER, Practice},
};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/GET/patients";

/// An HTTP API's question, payload format 2.0.
fn http_api(headers: &Value, parameters: &Value) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/GET/patients",
        "identitySource": [], "routeKey": "GET /patients", "rawPath": "/patients",
        "rawQueryString": "", "headers": headers, "pathParameters": parameters,
        "requestContext": { "accountId": "123456789012", "apiId": "abcdef1234", "stage": "$default" }
    })
}

/// A REST API's question.
fn rest_api(headers: &Value) -> Value {
    json!({
        "type": "REQUEST", "methodArn": ARN, "resource": "/patients", "path": "/patients",
        "httpMethod": "GET", "headers": headers, "multiValueHeaders": {},
        "queryStringParameters": null, "pathParameters": null, "stageVariables": null,
        "requestContext": { "accountId": "123456789012", "apiId": "abcdef1234", "stage": "prod" }
    })
}

async fn invoke(practice: &Practice, event: &Value) -> Value {
    let answer = practice.stack.invoke("partner-authorizer", event).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("x-amz-function-error"), "{}", answer.text());
    answer.json()
}

fn credentials(practice: &Practice, token: &str) -> Value {
    json!({
        "x-organization-secret": practice.secret, "authorization": format!("Bearer {token}")
    })
}

#[tokio::test]
async fn both_kinds_of_api_are_told_who_calls_once_the_organization_is_integrated() {
    let practice = Practice::allowing(&["create:patient", "read:user"]).await;
    let token = practice.token_for(&["create:patient", "read:user"]).await;
    let headers = credentials(&practice, &token);
    let denied = invoke(&practice, &http_api(&headers, &json!({}))).await;
    assert_eq!(denied["isAuthorized"], false, "not integrated yet");

    assert_eq!(ask(practice.validate(&token)).await.status, 200);
    let context = json!({
        "organizationId": practice.organization, "partnerId": PARTNER,
        "userId": practice.user_id, "scopes": "create:patient read:user",
    });
    let own = json!({ "organization_id": practice.organization });
    for parameters in [json!({}), Value::Null, own] {
        let answer = invoke(&practice, &http_api(&headers, &parameters)).await;
        assert_eq!((&answer["isAuthorized"], &answer["context"]), (&json!(true), &context));
    }
    let answer = invoke(&practice, &rest_api(&headers)).await;
    assert_eq!((&answer["principalId"], &answer["context"]), (&json!(PARTNER), &context));
    let statement = &answer["policyDocument"]["Statement"][0];
    assert_eq!((&statement["Effect"], &statement["Resource"]), (&json!("Allow"), &json!(ARN)));
}

#[tokio::test]
async fn absent_foreign_and_forged_credentials_are_denied() {
    let (practice, foreign) = (Practice::new().await, Practice::new().await);
    let (token, theirs) = (practice.token().await, foreign.token().await);
    for (practice, token) in [(&practice, &token), (&foreign, &theirs)] {
        assert_eq!(ask(practice.validate(token)).await.status, 200);
    }
    let key = practice.stack.partner_key().await;
    let good = Token::read_rs256(&token, &key);
    let mut all = vec![
        ("nothing".to_owned(), json!({})),
        ("no secret".to_owned(), json!({ "authorization": format!("Bearer {token}") })),
        ("no token".to_owned(), json!({ "x-organization-secret": practice.secret })),
        ("another's secret".to_owned(), credentials(&foreign, &token)),
        ("another's token".to_owned(), credentials(&practice, &theirs)),
    ];
    for (fault, forged) in partner_forgeries(&good, &key) {
        all.push((fault, credentials(&practice, &forged)));
    }
    for (fault, headers) in all {
        let simple = invoke(&practice, &http_api(&headers, &Value::Null)).await;
        assert_eq!(simple["isAuthorized"], false, "{fault}");
        let policy = invoke(&practice, &rest_api(&headers)).await;
        let effect = &policy["policyDocument"]["Statement"][0]["Effect"];
        assert_eq!(*effect, json!("Deny"), "{fault}");
    }
    let headers = credentials(&practice, &token);
    let path = json!({ "organization_id": foreign.organization });
    let elsewhere = invoke(&practice, &http_api(&headers, &path)).await;
    assert_eq!(elsewhere["isAuthorized"], false, "another organization's path");
}
