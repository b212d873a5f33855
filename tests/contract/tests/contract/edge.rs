//! What all endpoints have in common: what they take for a request at all.

use contract::{
    ORGANIZATION_NOT_FOUND, Tenant, ask, issue, malformed,
    partner::{Practice, TOKEN},
    password::{AUTH, Clinic, PASSWORD},
    path::{LOGOUT, ME, REFRESH_TOKEN, SEND_OTP, VERIFY_OTP},
    raw,
};
use insta::{allow_duplicates, assert_snapshot};
use reqwest::Method;
use serde_json::{Value, json};

/// The four authentication endpoints, a good body for each, and what that body is answered with.
fn endpoints() -> [(&'static str, Value, u16); 4] {
    let unknown = "A".repeat(43);
    [
        (SEND_OTP, json!({ "email": "nobody@example.com", "channel": "EMAIL" }), 200),
        (VERIFY_OTP, json!({ "email": "nobody@example.com", "code": "123456" }), 401),
        (REFRESH_TOKEN, json!({ "refresh_token": unknown }), 401),
        (LOGOUT, json!({ "refresh_token": unknown }), 200),
    ]
}

#[tokio::test]
async fn a_byte_order_mark_before_any_json_body_makes_no_difference() {
    let (tenant, practice, clinic) =
        (Tenant::new().await, Practice::new().await, Clinic::new().await);
    let session = tenant.sign_in().await;
    assert_eq!(ask(tenant.send_email(&tenant.patient.email)).await.status, 200);
    let code = tenant.email().await.code();
    let sms = json!({ "phoneNumber": tenant.patient.phone_number, "channel": "SMS" });
    let login = json!({ "username": clinic.username, "password": PASSWORD });
    let grant = json!({ "grantType": "client_credentials", "scope": ["read:user"] });
    let refresh = json!({ "refresh_token": session.refresh });
    let verify = json!({ "email": tenant.patient.email, "code": code });
    let by_partner = practice.stack.request(Method::POST, TOKEN);
    let by_partner = practice
        .headers()
        .into_iter()
        .fold(by_partner, |request, (name, value)| request.header(name, value));
    for (request, body) in [
        (tenant.request(Method::POST, SEND_OTP), sms),
        (tenant.request(Method::POST, VERIFY_OTP), verify),
        (tenant.request(Method::POST, REFRESH_TOKEN), refresh.clone()),
        (tenant.request(Method::POST, LOGOUT), refresh),
        (by_partner, grant),
        (clinic.request(Method::POST, AUTH), login),
    ] {
        let request = request.header("content-type", "application/json");
        let answer = ask(request.body(format!("\u{feff}{body}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn malformed_bodies_are_refused() {
    let tenant = Tenant::new().await;
    let mut let_through = Vec::new();
    for (path, good, status) in endpoints() {
        assert_eq!(ask(tenant.post(path, &good)).await.status, status, "{path}");
        for (fault, body) in malformed::bodies(&good) {
            let request = tenant.request(Method::POST, path);
            let answer = ask(request.header("content-type", "application/json").body(body)).await;
            if answer.status == 400 {
                assert!(!issue(&answer).is_empty(), "{path}: {fault}");
            } else {
                let_through.push(format!("{path}: {fault}: {}", answer.text()));
            }
        }
    }
    assert_eq!(let_through, [""; 0]);
}

#[tokio::test]
async fn a_body_may_be_16_kib_long() {
    let tenant = Tenant::new().await;
    for (path, good, status) in endpoints() {
        let body = malformed::of_size(malformed::BODY_LIMIT, &good);
        let request = tenant.request(Method::POST, path);
        let answer = ask(request.header("content-type", "application/json").body(body)).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn fields_that_nobody_knows_are_ignored() {
    let tenant = Tenant::new().await;
    for (path, mut body, status) in endpoints() {
        body["locale"] = json!({ "languages": ["de", "en"], "weight": [0.7, -1e-3, null, true] });
        body["__proto__"] = json!({ "email": "somebody@example.com" });
        body["\u{1f512}"] = json!("\u{1f512} \" \\ \n \0");
        assert_eq!(ask(tenant.post(path, &body)).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let tenant = Tenant::new().await;
    for (path, good, _) in endpoints() {
        let call = || tenant.request(Method::POST, path).body(good.to_string());
        let mut answers = vec![("no content type", ask(call()).await)];
        for content_type in [
            "",
            "json",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/json5",
            "application/xml",
            "text/plain; a=application/json",
        ] {
            let answer = ask(call().header("content-type", content_type)).await;
            answers.push((content_type, answer));
        }
        for (content_type, answer) in answers {
            assert_eq!(issue(&answer), "content-type", "{path}: {content_type}");
        }
    }
}

#[tokio::test]
async fn json_may_be_written_in_any_case_and_with_parameters() {
    let tenant = Tenant::new().await;
    for (path, good, status) in endpoints() {
        for content_type in [
            "Application/JSON",
            "application/json;charset=utf-8",
            "application/json; charset=UTF-8",
            "application/json ; Charset=\"utf-8\"",
        ] {
            let request = tenant.request(Method::POST, path).body(good.to_string());
            let answer = ask(request.header("content-type", content_type)).await;
            assert_eq!(answer.status, status, "{path}: {content_type}");
        }
    }
}

#[tokio::test]
async fn an_absent_key_is_refused_before_anything_is_looked_at() {
    let stack = Tenant::new().await.stack;
    for (path, body, _) in endpoints() {
        let answer = ask(stack.request(Method::POST, path).json(&body)).await;
        allow_duplicates!(assert_snapshot!(answer.snapshot(), @r#"
        400
        {"status":400,"success":false,"error":"Validation failed","code":"VALIDATION_ERROR","issues":[{"field":"cv-api-key","message":"is required"}]}
        "#));
    }
    let answer = ask(stack.request(Method::GET, ME).bearer_auth("any")).await;
    assert_eq!(issue(&answer), "cv-api-key");
}

#[tokio::test]
async fn an_unknown_key_has_no_organization() {
    let mut tenant = Tenant::new().await;
    tenant.api_key.push('x');
    for (path, body, _) in endpoints() {
        let answer = ask(tenant.post(path, &body)).await;
        allow_duplicates!(assert_snapshot!(answer.snapshot(), @r#"
        404
        {"status":404,"success":false,"error":"Organization not found","code":"NOT_FOUND"}
        "#));
    }
}

#[tokio::test]
async fn an_organization_without_a_portal_is_not_found() {
    let mut tenant = Tenant::new().await;
    tenant.api_key = "no-portal-key".to_owned();
    for (path, good, _) in endpoints() {
        let answer = ask(tenant.post(path, &good)).await;
        assert_eq!((answer.status, answer.text()), (404, ORGANIZATION_NOT_FOUND), "{path}");
    }
}

#[tokio::test]
async fn the_organization_comes_before_the_body() {
    let mut tenant = Tenant::new().await;
    tenant.api_key = "nobody-portal-key".to_owned();
    for (path, ..) in endpoints() {
        let calls = [
            tenant.post(path, &json!({})),
            tenant.request(Method::POST, path),
            tenant.request(Method::POST, path).body("a".repeat(malformed::BODY_LIMIT + 1)),
        ];
        for call in calls {
            let answer = ask(call).await;
            assert_eq!((answer.status, answer.text()), (404, ORGANIZATION_NOT_FOUND), "{path}");
        }
    }
}

#[tokio::test]
async fn a_key_that_nobody_could_have_is_refused() {
    let tenant = Tenant::new().await;
    let long = "k".repeat(7_000);
    let padded = format!("{}\u{a0}", tenant.api_key);
    let twice = format!("{0}, {0}", tenant.api_key);
    let mut others = Vec::new();
    for key in ["clé", "键", "ORG#1", "*", "' OR 1=1 --", &long, &padded, &twice] {
        let call = tenant.stack.request(Method::POST, SEND_OTP).header("cv-api-key", key);
        let answer = ask(call.json(&endpoints()[0].1)).await;
        if (answer.status, answer.text()) != (404, ORGANIZATION_NOT_FOUND) {
            others.push(format!("{key}: {}", answer.text()));
        }
    }
    assert_eq!(others, [""; 0]);
}

#[tokio::test]
async fn the_authorization_header_makes_no_difference() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    for (path, good, status) in endpoints() {
        let plain = ask(tenant.post(path, &good)).await;
        assert_eq!(plain.status, status, "{path}");
        for authorization in ["", "Bearer", "garbage", &format!("Bearer {}", session.access)] {
            let call = tenant.post(path, &good).header("authorization", authorization);
            assert_eq!(ask(call).await.essence(), plain.essence(), "{path}: {authorization}");
        }
    }
}

#[tokio::test]
async fn the_name_of_the_key_header_may_be_in_any_case() {
    let tenant = Tenant::new().await;
    let body = endpoints()[0].1.to_string();
    for name in ["CV-API-KEY", "Cv-Api-Key", "cV-aPi-kEy"] {
        let headers: [(&str, &[u8]); 2] =
            [(name, tenant.api_key.as_bytes()), ("CONTENT-TYPE", b"application/json")];
        let line = format!("POST {SEND_OTP} HTTP/1.1");
        let answer = raw::ask(&tenant.stack, line.as_bytes(), &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_path_or_method_of_nobody_is_not_found() {
    let tenant = Tenant::new().await;
    let answer = ask(tenant.request(Method::GET, SEND_OTP)).await;
    assert_snapshot!(answer.snapshot(), @r#"
    404
    no cache-control
    no strict-transport-security
    no x-content-type-options
    no x-request-id
    {"message":"Not Found"}
    "#);
    let mut calls = vec![
        (Method::POST, ME.to_owned()),
        (Method::GET, "/".to_owned()),
        (Method::POST, "/api/v2/users/auth/send-otp".to_owned()),
        (Method::POST, "/api/v1/users/auth".to_owned()),
        (Method::GET, "/api/v1/users/me/files".to_owned()),
        (Method::GET, "/2015-03-31/functions/portal-me/invocations".to_owned()),
    ];
    for (path, ..) in endpoints() {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
            calls.push((method, path.to_owned()));
        }
        calls.push((Method::POST, format!("{path}/")));
        calls.push((Method::POST, format!("{path}/x")));
        calls.push((Method::POST, path.to_uppercase()));
    }
    for (method, path) in calls {
        let other = ask(tenant.request(method.clone(), &path)).await;
        assert_eq!(other.essence(), answer.essence(), "{method} {path}");
    }
}

#[tokio::test]
async fn a_query_makes_no_difference() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let plain = ask(tenant.me(&session.access)).await;
    for query in ["?", "?a", "?a=b&a=c", "?cv-api-key=x", "?a=%3C%3E%22", "?%F0%9F%94%92", "?&&=&"]
    {
        let call = tenant.request(Method::GET, &format!("{ME}{query}"));
        let answer = ask(call.bearer_auth(&session.access)).await;
        assert_eq!(answer.essence(), plain.essence(), "{query}");
    }
}

#[tokio::test]
async fn request_ids_differ_from_answer_to_answer() {
    let tenant = Tenant::new().await;
    let first = ask(tenant.logout("any")).await;
    let second = ask(tenant.logout("any")).await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn requests_that_no_client_would_send_are_no_fault_of_ours() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let bearer = format!("Bearer {}", session.access);
    let key: (&str, &[u8]) = ("cv-api-key", tenant.api_key.as_bytes());
    let authorization: (&str, &[u8]) = ("authorization", bearer.as_bytes());

    let targets: [&[u8]; 14] = [
        b"?a=<>\"",
        b"?a=%",
        b"?a=%zz&b=%2",
        b"?%00=%ff%fe",
        b"?a={}|\\^`[]",
        b"?a=\xff\xfe",
        b"?a=\xc3\xa9",
        b"?a=#fragment",
        b"#fragment",
        b"?a=b=c==&&&?",
        b"/%",
        b"/%2e%2e/%00",
        b"/\xff",
        b"?\x01",
    ];
    for target in targets {
        let line = [b"GET /api/v1/users/me", target, b" HTTP/1.1"].concat();
        let answer = raw::ask(&tenant.stack, &line, &[key, authorization], b"").await;
        assert!(answer.status < 500, "{}: {answer:?}", String::from_utf8_lossy(&line));
    }

    let odd: [(&str, &[u8]); 12] = [
        ("x-odd", b"\xff\xfe"),
        ("x-odd", "☃".as_bytes()),
        ("x-odd", b"caf\xe9"),
        ("x-odd", b""),
        ("cookie", b"a=\xff; b"),
        ("cookie", b"=;;=\"{}"),
        ("user-agent", b"<script>\x80"),
        ("x-forwarded-for", b"not an address, \xf0"),
        ("idempotency-key", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("content-type", b"application/json; charset=\xff"),
        ("authorization", b"Bearer \xff\xfe"),
        ("cv-api-key", b"\xff"),
    ];
    let body = json!({ "refresh_token": "A" }).to_string();
    for (name, value) in odd {
        for line in [
            &b"GET /api/v1/users/me HTTP/1.1"[..],
            b"POST /api/v1/users/auth/refresh-token HTTP/1.1",
        ] {
            let headers = [key, authorization, (name, value)];
            let answer = raw::ask(&tenant.stack, line, &headers, body.as_bytes()).await;
            assert!(answer.status < 500, "{name}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_body_that_ends_early_and_a_request_without_a_host_are_the_gateways_400() {
    let stack = Tenant::new().await.stack;
    let host = format!("host: {}\r\n", stack.authority());
    let json = "content-type: application/json\r\nconnection: close\r\n";
    let bodies = [
        "content-length: 10\r\n\r\n{}",
        "content-length: 10\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n",
        "transfer-encoding: chunked\r\n\r\n5\r\n{}",
    ];
    let whole = "content-length: 2\r\n\r\n{}";
    let truncated = bodies.map(|body| format!("POST {SEND_OTP} HTTP/1.1\r\n{host}{json}{body}"));
    let hostless = [
        format!("POST {SEND_OTP} HTTP/1.1\r\n{json}{whole}"),
        format!("POST {SEND_OTP} HTTP/1.1\r\n{host}{host}{json}{whole}"),
        format!("GET {ME} HTTP/1.1\r\nconnection: close\r\n\r\n"),
    ];
    for (request, is_cut_off) in
        truncated.iter().map(|it| (it, true)).chain(hostless.iter().map(|it| (it, false)))
    {
        let answer = if is_cut_off {
            raw::cut_off(&stack, request.as_bytes()).await
        } else {
            raw::exchange(&stack, request.as_bytes()).await
        };
        let expected = (400, r#"{"message":"Bad Request"}"#);
        assert_eq!((answer.status, answer.text()), expected, "{request}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
    // The same requests, whole, reach the function; HTTP/1.0 needs no host.
    for request in [
        format!("POST {SEND_OTP} HTTP/1.1\r\n{host}{json}{whole}"),
        format!("POST {SEND_OTP} HTTP/1.0\r\n{json}{whole}"),
    ] {
        let answer = raw::exchange(&stack, request.as_bytes()).await;
        assert!(!issue(&answer).is_empty(), "{request}");
    }
}
