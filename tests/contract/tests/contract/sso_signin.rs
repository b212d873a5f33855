//! `POST /api/1.0/sso/signin`

use std::collections::BTreeSet;

use contract::{
    Stack, Window, ask,
    exchange::{
        Exchange, NOT_AUTHENTICATED, PASSWORD, SIGNIN, encoded, form, parts, token, url_encoded,
    },
    race, raw,
};
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_right_password_gives_a_token_and_nothing_else() {
    let exchange = Exchange::new().await;
    assert_snapshot!(ask(exchange.sign_in()).await.snapshot(), @r#"
    200
    {"access_token":"[access token]"}
    "#);
}

#[tokio::test]
async fn a_failed_login_is_404_with_401_in_its_body() {
    let exchange = Exchange::new().await;
    let wrong = ask(exchange.try_as(&exchange.email, "wrong")).await;
    assert_snapshot!(wrong.snapshot(), @r#"
    404
    {"error":true,"message":"Not authenticated","code":401}
    "#);
    let deleted = exchange.create_with("deleted_at", json!("2015-01-20 09:52:58")).await;
    for (fault, request) in [
        ("an unknown email", exchange.try_as("nobody@example.com", PASSWORD)),
        ("no address at all", exchange.try_as("nobody", PASSWORD)),
        (
            "an inactive user",
            exchange.try_as(&exchange.create_with("is_active", json!(false)).await, PASSWORD),
        ),
        (
            "a user who was never activated",
            exchange.try_as(&exchange.create_with("activated", json!(false)).await, PASSWORD),
        ),
        ("a deleted user", exchange.try_as(&deleted, PASSWORD)),
        (
            "the member of an organization",
            exchange.try_as("patient@example.com", "demo-password-1"),
        ),
    ] {
        assert_eq!(ask(request).await.essence(), wrong.essence(), "{fault}");
    }
}

#[tokio::test]
async fn a_wrong_client_pair_is_401() {
    let exchange = Exchange::new().await;
    let other = Exchange::new().await;
    let (id, pass) = (exchange.client_id.as_str(), exchange.client_token.as_str());
    let login = form(&exchange.email, PASSWORD);
    let with = |headers: &[(&str, &str)]| {
        let mut request = exchange.stack.request(Method::POST, SIGNIN);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        url_encoded(request, login.clone())
    };
    let refused = ask(with(&[])).await;
    assert_snapshot!(refused.snapshot(), @r#"
    401
    www-authenticate: ClientToken realm="sso"
    {"error":true,"message":"Not authenticated","code":401}
    "#);
    let (two, many) = (format!("{id}{id}"), "x".repeat(4_000));
    for headers in [
        &[("client_id", id)][..],
        &[("x-auth-token", pass)],
        &[("client_id", ""), ("x-auth-token", pass)],
        &[("client_id", id), ("x-auth-token", " ")],
        &[("client_id", id), ("x-auth-token", "wrong")],
        &[("client_id", id), ("x-auth-token", other.client_token.as_str())],
        &[("client_id", other.client_id.as_str()), ("x-auth-token", pass)],
        &[("client_id", id), ("client_id", id), ("x-auth-token", pass)],
        &[("client_id", id), ("x-auth-token", pass), ("x-auth-token", pass)],
        &[("client_id", two.as_str()), ("x-auth-token", pass)],
        &[("client_id", many.as_str()), ("x-auth-token", many.as_str())],
        &[("client_id", "a#b/c☃"), ("x-auth-token", "☃")],
        &[("clientid", id), ("x-auth-token", pass)],
        &[("client_id", "wrong"), ("client-id", id), ("x-auth-token", pass)],
    ] {
        assert_eq!(ask(with(headers)).await.essence(), refused.essence(), "{headers:?}");
    }
    // A query is logged by too many: the pair is not looked for there.
    let query = format!("{SIGNIN}?client_id={id}");
    let request = exchange.stack.request(Method::POST, &query).header("x-auth-token", pass);
    assert_eq!(ask(url_encoded(request, login.clone())).await.status, 401);
    let bytes: [(&str, &[u8]); 2] = [("client_id", b"\xff\xfe"), ("x-auth-token", b"\xff")];
    let line = format!("POST {SIGNIN} HTTP/1.1");
    let answer = raw::ask(&exchange.stack, line.as_bytes(), &bytes, login.as_bytes()).await;
    assert_eq!((answer.status, answer.text()), (401, NOT_AUTHENTICATED));
}

#[tokio::test]
async fn a_hyphen_does_for_the_underscore() {
    let exchange = Exchange::new().await;
    let request = exchange.stack.request(Method::POST, SIGNIN);
    let request = request.header("Client-Id", &exchange.client_id);
    let request = request.header("x-auth-token", &exchange.client_token);
    let answer = ask(url_encoded(request, form(&exchange.email, PASSWORD))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_client_pair_is_looked_at_before_the_form() {
    let exchange = Exchange::new().await;
    let request = exchange.request_of(&exchange.client_id, "wrong", Method::POST, SIGNIN);
    let huge = ask(url_encoded(request, "x".repeat(1 << 20))).await;
    assert_eq!((huge.status, huge.text()), (401, NOT_AUTHENTICATED));
}

#[tokio::test]
async fn whatever_is_no_form_with_both_fields_is_a_failed_login() {
    let exchange = Exchange::new().await;
    let (email, word) = (encoded(&exchange.email), encoded(PASSWORD));
    let good = format!("email={email}&password={word}");
    let filler = "a".repeat(16 * 1024);
    let bodies = [
        ("nothing", String::new()),
        ("no password", format!("email={email}")),
        ("no email", format!("password={word}")),
        ("an empty password", format!("email={email}&password=")),
        ("an empty email", format!("email=&password={word}")),
        ("names alone", "email&password".to_owned()),
        ("an email twice", format!("{good}&email={email}")),
        ("an email twice, once in disguise", format!("{good}&e%6dail={email}")),
        ("a password twice", format!("{good}&password=x")),
        ("another field twice", format!("{good}&x=1&x=1")),
        ("another case", format!("Email={email}&Password={word}")),
        ("an array", format!("email[]={email}&password[]={word}")),
        ("semicolons", format!("email={email};password={word}")),
        ("a byte that is not UTF-8", format!("{good}%ff")),
        ("encoded twice", good.replace('%', "%25")),
        ("16 KiB and more", format!("{good}&x={filler}")),
        ("a mebibyte", format!("{good}&x={}", "a".repeat(1 << 20))),
        ("a thousand fields", "a&".repeat(1000) + &good),
        ("JSON", json!({"email": exchange.email, "password": PASSWORD}).to_string()),
    ];
    for (fault, body) in bodies {
        let answer = ask(exchange.post(body)).await;
        assert_eq!((answer.status, answer.text()), (404, NOT_AUTHENTICATED), "{fault}");
    }
    let json = json!({"email": exchange.email, "password": PASSWORD});
    let posts = [
        ("JSON as JSON", exchange.request(Method::POST, SIGNIN).json(&json)),
        ("no content type", exchange.request(Method::POST, SIGNIN).body(good.clone())),
        (
            "text",
            exchange
                .request(Method::POST, SIGNIN)
                .header("content-type", "text/plain")
                .body(good.clone()),
        ),
        ("nothing", exchange.request(Method::POST, SIGNIN)),
        (
            "in the query",
            url_encoded(exchange.request(Method::POST, &format!("{SIGNIN}?{good}")), ""),
        ),
    ];
    for (fault, request) in posts {
        let answer = ask(request).await;
        assert_eq!((answer.status, answer.text()), (404, NOT_AUTHENTICATED), "{fault}");
    }
    let answer = ask(exchange.post(format!("&{good}&remember=1&"))).await;
    assert_eq!(answer.status, 200, "unknown fields do no harm");
}

#[tokio::test]
async fn a_form_in_parts_is_taken_too() {
    let exchange = Exchange::new().await;
    let status = async |kind: &str, body: &str| {
        let request = exchange.request(Method::POST, SIGNIN).header("content-type", kind);
        let answer = ask(request.body(body.to_owned())).await;
        if answer.status != 200 {
            assert_eq!((answer.status, answer.text()), (404, NOT_AUTHENTICATED));
        }
        answer.status
    };
    let email = ("email", exchange.email.as_str());
    let (kind, good) = parts(&[email, ("password", PASSWORD)]);
    assert_eq!(status(&kind, &good).await, 200);
    let repeated = parts(&[email, ("password", PASSWORD), email]).1;
    for (fault, kind, body) in [
        ("repeated", kind.as_str(), repeated.as_str()),
        ("half of it", &kind, &good[..good.len() / 2]),
        ("no boundary", "multipart/form-data", &good),
        ("another boundary", "multipart/form-data; boundary=x", &good),
        ("a boundary without end", "multipart/form-data; boundary=\"", &good),
        ("nothing", &kind, ""),
        ("no field", &kind, &parts(&[]).1),
        ("a megabyte", &kind, &parts(&[email, ("password", &"a".repeat(1 << 20))]).1),
        ("many parts", &kind, &parts(&[("a", ""); 150]).1),
    ] {
        assert_eq!(status(kind, body).await, 404, "{fault}");
    }
}

#[tokio::test]
async fn an_email_is_found_in_any_case_and_a_password_taken_to_the_letter() {
    let exchange = Exchange::new().await;
    for email in [exchange.email.to_uppercase(), format!(" {}\r\n", exchange.email.to_lowercase())]
    {
        assert_eq!(ask(exchange.try_as(&email, PASSWORD)).await.status, 200, "{email:?}");
    }
    let composed = exchange.try_as(&exchange.email, &PASSWORD.replace('ä', "a\u{308}"));
    assert_eq!(ask(composed).await.status, 200, "one password in NFC and NFD");
    for password in [PASSWORD.trim(), " pass word+1&=% ", " päss word 1&=% "] {
        let answer = ask(exchange.try_as(&exchange.email, password)).await;
        assert_eq!(answer.status, 404, "{password:?}");
    }
    let long = "p".repeat(1025);
    assert_eq!(ask(exchange.try_as(&exchange.email, &long)).await.status, 404);
}

#[tokio::test]
async fn each_sign_in_gives_a_token_of_its_own_and_earlier_ones_stay_good() {
    let exchange = Exchange::new().await;
    let answers = race((0..6).map(|_| exchange.sign_in())).await;
    let tokens: BTreeSet<_> = answers.iter().map(token).collect();
    assert_eq!(tokens.len(), 6);
    for token in tokens {
        assert_eq!(ask(exchange.who(&token)).await.status, 200);
    }
}

#[tokio::test]
async fn the_eleventh_attempt_with_a_wrong_password_is_the_last_that_is_compared() {
    let (exchange, first, right) = Window::QuarterHour
        .within(async || {
            let exchange = Exchange::new().await;
            let first = ask(exchange.try_as(&exchange.email, "wrong")).await;
            for _ in 1..10 {
                ask(exchange.try_as(&exchange.email, "wrong")).await;
            }
            let right = ask(exchange.sign_in()).await;
            (exchange, first, right)
        })
        .await;
    assert_eq!(right.essence(), first.essence(), "the right one looks like the wrong ones");
    assert_eq!(right.status, 404);
    let other = exchange.create_with("name", json!("Other")).await;
    assert_eq!(ask(exchange.try_as(&other, PASSWORD)).await.status, 200, "counted per email");
}

#[tokio::test]
async fn the_demo_clients_sign_the_demo_users_in() {
    let exchange = Exchange::on(&Stack::running()).await;
    for (id, pass) in [("18550", "demo-client-token"), ("18551", "other-client-token")] {
        for email in ["xyz@example.com", "second@example.com"] {
            let request = exchange.request_of(id, pass, Method::POST, SIGNIN);
            let answer = ask(url_encoded(request, form(email, "demo-password-1"))).await;
            assert_eq!(answer.status, 200, "{id} {email}");
        }
    }
}

#[tokio::test]
async fn other_methods_are_the_gateways_404() {
    let exchange = Exchange::new().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(ask(exchange.request(method, SIGNIN)).await.status, 404);
    }
}
