//! What API Gateway passes on of a request that it found odd but let through: the functions are
//! called with such events directly, since another gateway in front may refuse them itself.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use contract::{Answer, Tenant, ask, path};
use serde_json::{Value, json};

const FUNCTIONS: [(&str, &str, &str); 5] = [
    ("portal-send-otp", "POST", path::SEND_OTP),
    ("portal-verify-otp", "POST", path::VERIFY_OTP),
    ("portal-refresh-token", "POST", path::REFRESH_TOKEN),
    ("portal-logout", "POST", path::LOGOUT),
    ("portal-me", "GET", path::ME),
];

/// An event of an HTTP API, payload 2.0.
fn event(tenant: &Tenant, method: &str, path: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "cv-api-key": tenant.api_key,
            "content-type": "application/json",
            "authorization": "Bearer x",
            "host": "abcdef1234.execute-api.us-east-1.amazonaws.com"
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": "abcdef1234.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "abcdef1234",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test"
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": format!("{method} {path}"),
            "stage": "$default",
            "time": "04/Aug/2026:08:30:00 +0000",
            "timeEpoch": 1_785_832_200_000_i64
        },
        "body": "{\"refresh_token\":\"x\"}",
        "isBase64Encoded": false
    })
}

/// The status that the function answers with; it must answer.
async fn status(tenant: &Tenant, function: &str, event: &Value) -> u64 {
    let answer: Answer = tenant.stack.invoke(function, event).await;
    let failed = answer.headers.contains_key("x-amz-function-error");
    assert!(!failed, "{function}: {}\n{event:#}", answer.text());
    let response = answer.json();
    response["statusCode"].as_u64().unwrap_or_default()
}

fn oddities() -> Vec<(&'static str, Value)> {
    let header = |name: &str, value: &str| json!({ "headers": { name: value } });
    vec![
        ("brackets in the query", json!({ "rawQueryString": "a=<>\"" })),
        ("a percent sign in the query", json!({ "rawQueryString": "a=%&b=%zz&%" })),
        ("spaces in the query", json!({ "rawQueryString": "a= b\tc" })),
        ("letters beyond ASCII in the query", json!({ "rawQueryString": "a=é☃\u{fffd}" })),
        ("a control character in the query", json!({ "rawQueryString": "a=\u{0}\u{7}\r\n" })),
        (
            "query parameters twice",
            json!({
                "rawQueryString": "a=1&a=2", "queryStringParameters": { "a": "1,2" }
            }),
        ),
        ("a number sign in the path", json!({ "rawPath": "/api/v1/users/me#x?y" })),
        ("brackets in the path", json!({ "rawPath": "/api/<v1>/\"users\"/{me}" })),
        ("letters beyond ASCII in the path", json!({ "rawPath": "/api/é/☃" })),
        ("an empty path", json!({ "rawPath": "" })),
        (
            "another stage",
            json!({
                "rawPath": "/prod/api/v1/users/me", "requestContext": { "stage": "prod" }
            }),
        ),
        ("a header beyond ASCII", header("x-odd", "é☃")),
        ("a header with a control character", header("x-odd", "a\u{0}b\u{7f}")),
        ("a header with a line break", header("x-odd", "a\r\nb: c")),
        ("an empty header", header("x-odd", "")),
        ("a header with an odd name", header("x odd:", "a")),
        ("a host that is none", header("host", "<>:99999")),
        ("no host", header("host", "")),
        ("a content type beyond ASCII", header("content-type", "application/json; é")),
        ("a content length that lies", header("content-length", "-1")),
        ("a forwarded protocol of nobody", header("x-forwarded-proto", "gopher \u{e9}")),
        ("a forwarded port that is none", header("x-forwarded-port", "99999999")),
        ("a trace header that is none", header("x-amzn-trace-id", "é=;")),
        ("odd cookies", json!({ "cookies": ["", "=", "é=☃", "a=\u{0}"] })),
        ("no body", json!({ "body": null })),
        ("an empty body", json!({ "body": "" })),
        ("bytes that are no text", json!({ "isBase64Encoded": true, "body": "//79/Pv6" })),
        (
            "an address beyond IPv4",
            json!({
                "requestContext": { "http": { "sourceIp": "2001:db8::1" } }
            }),
        ),
        (
            "an agent beyond ASCII",
            json!({
                "requestContext": { "http": { "userAgent": "é☃" } }
            }),
        ),
    ]
}

/// Lays one object over another.
fn overlay(base: &mut Value, change: &Value) {
    match change.as_object() {
        Some(fields) if base.is_object() => {
            for (name, value) in fields {
                overlay(&mut base[name], value);
            }
        }
        _ => *base = change.clone(),
    }
}

#[tokio::test]
async fn odd_requests_are_answered_and_are_no_fault_of_ours() {
    let tenant = Tenant::new().await;
    for (function, method, path) in FUNCTIONS {
        for (oddity, change) in oddities() {
            let mut odd = event(&tenant, method, path);
            overlay(&mut odd, &change);
            let status = status(&tenant, function, &odd).await;
            assert!((200..500).contains(&status), "{function}, {oddity}: {status}");
        }
    }
}

/// Every function that answers requests, and its path's parameters.
const ALL: [(&str, &str); 14] = [
    ("portal-send-otp", ""),
    ("portal-verify-otp", ""),
    ("portal-refresh-token", ""),
    ("portal-logout", ""),
    ("portal-me", ""),
    ("partner-token", ""),
    ("partner-validate", "organization_id"),
    ("partner-jwks", ""),
    ("password-login", "api"),
    ("password-account", "api"),
    ("password-logout", "api"),
    ("sso-signin", ""),
    ("sso-token", "access_token"),
    ("sso-signout", "access_token"),
];

const AUTHORIZERS: [&str; 4] = [
    "portal-authorizer",
    "partner-authorizer",
    "password-authorizer",
    "password-cookie-authorizer",
];

/// The same request in both payload formats and from a function URL.
fn formats(tenant: &Tenant, parameter: &str) -> Vec<Value> {
    let mut two = event(tenant, "GET", "/x");
    overlay(
        &mut two,
        &json!({
            "cookies": ["a=1", "b=2"], "queryStringParameters": { "a": "1" }, "stageVariables": {},
            "requestContext": { "authentication": null, "authorizer": { "lambda": {} } },
            "pathParameters": { parameter: "patient" }
        }),
    );
    let mut url = two.clone();
    overlay(&mut url, &json!({ "routeKey": "$default", "pathParameters": null }));
    let headers = two["headers"].clone();
    let lists = headers.as_object().expect("headers").iter();
    let lists: serde_json::Map<_, _> =
        lists.map(|(name, value)| (name.clone(), json!([value]))).collect();
    let one = json!({
        "version": "1.0", "resource": "/x", "path": "/x", "httpMethod": "GET", "headers": headers,
        "multiValueHeaders": lists, "queryStringParameters": { "a": "1" },
        "multiValueQueryStringParameters": { "a": ["1"] }, "stageVariables": {},
        "pathParameters": { parameter: "patient" },
        "requestContext": { "requestId": "r", "identity": { "sourceIp": "192.0.2.1" } },
        "body": "{}", "isBase64Encoded": false
    });
    vec![two, url, one]
}

/// Where the members of all objects in a value are.
fn members(value: &Value, at: &str) -> Vec<String> {
    let members = value.as_object().into_iter().flatten();
    let below = |(name, it): (&String, &Value)| {
        let at = format!("{at}/{}", name.replace('/', "~1"));
        [vec![at.clone()], self::members(it, &at)].concat()
    };
    members.flat_map(below).collect()
}

/// The event with each of its fields in turn null, and absent.
fn with_less(event: &Value) -> Vec<(String, Value)> {
    let mut all = vec![("nothing".to_owned(), event.clone())];
    for field in members(event, "") {
        let (parent, name) = field.rsplit_once('/').expect("a parent");
        let (mut null, mut absent) = (event.clone(), event.clone());
        *null.pointer_mut(&field).expect("the field") = Value::Null;
        let parent = absent.pointer_mut(parent).and_then(Value::as_object_mut).expect("a parent");
        parent.remove(&name.replace("~1", "/"));
        all.extend([(format!("{field} is null"), null), (format!("no {field}"), absent)]);
    }
    all
}

#[tokio::test]
async fn whatever_an_event_lacks_the_answer_is_the_surfaces() {
    let tenant = Tenant::new().await;
    for (function, parameter) in ALL {
        for whole in formats(&tenant, parameter) {
            for (change, event) in with_less(&whole) {
                let answer = tenant.stack.invoke(function, &event).await;
                let failed = answer.headers.contains_key("x-amz-function-error");
                assert!(!failed, "{function}, {change}: {}", answer.text());
                let reply = answer.json();
                let status = reply["statusCode"].as_u64().unwrap_or_default();
                assert!((200..500).contains(&status), "{function}, {change}: {reply}");
                let body: Value = match reply["body"].as_str() {
                    Some("") if [204, 304].contains(&status) => continue,
                    body => serde_json::from_str(body.unwrap_or_default()).expect("JSON"),
                };
                let of_a_surface = ["success", "statusCode", "error", "keys"];
                assert!(
                    of_a_surface.iter().any(|field| body.get(field).is_some()),
                    "{function}, {change}: {reply}"
                );
            }
        }
    }
}

#[tokio::test]
async fn whatever_an_event_lacks_an_authorizer_decides() {
    let tenant = Tenant::new().await;
    for function in AUTHORIZERS {
        for mut whole in formats(&tenant, "api") {
            let arn = if whole["version"] == "1.0" { "methodArn" } else { "routeArn" };
            whole[arn] = json!("arn:aws:execute-api:us-east-1:123456789012:a/prod/GET/x");
            whole["identitySource"] = json!(["x"]);
            for (change, event) in with_less(&whole) {
                let answer = tenant.stack.invoke(function, &event).await;
                let failed = answer.headers.contains_key("x-amz-function-error");
                assert!(!failed, "{function}, {change}: {}", answer.text());
                let denied = answer.json()["isAuthorized"] == false
                    || answer.json()["policyDocument"]["Statement"][0]["Effect"] == "Deny";
                assert!(denied, "{function}, {change}: {}", answer.text());
            }
        }
    }
}

#[tokio::test]
async fn what_is_odd_but_beside_the_point_makes_no_difference() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let mut plain = event(&tenant, "GET", path::ME);
    plain["headers"]["authorization"] = json!(format!("Bearer {}", session.access));
    assert_eq!(status(&tenant, "portal-me", &plain).await, 200);
    for change in [
        json!({ "rawQueryString": "a=<>\"" }),
        json!({ "rawQueryString": "a=%" }),
        json!({ "headers": { "x-odd": "é☃" } }),
        json!({ "cookies": ["é=☃"] }),
    ] {
        let mut odd = plain.clone();
        overlay(&mut odd, &change);
        assert_eq!(status(&tenant, "portal-me", &odd).await, 200, "{change}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_the_base64_that_it_should_be_is_refused() {
    let tenant = Tenant::new().await;
    for (function, method, path) in &FUNCTIONS[..4] {
        for body in ["{}", "A", "====", "é"] {
            let mut broken = event(&tenant, method, path);
            overlay(&mut broken, &json!({ "isBase64Encoded": true, "body": body }));
            assert_eq!(status(&tenant, function, &broken).await, 400, "{function}: {body}");
        }
    }
}

#[tokio::test]
async fn a_body_in_base64_is_the_same_body() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let body = json!({ "refresh_token": session.refresh }).to_string();
    let mut encoded = event(&tenant, "POST", path::LOGOUT);
    encoded["body"] = json!(contract::base64(&body));
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(status(&tenant, "portal-logout", &encoded).await, 200);
    assert_eq!(ask(tenant.refresh(&session.refresh)).await.code(), "REFRESH_REUSED");
}
