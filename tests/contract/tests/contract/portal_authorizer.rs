//! `portal-authorizer`: the check of the access token for everybody else's APIs.

use contract::{Answer, Session, Stack, Tenant, forgery::forgeries, jwt::Token};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/GET/records";

/// What an HTTP API asks with, payload 2.0.
fn http_api(headers: &Value) -> Value {
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": ARN,
        "identitySource": ["key", "authorization"],
        "routeKey": "GET /records",
        "rawPath": "/prod/records",
        "rawQueryString": "a=1&a=2",
        "cookies": ["a=1"],
        "headers": headers,
        "queryStringParameters": { "a": "1,2" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": "abcdef1234.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "abcdef1234",
            "http": {
                "method": "GET",
                "path": "/prod/records",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test"
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "GET /records",
            "stage": "prod",
            "time": "04/Aug/2026:08:30:00 +0000",
            "timeEpoch": 1_785_832_200_000_i64
        }
    })
}

/// What a REST API asks with; it leaves names of headers as they were sent.
fn rest_api(headers: &Value) -> Value {
    let many = headers.as_object().into_iter().flatten();
    let many: Value = many.map(|(name, value)| (name.clone(), json!([value]))).collect();
    json!({
        "type": "REQUEST",
        "methodArn": ARN,
        "resource": "/records",
        "path": "/records",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": many,
        "queryStringParameters": null,
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "httpMethod": "GET",
            "identity": { "sourceIp": "192.0.2.1" },
            "path": "/prod/records",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": "/records",
            "stage": "prod"
        }
    })
}

async fn invoke(stack: &Stack, event: &Value) -> Value {
    let answer: Answer = stack.invoke("portal-authorizer", event).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("x-amz-function-error"), "{}", answer.text());
    answer.json()
}

fn credentials(tenant: &Tenant, session: &Session) -> Value {
    let bearer = format!("Bearer {}", session.access);
    json!({ "cv-api-key": tenant.api_key, "authorization": bearer, "host": "example.com" })
}

fn assert_context(context: &Value, tenant: &Tenant) {
    assert_eq!(
        *context,
        json!({
            "userId": tenant.patient.user_id,
            "organizationId": tenant.organization_id,
            "role": "patient",
            "organizationAccessRole": "patient"
        })
    );
}

#[tokio::test]
async fn an_http_api_is_told_who_the_patient_is() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let answer = invoke(&tenant.stack, &http_api(&credentials(&tenant, &session))).await;
    assert_eq!(answer["isAuthorized"], true);
    assert_context(&answer["context"], &tenant);
}

#[tokio::test]
async fn a_rest_api_is_given_a_policy_for_the_method_that_it_asked_about() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let answer = invoke(&tenant.stack, &rest_api(&credentials(&tenant, &session))).await;
    assert_eq!(answer["principalId"], tenant.patient.user_id);
    assert_context(&answer["context"], &tenant);
    assert_json_snapshot!(answer["policyDocument"], @r#"
    {
      "Statement": [
        {
          "Action": "execute-api:Invoke",
          "Effect": "Allow",
          "Resource": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/GET/records"
        }
      ],
      "Version": "2012-10-17"
    }
    "#);
}

#[tokio::test]
async fn the_event_of_an_http_api_in_the_older_format_gets_a_policy_too() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let mut event = rest_api(&credentials(&tenant, &session));
    event["version"] = json!("1.0");
    let answer = invoke(&tenant.stack, &event).await;
    assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Allow");
}

#[tokio::test]
async fn names_of_headers_may_be_in_any_case() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let bearer = format!("Bearer {}", session.access);
    let headers = json!({ "Cv-Api-Key": tenant.api_key, "Authorization": bearer });
    let answer = invoke(&tenant.stack, &rest_api(&headers)).await;
    assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Allow");
    let answer = invoke(&tenant.stack, &http_api(&headers)).await;
    assert_eq!(answer["isAuthorized"], true);
}

async fn is_denied(stack: &Stack, headers: &Value, fault: &str) {
    let simple = invoke(stack, &http_api(headers)).await;
    assert_eq!(simple["isAuthorized"], false, "{fault}");
    let policy = invoke(stack, &rest_api(headers)).await;
    let statements = policy["policyDocument"]["Statement"].as_array();
    assert_eq!(statements.map(Vec::len), Some(1), "{fault}");
    let statement = &policy["policyDocument"]["Statement"][0];
    let denied = (&statement["Effect"], &statement["Resource"]);
    assert_eq!(denied, (&json!("Deny"), &json!(ARN)), "{fault}");
    for answer in [simple, policy] {
        let context = answer.get("context").and_then(Value::as_object);
        assert!(context.is_none_or(serde_json::Map::is_empty), "{fault}: {answer}");
    }
}

#[tokio::test]
async fn absent_and_foreign_credentials_are_denied() {
    let (tenant, foreign) = (Tenant::new().await, Tenant::new().await);
    let session = tenant.sign_in().await;
    let good = credentials(&tenant, &session);
    let with = |name: &str, value: Value| {
        let mut headers = good.clone();
        headers[name] = value;
        headers
    };
    let without = |name: &str| {
        let mut headers = good.clone();
        headers.as_object_mut().and_then(|headers| headers.remove(name)).expect("it was there");
        headers
    };
    for (fault, headers) in [
        ("no headers", json!({})),
        ("no key", without("cv-api-key")),
        ("no token", without("authorization")),
        ("an unknown key", with("cv-api-key", json!("nobody-portal-key"))),
        ("the key of an organization without a portal", with("cv-api-key", json!("no-portal-key"))),
        ("the key of another organization", with("cv-api-key", json!(foreign.api_key))),
        ("an empty key", with("cv-api-key", json!(""))),
        ("a key that is not ASCII", with("cv-api-key", json!("clé"))),
        ("no scheme", with("authorization", json!(session.access))),
        ("another scheme", with("authorization", json!(format!("Basic {}", session.access)))),
        ("a refresh token", with("authorization", json!(format!("Bearer {}", session.refresh)))),
        ("a token that is not ASCII", with("authorization", json!("Bearer ☃"))),
    ] {
        is_denied(&tenant.stack, &headers, fault).await;
    }
}

#[tokio::test]
async fn a_forged_token_is_denied() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let key = tenant.stack.access_key().await;
    let good = Token::read(&session.access, &key);
    for (fault, token) in forgeries(&good, &key) {
        let forged = Session { access: token, refresh: String::new() };
        is_denied(&tenant.stack, &credentials(&tenant, &forged), &fault).await;
    }
}
