//! What the stack and its functions print: never whom it was about, nor what opens a door.

#![cfg(target_os = "linux")]

use contract::{
    Answer, Session, Stack, Tenant, Window, ask, own_stack::OwnStack, path, race, reveals, wrong,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// What was sent or received and must not be printed.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn add(&mut self, secret: impl Into<String>) -> String {
        let secret = secret.into();
        self.0.push(secret.clone());
        secret
    }

    fn session(&mut self, session: &Session) {
        self.add(&session.refresh);
        self.add(&session.access);
        // Its parts, too: a token cut short is still a token.
        self.0.extend(session.access.split('.').skip(1).map(str::to_owned));
    }

    fn tenant(&mut self, tenant: &Tenant) {
        self.add(&tenant.api_key);
        self.add(&tenant.patient.email);
        self.add(&tenant.patient.phone_number);
    }
}

async fn signs_in(tenant: &Tenant, secrets: &mut Secrets) {
    let by_sms = secrets.add(tenant.sms().await.code());
    let number = &tenant.patient.phone_number;
    secrets.session(&Session::of(&ask(tenant.verify_sms(number, &by_sms)).await));

    let code = secrets.add(tenant.email().await.code());
    ask(tenant.verify(&secrets.add(wrong(&code, 1)))).await;
    let session = Session::of(&ask(tenant.verify(&code)).await);
    secrets.session(&session);
    assert_eq!(ask(tenant.verify(&code)).await.status, 401);
    assert_eq!(ask(tenant.me(&session.access)).await.status, 200);

    let retry_key = secrets.add("retry-key-that-nobody-may-read");
    let call = || tenant.refresh(&session.refresh).header("idempotency-key", &retry_key);
    secrets.session(&Session::of(&ask(call()).await));
    let renewed = Session::of(&ask(call()).await);
    secrets.session(&renewed);
    assert_eq!(ask(tenant.logout(&renewed.refresh)).await.status, 200);
    assert_eq!(ask(tenant.refresh(&renewed.refresh)).await.status, 401);
}

async fn goes_wrong(stack: &Stack, tenant: &Tenant, secrets: &mut Secrets) {
    let stranger = secrets.add("stranger-that-nobody-may-read@example.com");
    assert_eq!(ask(tenant.send_email(&stranger)).await.status, 200);
    assert_eq!(ask(tenant.verify_email(&stranger, &secrets.add("908172"))).await.status, 401);
    assert_eq!(ask(tenant.send_sms(&secrets.add("+15550908172"))).await.status, 200);

    let session = tenant.sign_in().await;
    secrets.session(&session);
    let forged = secrets.add(format!("{}x", session.access));
    assert_eq!(ask(tenant.me(&forged)).await.status, 401);
    for answer in race((0..4).map(|_| tenant.refresh(&session.refresh))).await {
        if answer.status == 200 {
            secrets.session(&Session::of(&answer));
        }
    }

    let unknown = secrets.add("token-that-nobody-may-read");
    assert_eq!(ask(tenant.refresh(&unknown)).await.status, 401);
    assert_eq!(ask(tenant.logout(&unknown)).await.status, 200);

    let garbage = secrets.add("body-that-nobody-may-read");
    for body in [json!(garbage), json!({ "email": garbage }), json!({ "email": [garbage] })] {
        for path in [path::SEND_OTP, path::VERIFY_OTP, path::REFRESH_TOKEN, path::LOGOUT] {
            assert_eq!(ask(tenant.post(path, &body)).await.status, 400);
        }
    }

    let foreign = secrets.add("key-that-nobody-may-read");
    let call = stack.request(Method::POST, path::SEND_OTP).header("cv-api-key", &foreign);
    assert_eq!(ask(call.json(&json!({}))).await.status, 404);
    let nowhere = format!("/{}?{}", secrets.add("path-to-hide"), secrets.add("query-to-hide"));
    assert_eq!(ask(tenant.request(Method::GET, &nowhere)).await.status, 404);
    let query = format!("{}?token={}", path::ME, secrets.add("token-in-a-query"));
    assert_eq!(ask(tenant.request(Method::GET, &query)).await.status, 401);
}

#[tokio::test]
async fn nothing_that_is_printed_gives_anything_away() {
    let mut own = OwnStack::start(&[]);
    let stack = own.ready().await;
    // What it announces at the start are its demo credentials, which are no secret.
    let announced = own.printed().len();

    let mut secrets = Secrets::default();
    let tenant = Tenant::on(&stack, &json!({})).await;
    secrets.tenant(&tenant);
    signs_in(&tenant, &mut secrets).await;
    goes_wrong(&stack, &tenant, &mut secrets).await;
    let (limited, last) = Window::Day
        .within(async || {
            let limited = Tenant::on(&stack, &json!({ "limits": "default" })).await;
            for _ in 0..11 {
                ask(limited.send_email(&limited.patient.email)).await;
            }
            let last = ask(limited.send_email(&limited.patient.email)).await;
            (limited, last)
        })
        .await;
    secrets.tenant(&limited);
    assert_eq!(last.status, 429);

    own.signal("TERM");
    own.ended().await;
    let printed = own.printed().split_off(announced);
    let request_id = last.header("x-request-id");
    assert!(
        printed.contains(request_id),
        "the functions' own lines are not among these:\n{printed}"
    );
    for secret in &secrets.0 {
        let line = printed.lines().find(|line| reveals(line, secret));
        assert_eq!(line, None, "{secret} was printed");
    }
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_not_printed_either() {
    let mut own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let secret = "event-that-nobody-may-read";
    for function in ["portal-send-otp", "portal-me", "portal-deliver-otp", "portal-authorizer"] {
        stack.invoke(function, &json!({ "headers": secret, "Records": secret })).await;
    }
    own.signal("TERM");
    own.ended().await;
    assert!(!own.printed().contains(secret), "{}", own.printed());
}

#[tokio::test]
async fn each_request_is_one_line_of_json() {
    let mut own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let session = tenant.sign_in().await;
    let answers = [
        ask(tenant.me(&session.access)).await,
        ask(tenant.me("garbage")).await,
        ask(tenant.refresh("garbage")).await,
        ask(tenant.logout(&session.refresh)).await,
        ask(tenant.verify("12345")).await,
    ];
    own.signal("TERM");
    own.ended().await;
    let printed = own.printed();
    for answer in answers {
        let request_id = answer.header("x-request-id");
        line_of(&printed, request_id);
    }
}

/// The one line of a request, which is no metric.
fn line_of(printed: &str, request_id: &str) -> Value {
    let lines = printed.lines().filter(|line| line.contains(request_id));
    let mut lines: Vec<Value> = lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line.get("_aws").is_none())
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["requestId"], request_id);
    lines.remove(0)
}

#[tokio::test]
async fn the_line_of_a_request_says_who_called_which_check_failed_and_what_it_waited_for() {
    let mut own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let (user, organization) = (&tenant.patient.user_id, &tenant.organization_id);
    let session = tenant.sign_in().await;
    let code = tenant.email().await.code();
    let from = |call: RequestBuilder| call.header("x-end-user-ip", "203.0.113.7");
    ask(tenant.verify(&wrong(&code, 1))).await;
    let right = ask(from(tenant.verify(&code))).await;
    let again = ask(tenant.verify(&code)).await;
    let stranger = ask(tenant.verify_email("stranger@example.com", "123456")).await;
    let me = ask(from(tenant.me(&session.access))).await;
    let logout = ask(from(tenant.logout(&session.refresh))).await;
    assert_eq!(logout.status, 200);
    let ended = ask(from(tenant.refresh(&session.refresh))).await;
    // Where nothing is counted by it, nobody is refused for it.
    let odd = ask(tenant.me(&session.access).header("x-end-user-ip", "here")).await;
    assert_eq!(odd.status, 200);
    let unknown = stack.request(Method::POST, path::SEND_OTP).header("cv-api-key", "not-a-key");
    let unknown = ask(unknown.json(&json!({}))).await;
    own.signal("TERM");
    own.ended().await;

    let printed = own.printed();
    let line = |answer: &Answer| line_of(&printed, answer.header("x-request-id"));
    let right = line(&right);
    assert_eq!((&right["step"], &right["outcome"]), (&Value::Null, &json!("ok")));
    for of_source in [&right, &line(&me), &line(&logout), &line(&ended)] {
        assert_eq!(of_source["source"], "203.0.113.7", "{of_source}");
    }
    assert_eq!(line(&odd)["source"], Value::Null);
    for field in ["durationMs", "dynamodbMs", "retries", "dynamodbRoundTrips"] {
        assert!(right[field].is_u64(), "{field}: {right}");
    }
    assert!(right["version"].is_string(), "{right}");
    assert!(right["dynamodbMs"].as_u64() <= right["durationMs"].as_u64(), "{right}");
    for (line, step) in
        [(&right, Value::Null), (&line(&me), Value::Null), (&line(&ended), json!("LOGGED_OUT"))]
    {
        assert_eq!((&line["step"], &line["userId"]), (&step, &json!(user)), "{line}");
    }
    let api_key = &right["apiKey"];
    assert_eq!(api_key.as_str().map(str::len), Some(10), "{right}");
    for (line, step) in [(line(&again), "CODE_USED"), (line(&stranger), "CODE_NOT_FOUND")] {
        assert_eq!((&line["step"], &line["apiKey"]), (&json!(step), api_key), "{line}");
        assert_eq!(line["organizationId"], json!(organization), "{line}");
        assert_eq!(line["userId"], Value::Null, "{line}");
    }
    assert_eq!(line(&unknown)["step"], "API_KEY_UNKNOWN");
    assert!(printed.contains(r#""coldStart":true"#), "no first request of an instance");
}
