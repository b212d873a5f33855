//! The authorizers that other APIs check the tokens of password logins with: one takes the header, one
//! the cookie.

use contract::{Answer, forgery::password_forgeries, jwt::Token, password::Clinic};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/GET/records";

/// An HTTP API's question, payload format 2.0.
fn http_api(headers: &Value) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/GET/records",
        "identitySource": [], "routeKey": "GET /records", "rawPath": "/records",
        "rawQueryString": "", "headers": headers,
        "requestContext": { "accountId": "123456789012", "apiId": "abcdef1234", "stage": "$default" }
    })
}

/// A REST API's question.
fn rest_api(headers: &Value) -> Value {
    json!({
        "type": "REQUEST", "methodArn": ARN, "resource": "/records", "path": "/records",
        "httpMethod": "GET", "headers": headers, "multiValueHeaders": {},
        "queryStringParameters": null, "pathParameters": null, "stageVariables": null,
        "requestContext": { "accountId": "123456789012", "apiId": "abcdef1234", "stage": "prod" }
    })
}

const BEARER: &str = "password-authorizer";
const COOKIE: &str = "password-cookie-authorizer";

async fn invoke(clinic: &Clinic, authorizer: &str, event: &Value) -> Value {
    let answer: Answer = clinic.stack.invoke(authorizer, event).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("x-amz-function-error"), "{}", answer.text());
    answer.json()
}

fn credentials(clinic: &Clinic, token: &str) -> Value {
    json!({ "organization": clinic.organization, "authorization": format!("Bearer {token}") })
}

fn assert_context(context: &Value, clinic: &Clinic) {
    let expected = json!({
        "userId": clinic.user_id, "organization": clinic.organization, "api": "patient",
    });
    assert_eq!(*context, expected);
}

async fn is_allowed(clinic: &Clinic, authorizer: &str, event: &Value) -> bool {
    let answer = invoke(clinic, authorizer, event).await;
    answer["isAuthorized"] == true || answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
}

#[tokio::test]
async fn both_kinds_of_api_are_told_who_calls() {
    let clinic = Clinic::new().await;
    let headers = credentials(&clinic, &clinic.token().await);
    let answer = invoke(&clinic, BEARER, &http_api(&headers)).await;
    assert_eq!(answer["isAuthorized"], true);
    assert_context(&answer["context"], &clinic);

    let answer = invoke(&clinic, BEARER, &rest_api(&headers)).await;
    assert_eq!(answer["principalId"], clinic.user_id);
    assert_context(&answer["context"], &clinic);
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
async fn the_api_in_the_path_has_to_be_the_tokens() {
    let clinic = Clinic::new().await;
    let mut event = http_api(&credentials(&clinic, &clinic.token().await));
    event["pathParameters"] = json!({ "api": "patient" });
    assert!(is_allowed(&clinic, BEARER, &event).await);
    event["pathParameters"] = json!({ "api": "crm" });
    assert!(!is_allowed(&clinic, BEARER, &event).await);
}

#[tokio::test]
async fn the_cookie_is_taken_where_the_organization_has_it_on() {
    for (clinic, is_on) in [(Clinic::with_cookie().await, true), (Clinic::new().await, false)] {
        let cookie = format!("__Host-postern-patient={}", clinic.token().await);
        let mut simple = http_api(&json!({ "organization": clinic.organization }));
        simple["cookies"] = json!(["theme=dark", cookie]);
        let headers =
            json!({ "Organization": clinic.organization, "Cookie": format!("a=b; {cookie}") });
        for event in [simple, rest_api(&headers)] {
            assert_eq!(is_allowed(&clinic, COOKIE, &event).await, is_on);
            assert!(!is_allowed(&clinic, BEARER, &event).await, "the other one takes no cookie");
        }
    }
}

#[tokio::test]
async fn absent_foreign_and_forged_credentials_are_denied() {
    let (clinic, foreign) = (Clinic::new().await, Clinic::new().await);
    let token = clinic.token().await;
    let key = clinic.key().await;
    let good = Token::read(&token, &key);
    let mut all = vec![
        ("nothing".to_owned(), json!({})),
        ("no organization".to_owned(), json!({ "authorization": format!("Bearer {token}") })),
        ("no token".to_owned(), json!({ "organization": clinic.organization })),
        ("another organization".to_owned(), credentials(&foreign, &token)),
    ];
    for (fault, forged) in password_forgeries(&good, &key) {
        all.push((fault, credentials(&clinic, &forged)));
    }
    for (fault, headers) in all {
        let simple = invoke(&clinic, BEARER, &http_api(&headers)).await;
        assert_eq!(simple["isAuthorized"], false, "{fault}");
        let policy = invoke(&clinic, BEARER, &rest_api(&headers)).await;
        let statement = &policy["policyDocument"]["Statement"][0];
        assert_eq!(
            (&statement["Effect"], &statement["Resource"]),
            (&json!("Deny"), &json!(ARN)),
            "{fault}"
        );
    }
}
