//! The local stack as a sandbox: requests explained, disturbed answers, minted tokens, a clock that moves.

#![cfg(target_os = "linux")]

use std::time::Instant;

use contract::{Session, Stack, Tenant, ask, exchange, own_stack::OwnStack, path};
use reqwest::Method;
use serde_json::{Value, json};

const DEMO: &str = "11111111-1111-4111-8111-111111111111";

async fn post(stack: &Stack, path: &str, body: &Value) -> (u16, Value) {
    let answer = ask(stack.console(Method::POST, path).json(body)).await;
    (answer.status, answer.json())
}

async fn get(stack: &Stack, path: &str) -> Value {
    ask(stack.console(Method::GET, path)).await.json()
}

/// The stack's own account of an answer.
async fn explained(stack: &Stack, id: &str) -> Value {
    get(stack, &format!("/requests/{id}")).await
}

#[tokio::test]
async fn each_request_is_listed_with_the_check_that_failed() {
    let stack = Stack::running();
    let tenant = Tenant::on(&stack, &json!({})).await;
    let code = tenant.email().await.code();
    let wrong = ask(tenant.verify(&contract::wrong(&code, 1))).await;
    let found = explained(&stack, wrong.header("x-request-id")).await;
    assert_eq!(found["route"], format!("POST {}", path::VERIFY_OTP));
    assert_eq!((&found["status"], &found["step"]), (&json!(401), &json!("CODE_WRONG")));
    assert!(found["explanation"].as_str().is_some_and(|text| text.contains("wrong")), "{found}");
    assert_eq!(found["link"], "/docs/errors#portal-401-unauthorized");
    assert_eq!(found["organizationId"], tenant.organization_id);
    assert!(found["durationMilliseconds"].is_u64() && found["headers"].is_array(), "{found}");

    let right = ask(tenant.verify(&code)).await;
    let found = explained(&stack, right.header("apigw-requestid")).await;
    assert_eq!((&found["status"], &found["step"]), (&json!(200), &Value::Null));

    let listed = get(&stack, "/requests?limit=1000").await;
    let listed = listed["requests"].as_array().expect("a list").iter();
    let at = |answer: &contract::Answer| {
        let id = answer.header("apigw-requestid");
        listed.clone().position(|request| request["id"] == id).expect("listed")
    };
    assert!(at(&right) < at(&wrong), "newest first");
    let (id, key) = (&tenant.patient.email, &tenant.api_key);
    let all = format!("{found}{}", listed.clone().map(Value::to_string).collect::<String>());
    assert!(!all.contains(id.as_str()) && !all.contains(key.as_str()) && !all.contains(&code));
}

#[tokio::test]
async fn a_request_that_reached_no_function_is_explained_too() {
    let stack = Stack::running();
    let answer = ask(stack.request(Method::POST, "/api/v1/user/AbCdEfGhIjKlMnOpQrStUvWxYz")).await;
    let found = explained(&stack, answer.header("apigw-requestid")).await;
    assert_eq!((&found["status"], &found["step"]), (&json!(404), &json!("NO_ROUTE")));
    assert_eq!(
        (&found["route"], &found["link"]),
        (&json!("POST /api/v1/user/…"), &json!("/docs/errors#gateway-404"),)
    );
    let partner = ask(stack.request(Method::POST, "/v1/token").json(&json!({}))).await;
    let found = explained(&stack, partner.header("x-request-id")).await;
    assert_eq!(found["step"], "CREDENTIALS_REQUIRED", "under the partner surface's own id, too");
    assert_eq!(ask(stack.console(Method::GET, "/requests/unknown")).await.status, 404);
}

#[tokio::test]
async fn minted_tokens_are_accepted_or_refused_for_the_reason_that_was_asked_for() {
    let stack = Stack::running();
    let mint = async |surface: &str, fault: &str| {
        let (status, body) =
            post(&stack, "/mint", &json!({"surface": surface, "fault": fault})).await;
        assert_eq!(status, 201, "{body}");
        body["token"].as_str().expect("a token").to_owned()
    };
    let call = async |surface: &str, token: &str| {
        let get = |path: &str| stack.request(Method::GET, path).bearer_auth(token);
        let answer = ask(match surface {
            "portal" => get(path::ME).header("cv-api-key", "demo-portal-key"),
            "password" => get("/patient/users/account").header("organization", DEMO),
            "partner" => get(&format!("/v1/organizations/{DEMO}/validate"))
                .header("x-organization-secret", "demo-organization-secret"),
            _ => stack
                .request(Method::GET, &exchange::info(token))
                .header("client_id", "18550")
                .header("x-auth-token", "demo-client-token"),
        })
        .await;
        let found = explained(&stack, answer.header("x-request-id")).await;
        (answer.status, found["step"].as_str().unwrap_or("ok").to_owned())
    };
    for (surface, fault, status, step) in [
        ("portal", "none", 200, "ok"),
        ("portal", "expired", 401, "TOKEN_EXPIRED"),
        ("portal", "foreign", 401, "ORGANIZATION_NOT_OWN"),
        ("portal", "forged", 401, "INVALID_TOKEN"),
        ("password", "none", 200, "ok"),
        ("password", "expired", 401, "TOKEN_EXPIRED"),
        ("password", "foreign", 401, "ORGANIZATION_NOT_OWN"),
        ("password", "forged", 401, "UNAUTHORIZED"),
        ("partner", "none", 200, "ok"),
        ("partner", "expired", 401, "TOKEN_EXPIRED"),
        ("partner", "foreign", 401, "ORGANIZATION_NOT_OWN"),
        ("partner", "forged", 401, "TOKEN_KEY_UNKNOWN"),
        ("sso", "none", 200, "ok"),
        ("sso", "expired", 404, "TOKEN_EXPIRED"),
        ("sso", "foreign", 200, "ok"),
        ("sso", "forged", 404, "TOKEN_REFUSED"),
    ] {
        let token = mint(surface, fault).await;
        assert_eq!(call(surface, &token).await, (status, step.to_owned()), "{surface} {fault}");
    }
    for wrong in [json!({}), json!({"surface": "ftp"}), json!({"surface": "portal", "fault": "x"})]
    {
        assert_eq!(post(&stack, "/mint", &wrong).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn answers_are_disturbed_as_often_as_was_asked() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let refresh_route = format!("POST {}", path::REFRESH_TOKEN);
    let fault = async |body: Value| {
        let (status, added) = post(&stack, "/faults", &body).await;
        assert_eq!((status, added["id"].is_string()), (201, true), "{added}");
        assert_eq!(added["kind"], body["kind"]);
    };

    // A lost answer: the refresh was made, and its repetition gets the same token.
    let session = tenant.sign_in().await;
    let refresh =
        || tenant.refresh(&session.refresh).header("idempotency-key", "a-key-of-this-test");
    fault(json!({"route": refresh_route, "kind": "lost-answer"})).await;
    assert!(refresh().send().await.is_err(), "no answer");
    let [first, second] = [ask(refresh()).await, ask(refresh()).await];
    assert_eq!((first.status, second.status), (200, 200));
    let [first, second] = [first, second].map(|answer| Session::of(&answer));
    assert_eq!(first.refresh, second.refresh);

    // A lost request: nothing was made, so the same token is still good without a key.
    fault(json!({"kind": "lost-request"})).await;
    assert!(tenant.refresh(&first.refresh).send().await.is_err(), "no answer");
    let third = Session::of(&ask(tenant.refresh(&first.refresh)).await);

    // The surfaces' own answers, which `ask` compares with the description.
    let statuses = async |kind: &str| {
        fault(json!({"kind": kind, "times": 4, "retryAfter": 7})).await;
        let calls = [
            tenant.send_email("nobody@example.com"),
            stack.request(Method::POST, "/patient/auth").json(&json!({})),
            stack.request(Method::POST, "/v1/token").json(&json!({})),
            stack.request(Method::POST, "/api/1.0/sso/signin").body(""),
        ];
        let mut seen = Vec::new();
        for call in calls {
            let answer = ask(call).await;
            let has_header = answer.headers.get("retry-after").is_some_and(|after| after == "7");
            seen.push((answer.status, has_header));
        }
        seen
    };
    assert_eq!(
        statuses("too-many-requests").await,
        [(429, true), (429, true), (429, false), (429, false)]
    );
    assert_eq!(statuses("unavailable").await, [(503, true), (500, true), (500, true), (500, true)]);

    fault(json!({"kind": "gateway-error", "route": "GET /patient/users/account"})).await;
    let answer = ask(stack.request(Method::GET, "/patient/users/account")).await;
    assert_eq!((answer.status, answer.text()), (503, r#"{"message":"Service Unavailable"}"#));
    let found = explained(&stack, answer.header("apigw-requestid")).await;
    assert_eq!(found["fault"], "gateway-error");

    fault(json!({"kind": "slow", "milliseconds": 300, "times": 1})).await;
    let began = Instant::now();
    assert_eq!(ask(tenant.me(&third.access)).await.status, 200);
    assert!(began.elapsed().as_millis() >= 300);

    fault(json!({"kind": "lost-answer", "times": 10_000, "share": 1})).await;
    let waiting = get(&stack, "/faults").await;
    assert_eq!(
        (waiting["faults"][0]["times"].as_u64(), waiting["faults"].as_array().map(Vec::len)),
        (Some(10_000), Some(1))
    );
    assert_eq!(ask(stack.console(Method::DELETE, "/faults")).await.status, 204);
    assert_eq!(ask(tenant.me(&third.access)).await.status, 200);

    for wrong in [
        json!({"kind": "nonsense"}),
        json!({"kind": "slow", "times": 0}),
        json!({"kind": "slow", "route": "POST /nowhere"}),
        json!({"kind": "slow", "extra": 1}),
    ] {
        let (status, body) = post(&stack, "/faults", &wrong).await;
        assert_eq!((status, body["message"].is_string()), (400, true), "{wrong}");
    }
}

#[tokio::test]
async fn the_clock_moves_for_functions_and_console_and_goes_back() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let session = tenant.sign_in().await;
    let code = tenant.email().await.code();
    assert_eq!(get(&stack, "/clock").await["offsetSeconds"], 0);

    let (status, moved) = post(&stack, "/clock", &json!({"advance": "14m"})).await;
    assert_eq!((status, &moved["offsetSeconds"]), (200, &json!(840)));
    assert_eq!(ask(tenant.me(&session.access)).await.status, 200);
    post(&stack, "/clock", &json!({"advance": "90s"})).await;
    let expired = ask(tenant.me(&session.access)).await;
    assert_eq!(expired.status, 401, "an access token lives for fifteen minutes");
    assert_eq!(ask(tenant.verify(&code)).await.status, 401, "a code for ten");
    let session = Session::of(&ask(tenant.refresh(&session.refresh)).await);

    let (_, moved) = post(&stack, "/clock", &json!({"advance": "31d"})).await;
    assert_eq!(moved["offsetSeconds"], 930 + 31 * 86_400);
    let late = ask(tenant.refresh(&session.refresh)).await;
    assert_eq!((late.status, late.code()), (401, "REFRESH_EXPIRED".to_owned()));
    // A whole sign-in of the future: functions, stream and inbox agree on the time.
    let future = tenant.sign_in().await;
    assert_eq!(ask(tenant.me(&future.access)).await.status, 200);
    let now = get(&stack, "/clock").await["now"].as_str().expect("a time").to_owned();
    let sent = tenant.email().await.sent_at;
    assert_eq!(sent.as_str().expect("a time")[..10], now[..10]);

    let back = ask(stack.console(Method::DELETE, "/clock")).await.json();
    assert_eq!(back["offsetSeconds"], 0);
    assert_eq!(ask(tenant.me(&future.access)).await.status, 401, "it is from the future");
    for wrong in [json!({}), json!({"advance": "soon"}), json!({"advance": "9999d"})] {
        assert_eq!(post(&stack, "/clock", &wrong).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn no_other_site_reaches_any_of_it() {
    let stack = Stack::running();
    for path in ["/requests", "/faults", "/clock", "/messages", "/demo", "/"] {
        let foreign = stack.console(Method::GET, path).header("origin", "https://evil.example");
        assert_eq!(ask(foreign).await.status, 403, "{path}");
        let rebound = stack.console(Method::GET, path).header("host", "evil.example:9001");
        assert_eq!(ask(rebound).await.status, 421, "{path}");
    }
    for path in ["/faults", "/clock", "/mint"] {
        let form =
            stack.console(Method::POST, path).body("{}").header("content-type", "text/plain");
        assert_eq!(ask(form).await.status, 415, "{path}");
    }
}

#[tokio::test]
async fn it_needs_no_project_and_no_folder() {
    let own = OwnStack::start_outside(&[]);
    let stack = own.ready().await;
    assert_eq!(ask(stack.request(Method::GET, "/.well-known/jwks.json")).await.status, 200);
    for (path, text) in
        [("/openapi.yaml", "openapi: 3"), ("/docs/errors", "portal-401-unauthorized")]
    {
        let answer = ask(stack.console(Method::GET, path)).await;
        assert!(answer.status == 200 && answer.text().contains(text), "{path}");
    }
    assert!(own.local.path().join(".postern/env").is_file());
}

/// With another loopback address: a test must not open a port to the network.
#[tokio::test]
async fn another_address_is_served_only_if_asked_for_and_still_guarded() {
    let own = OwnStack::start(&[("POSTERN_BIND", "127.0.0.2"), ("POSTERN_HOSTS", "postern")]);
    let here = own.ready().await;
    assert!(own.printed().contains("EXPOSED at 127.0.0.2"), "{}", own.printed());
    let [api, console] = here.addresses().map(|url| url.replace("127.0.0.1", "127.0.0.2"));
    let there = Stack::at(api.clone(), console);
    assert_eq!(ask(there.request(Method::GET, "/.well-known/jwks.json")).await.status, 200);
    assert_eq!(get(&there, "/demo").await["api"], api);
    assert_eq!(get(&there, "/ready").await["ready"], true);
    let described =
        [there.request(Method::GET, "/openapi.yaml"), there.console(Method::GET, "/openapi.yaml")];
    for description in described {
        let text = ask(description).await.text().to_owned();
        assert!(text.contains(&format!("servers:\n- url: {api}\n")), "{}", &text[..400]);
    }
    let status = async |name: &str, value: &str| {
        ask(there.console(Method::GET, "/messages").header(name, value)).await.status
    };
    assert_eq!(status("host", "postern:9001").await, 200);
    assert_eq!(status("host", "192.168.1.5:9001").await, 200);
    assert_eq!(status("host", "evil.example:9001").await, 421);
    assert_eq!(status("origin", "http://evil.example").await, 403);

    let private = OwnStack::start(&[]);
    let [_, console] =
        private.ready().await.addresses().map(|url| url.replace("127.0.0.1", "127.0.0.2"));
    let elsewhere = Stack::at(String::new(), console).console(Method::GET, "/ready").send().await;
    assert!(elsewhere.is_err_and(|error| error.is_connect()), "it listens on 127.0.0.1 alone");
}

#[tokio::test]
async fn the_api_serves_its_description_with_itself_as_the_only_server() {
    let stack = Stack::running();
    let answer = stack.request(Method::GET, "/openapi.yaml").send().await.unwrap();
    let address = answer.url().origin().ascii_serialization();
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(text.contains(&format!("servers:\n- url: {address}\n")), "{}", &text[..400]);
}

#[tokio::test]
async fn bad_input_of_the_sandbox_is_the_developers_mistake() {
    let stack = Stack::running();
    for (method, path, body, status) in [
        (Method::POST, "/demo/organizations", json!({"password": ""}), 400),
        (Method::POST, "/demo/organizations", json!({"password": "x".repeat(2000)}), 400),
        (Method::POST, "/demo/organizations", json!({"scopes": ["create:patients"]}), 400),
        (Method::POST, "/demo/organizations", json!([]), 400),
        (Method::POST, "/mint", json!({"surface": "none"}), 400),
        (Method::GET, "/requests?limit=x", Value::Null, 400),
        (Method::GET, "/messages/nope/html", Value::Null, 400),
        (Method::GET, "/nowhere", Value::Null, 404),
        (Method::DELETE, "/mint", Value::Null, 405),
    ] {
        let answer = ask(stack.console(method, path).json(&body)).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.json()["message"].is_string(), "{path}: {}", answer.text());
        for word in ["struct", "variant", "sequence"] {
            assert!(!answer.text().contains(word), "{path}: {}", answer.text());
        }
    }
}
