//! The cookie of a password login, as clients and proxies change it: the protected endpoint and the
//! authorizer take the same cookies. The endpoint prefers a Bearer token, the authorizer ignores it.

use contract::{
    ask,
    password::{ACCOUNT, Clinic},
};
use reqwest::Method;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/GET/records";

/// Whether the authorizer allows a request with these headers, in either format.
async fn verdicts(clinic: &Clinic, cookies: &str, authorization: Option<&str>) -> [bool; 2] {
    let mut headers = json!({ "organization": clinic.organization });
    if let Some(authorization) = authorization {
        headers["authorization"] = json!(authorization);
    }
    let list: Vec<_> = cookies.split("; ").collect();
    let simple = json!({
        "version": "2.0", "type": "REQUEST", "routeArn": ARN, "headers": headers, "cookies": list
    });
    headers["Cookie"] = json!(cookies);
    let policy = json!({ "type": "REQUEST", "methodArn": ARN, "headers": headers });
    let answer = async |event: Value| {
        let answer = clinic.stack.invoke("password-cookie-authorizer", &event).await.json();
        answer["isAuthorized"] == true
            || answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    };
    [answer(simple).await, answer(policy).await]
}

#[tokio::test]
async fn endpoint_and_authorizer_take_the_same_cookies() {
    let clinic = Clinic::with_cookie().await;
    let (token, name) = (clinic.token().await, "__Host-postern-patient");
    let bearer = format!("Bearer {token}");
    let good = format!("{name}={token}");
    for (cookies, authorization, is_taken) in [
        (good.clone(), None, true),
        (format!("{name}=\"{token}\""), None, true),
        (format!("$Version=\"1\"; {name}=\"{token}\"; $Path=\"/\""), None, true),
        (format!("{name}=; {name}=\"\"; {good}"), None, true),
        (format!("{good}; {name}=wrong"), None, true),
        (format!("{name}=wrong; {good}"), None, false),
        (format!("{name}=\"{token}"), None, false),
        (format!("{name}='{token}'"), None, false),
        (format!("x{good}"), None, false),
        (format!("{name}="), None, false),
        (good.clone(), Some("Basic c3RhZ2luZzpwcm94eQ=="), true),
        (good.clone(), Some("Digest username=\"x\""), true),
        (good.clone(), Some(token.as_str()), true),
        (good.clone(), Some("Bearer wrong"), false),
        (good.clone(), Some("bearer wrong"), false),
        (good.clone(), Some("Bearer"), false),
        ("theme=dark".to_owned(), Some("Basic c3RhZ2luZzpwcm94eQ=="), false),
        (format!("{name}=wrong"), Some(bearer.as_str()), true),
    ] {
        let request = clinic.request(Method::GET, ACCOUNT).header("cookie", &cookies);
        let request = authorization
            .into_iter()
            .fold(request, |request, value| request.header("authorization", value));
        let shown = cookies.replace(&token, "[token]");
        let answer = ask(request).await;
        let expected = if is_taken { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{shown}, {authorization:?}");
        let is_good = if authorization.is_some() { cookies == good } else { is_taken };
        let verdicts = verdicts(&clinic, &cookies, authorization).await;
        assert_eq!(verdicts, [is_good; 2], "{shown}, {authorization:?}");
    }
}
