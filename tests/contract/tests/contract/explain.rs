//! What became of a request, as the console and `postern explain` have it. The order in which checks are called passed
//! is held against the functions: each request of a ladder is wrong in all that its predecessor was checked for last,
//! and in all that comes after it.

use contract::{
    Stack, Tenant, ask,
    exchange::{Exchange, SIGNIN, form, info, signout, url_encoded},
    operator::{Ran, postern, postern_where},
    partner::{PARTNER, PARTNER_SECRET, Practice, TOKEN},
    password::{ACCOUNT, AUTH, Clinic},
    path, wrong,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// No check: the request passes all.
const NONE: &str = "";

/// What the console says of the request: the id, and the account.
async fn told(stack: &Stack, request: RequestBuilder) -> (String, Value) {
    let answer = ask(request).await;
    let id = answer.header("x-request-id").to_owned();
    let account = ask(stack.console(Method::GET, &format!("/requests/{id}"))).await.json();
    (id, account)
}

fn passed(account: &Value) -> Vec<String> {
    assert!(account["passed"].is_array(), "{account}");
    let texts = account["passed"].as_array().into_iter().flatten();
    texts.map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

/// Each request fails at its step, has passed what the one before it had, and more. What the command line says of the
/// last is the same.
async fn climb(stack: &Stack, rungs: Vec<(&str, RequestBuilder)>) {
    let (mut before, mut last) = (None::<Vec<String>>, None);
    for (step, request) in rungs {
        let (id, account) = told(stack, request).await;
        let found = account["step"].as_str().unwrap_or(NONE);
        assert_eq!(found, step, "{account}");
        let is_explained = account["explanation"].as_str().is_some_and(|text| text.ends_with('.'));
        let is_done = account["done"].as_str().is_some_and(|text| text.ends_with('.'));
        assert_eq!((is_explained, is_done), (step != NONE, step == NONE), "{account}");
        let now = passed(&account);
        if let Some(before) = before {
            assert!(now.starts_with(&before) && now.len() > before.len(), "{before:?} {account}");
        }
        (before, last) = (Some(now), Some((id, account)));
    }
    let (id, account) = last.unwrap_or_default();
    let call = explained(&id);
    for (name, of_console) in [
        ("step", "step"),
        ("failed", "explanation"),
        ("passed", "passed"),
        ("done", "done"),
        ("asked", "asked"),
    ] {
        assert_eq!(call[name], account[of_console], "{name}: {call} {account}");
    }
}

/// The only call of this id.
fn explained(id: &str) -> Value {
    let found = postern(&["explain", id, "--output", "json"]).done().json();
    assert_eq!(found["calls"].as_array().map(Vec::len), Some(1), "{found}");
    found["calls"][0].clone()
}

#[tokio::test]
async fn the_portals_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let (own, other) = (Tenant::new().await, Tenant::new().await);
    let (strict, session) = (Tenant::with_limits().await, own.sign_in().await);
    let odd = |request: RequestBuilder| request.header("x-end-user-ip", "here").body("no JSON");
    let post = |path: &str| stack.request(Method::POST, path);
    let unknown = |path: &str| post(path).header("cv-api-key", "unknown");
    for _ in 0..10 {
        ask(strict.send_email("nobody@example.com")).await;
    }
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", odd(post(path::SEND_OTP))),
            ("API_KEY_UNKNOWN", odd(unknown(path::SEND_OTP))),
            ("FIELD_INVALID", odd(own.request(Method::POST, path::SEND_OTP))),
            ("RATE_LIMITED", strict.send_email("nobody@example.com")),
            (NONE, own.send_email("nobody@example.com")),
        ],
    )
    .await;
    let code = own.email().await.code();
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", odd(post(path::VERIFY_OTP))),
            ("API_KEY_UNKNOWN", odd(unknown(path::VERIFY_OTP))),
            ("CONTENT_TYPE", own.request(Method::POST, path::VERIFY_OTP).body("no JSON")),
            ("CODE_NOT_FOUND", own.verify_email("other@example.com", &code)),
            ("CODE_WRONG", own.verify(&wrong(&code, 1))),
            (NONE, own.verify(&code)),
        ],
    )
    .await;
    let ended = own.sign_in().await;
    ask(own.logout(&ended.refresh)).await;
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", odd(post(path::REFRESH_TOKEN))),
            ("API_KEY_UNKNOWN", odd(unknown(path::REFRESH_TOKEN))),
            ("FIELD_INVALID", own.refresh("")),
            ("REFRESH_INVALID", own.refresh(&"x".repeat(session.refresh.len()))),
            ("ORGANIZATION_NOT_OWN", other.refresh(&ended.refresh)),
            ("LOGGED_OUT", own.refresh(&ended.refresh)),
            (NONE, own.refresh(&session.refresh)),
        ],
    )
    .await;
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", post(path::LOGOUT)),
            ("API_KEY_UNKNOWN", unknown(path::LOGOUT)),
            ("FIELD_INVALID", own.logout("")),
            (NONE, own.logout(&ended.refresh)),
        ],
    )
    .await;
    let me = |key: &str| stack.request(Method::GET, path::ME).header("cv-api-key", key.to_owned());
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", stack.request(Method::GET, path::ME)),
            ("TOKEN_REQUIRED", me("unknown")),
            ("INVALID_TOKEN", me("unknown").bearer_auth("forged")),
            ("ORGANIZATION_NOT_OWN", me(&other.api_key).bearer_auth(&session.access)),
            (NONE, own.me(&session.access)),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_partners_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let (practice, other) = (Practice::new().await, Practice::new().await);
    let narrow = Practice::allowing(&["read:user"]).await;
    let names = [
        "x-partner-id",
        "x-partner-secret",
        "x-organization-id",
        "x-organization-secret",
        "x-user-id",
    ];
    // The first so many headers are right. Not even the form of the others is.
    let ask_with = |right: usize| {
        let values =
            [PARTNER, PARTNER_SECRET, &practice.organization, &practice.secret, &practice.user_id];
        let value = |at: usize| if at < right { values[at] } else { "a#b" };
        let headers: Vec<_> = (0..5).map(|at| (names[at], value(at))).collect();
        practice.ask_with(&headers, &json!({}))
    };
    climb(
        &stack,
        vec![
            ("CREDENTIALS_REQUIRED", stack.request(Method::POST, TOKEN).header("x-user-id", "a#b")),
            ("PARTNER_UNKNOWN", ask_with(0)),
            ("PARTNER_SECRET_WRONG", ask_with(1)),
            ("ORGANIZATION_NOT_CONNECTED", ask_with(2)),
            ("ORGANIZATION_SECRET_WRONG", ask_with(3)),
            ("USER_UNKNOWN", ask_with(4)),
            ("FIELDS_INVALID", ask_with(5)),
            (NONE, practice.ask_token(&["create:patient"])),
        ],
    )
    .await;
    let (token, of_narrow) = (practice.token().await, narrow.token_for(&["read:user"]).await);
    let at = |organization: &str| practice.validate_at(organization);
    let with = |request: RequestBuilder, secret: &str| {
        request.header("x-organization-secret", secret.to_owned())
    };
    climb(
        &stack,
        vec![
            ("DEPRECATED_HEADER", at("other").header("x-partner-secret", "a")),
            ("ORGANIZATION_SECRET_REQUIRED", at("other")),
            ("TOKEN_REQUIRED", with(at("other"), "wrong")),
            ("TOKEN_INVALID", with(at("other"), "wrong").bearer_auth("forged")),
            ("ORGANIZATION_NOT_CONNECTED", with(at("other"), "wrong").bearer_auth(&of_narrow)),
            (
                "ORGANIZATION_SECRET_WRONG",
                with(at(&practice.organization), "wrong").bearer_auth(&of_narrow),
            ),
            (
                "SCOPE_MISSING",
                with(at(&practice.organization), &practice.secret).bearer_auth(&of_narrow),
            ),
            (
                "ORGANIZATION_NOT_OWN",
                with(at(&other.organization), &other.secret).bearer_auth(&token),
            ),
            (NONE, practice.validate(&token)),
        ],
    )
    .await;
    climb(&stack, vec![(NONE, stack.request(Method::GET, "/.well-known/jwks.json"))]).await;
}

#[tokio::test]
async fn the_password_surfaces_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let (clinic, other) = (Clinic::new().await, Clinic::new().await);
    let post = |path: &str| stack.request(Method::POST, path);
    climb(
        &stack,
        vec![
            ("UNKNOWN_API", post("/unknown/auth")),
            ("ORGANIZATION_REQUIRED", post(AUTH)),
            ("BODY_MALFORMED", post(AUTH).header("organization", "unknown").json(&json!({}))),
            ("ORGANIZATION_UNKNOWN", clinic.try_in("unknown", "wrong")),
            ("USER_UNKNOWN", clinic.try_as("nobody", "wrong")),
            ("PASSWORD_WRONG", clinic.try_as(&clinic.username, "wrong")),
            (NONE, clinic.log_in()),
        ],
    )
    .await;
    let token = clinic.token().await;
    let get = |path: &str| stack.request(Method::GET, path);
    climb(
        &stack,
        vec![
            ("UNKNOWN_API", get("/unknown/users/account")),
            ("ORGANIZATION_REQUIRED", get(ACCOUNT)),
            ("TOKEN_REQUIRED", get(ACCOUNT).header("organization", "unknown")),
            ("UNAUTHORIZED", get(ACCOUNT).header("organization", "unknown").bearer_auth("forged")),
            ("ORGANIZATION_NOT_OWN", other.account(&token)),
            ("COOKIE_NOT_ACCEPTED", clinic.account_by_cookie(&token)),
            (NONE, clinic.account(&token)),
        ],
    )
    .await;
    let logout = "/patient/auth/logout";
    climb(
        &stack,
        vec![
            ("UNKNOWN_API", post("/unknown/auth/logout")),
            ("ORGANIZATION_REQUIRED", post(logout)),
            (NONE, clinic.request(Method::POST, logout)),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_identity_providers_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let exchange = Exchange::new().await;
    let client = exchange.client_id.clone();
    let token = exchange.token().await;
    let (email, nobody) = (exchange.email.as_str(), "nobody@example.com");
    for (path, last) in [
        (SIGNIN.to_owned(), vec![(NONE, exchange.sign_in())]),
        (
            signout("unknown"),
            vec![
                ("TOKEN_REFUSED", exchange.sign_out("unknown")),
                (NONE, exchange.sign_out(&exchange.token().await)),
            ],
        ),
    ] {
        let of = |id: &str, token: &str| exchange.request_of(id, token, Method::POST, &path);
        let right = || of(&client, &exchange.client_token);
        let mut rungs = vec![
            ("CLIENT_REQUIRED", stack.request(Method::POST, &path)),
            ("CLIENT_UNKNOWN", of("unknown", "wrong")),
            ("CLIENT_TOKEN_WRONG", of(&client, "wrong")),
            ("LOGIN_REFUSED", url_encoded(right(), "")),
            ("USER_UNKNOWN", url_encoded(right(), form(nobody, "wrong"))),
            ("PASSWORD_WRONG", url_encoded(right(), form(email, "wrong"))),
        ];
        rungs.extend(last);
        climb(&stack, rungs).await;
    }
    let who = |id: &str, with: &str| exchange.request_of(id, with, Method::GET, &info("unknown"));
    climb(
        &stack,
        vec![
            ("CLIENT_REQUIRED", stack.request(Method::GET, &info("unknown"))),
            ("CLIENT_UNKNOWN", who("unknown", "wrong")),
            ("CLIENT_TOKEN_WRONG", who(&client, "wrong")),
            ("TOKEN_REFUSED", who(&client, &exchange.client_token)),
            (NONE, exchange.who(&token)),
        ],
    )
    .await;
}

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

/// Whatever wrote it: a function's role doesn't let it.
#[tokio::test]
async fn a_line_in_another_functions_stream_is_left_out() {
    let tenant = Tenant::new().await;
    let id = ask(tenant.send_email("nobody@example.com")).await.header("x-request-id").to_owned();
    let own = explained(&id);
    let group = "/aws/lambda/postern";
    let input = json!({"logGroupName": group, "filterPattern": format!("\"{id}\"")});
    let found = tenant.stack.logs_as("postern", "FilterLogEvents", &input).await.json();
    let event = found["events"][0].clone();
    let stream = format!("2026/11/27/postern-PortalMeFunction[1]{id}");
    let stream = stream.replace([':', '*'], "");
    let of_stream = json!({"logGroupName": group, "logStreamName": stream});
    assert_eq!(tenant.stack.logs_as("postern", "CreateLogStream", &of_stream).await.status, 200);
    let mut put = of_stream;
    put["logEvents"] = json!([{"timestamp": event["timestamp"], "message": event["message"]}]);
    assert_eq!(tenant.stack.logs_as("postern", "PutLogEvents", &put).await.status, 200);
    assert_eq!(explained(&id), own);
    let said = postern(&["explain", &id]).done().stderr;
    assert!(said.contains("left out: a line in 2026/11/27/postern-PortalMeFunction"), "{said}");
}

#[tokio::test]
async fn people_read_a_row_for_each_check_and_nothing_that_is_secret() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let id = ask(tenant.verify(&wrong(&code, 1))).await.header("x-request-id").to_owned();
    let shown = postern(&["explain", &id]).done().stdout;
    for part in
        ["CODE_WRONG: A code is live", "#portal-401-unauthorized", "portal-verify-otp", "401"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(shown.lines().filter(|line| line.starts_with("passed ")).count(), 6, "{shown}");
    for secret in [&code, &tenant.api_key, &tenant.patient.email] {
        assert!(!contract::reveals(&shown, secret), "{shown}");
    }
}

#[tokio::test]
async fn what_can_not_be_explained_says_why_and_what_to_do() {
    let refused = |ran: Ran, status: i32, parts: &[&str]| {
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
    };
    let explain = |variables: &[(&str, &str)]| postern_where(&["explain", "unknown-id"], variables);
    refused(explain(&[]), 1, &["unknown-id in /aws/lambda/postern", "--since"]);
    let missing = explain(&[("STACK", "other"), ("AWS_ACCESS_KEY_ID", "postern")]);
    refused(
        missing,
        1,
        &[
            "/aws/lambda/other",
            "FilterLogEvents",
            "ResourceNotFoundException",
            "postern env --stack",
        ],
    );
    let denied = explain(&[("AWS_ACCESS_KEY_ID", "KeyCustodianPolicy")]);
    refused(
        denied,
        1,
        &["/aws/lambda/postern", "this identity needs the right logs:FilterLogEvents"],
    );
    refused(explain(&[("STACK", "")]), 2, &["STACK"]);
    refused(
        explain(&[("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:1")]),
        3,
        &["no answer"],
    );
    refused(postern(&["explain", "a\"b"]), 2, &["an id has"]);
    for since in ["0s", "1", "h", "1w", "99999d", "-1h", "ü"] {
        let since = format!("--since={since}");
        refused(postern(&["explain", "a", &since]), 2, &["a span is"]);
    }
}

/// A line is found as far back as was asked for, and no further.
#[tokio::test]
async fn a_request_is_looked_for_in_the_span_alone() {
    let own = contract::own_stack::OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let id = ask(tenant.send_email("nobody@example.com")).await.header("x-request-id").to_owned();
    let variables = own.variables_of_operators();
    let explain = |since: &str| {
        let words = ["explain", &id, "--since", since];
        postern_where(&words, &variables)
    };
    assert_eq!(explain("1h").status, 0);
    contract::eventually("the second is over", async || (explain("1s").status == 1).then_some(()))
        .await;
    assert_eq!(explain("1h").status, 0);
}
