//! What the stack prints about the identity provider: how to try it, and never a secret. Access tokens
//! stand in paths here.

#![cfg(target_os = "linux")]

use std::process::Command;

use contract::{
    ask,
    exchange::{Exchange, PASSWORD, SIGNIN, info, parts, signout},
    own_stack::OwnStack,
    reveals,
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_printed_curls_work_as_printed() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let printed = own.printed();
    let commands: Vec<_> = printed.lines().filter(|line| line.contains("/api/1.0/sso/")).collect();
    let [sign_in, who, sign_out] = commands[..] else { panic!("{commands:?}") };
    let script = format!("{sign_in}\n{who}\necho\n{sign_out}\necho\n{who}");
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<_> = text.lines().collect();
    let [token, info, signed_out, gone] = lines[..] else { panic!("{lines:?}") };
    let json = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
    assert_eq!((&json(info)["id"], &json(info)["access_token"]), (&json!(6), &json!(token)));
    assert_eq!(json(info)["profiles"].as_array().map(Vec::len), Some(4));
    assert_eq!(json(signed_out)["message"], "Signed out");
    assert_eq!(json(gone)["error"], true);
}

#[tokio::test]
async fn nothing_that_is_printed_gives_anything_away() {
    let mut own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let announced = own.printed().len();
    let exchange = Exchange::on(&stack).await;
    let (ended, kept) = (exchange.token().await, exchange.token().await);
    assert_eq!(ask(exchange.who(&ended)).await.status, 200);
    assert_eq!(ask(exchange.sign_out(&ended)).await.status, 200);
    assert_eq!(ask(exchange.sign_out(&ended)).await.status, 404);
    assert_eq!(ask(exchange.who(&ended)).await.status, 404);
    let secret = "text-that-nobody-may-read";
    assert_eq!(ask(exchange.who(secret)).await.status, 404);
    assert_eq!(ask(exchange.sign_out(secret)).await.status, 404);
    assert_eq!(ask(exchange.try_as(&format!("{secret}@example.com"), secret)).await.status, 404);
    assert_eq!(ask(exchange.try_as(&exchange.email, secret)).await.status, 404);
    assert_eq!(ask(exchange.post(format!("{secret}=%ff"))).await.status, 404);
    let (kind, body) = parts(&[(secret, secret), (secret, secret)]);
    let request = exchange.request(Method::POST, SIGNIN).header("content-type", kind);
    assert_eq!(ask(request.body(body)).await.status, 404);
    for path in [SIGNIN.to_owned(), signout(secret)] {
        let wrong = exchange.request_of(secret, secret, Method::POST, &path);
        assert_eq!(ask(wrong).await.status, 401);
    }
    assert_eq!(ask(exchange.request(Method::POST, &info(secret))).await.status, 404);
    let (id, pass) = (&exchange.client_id, &exchange.client_token);
    for (query, status) in [
        (format!("?client_id={id}&X-Auth-Token={pass}"), 200),
        (format!("?client_id={secret}&X-Auth-Token={secret}"), 401),
    ] {
        let path = info(&kept) + &query;
        assert_eq!(ask(stack.request(Method::GET, &path)).await.status, status);
    }
    // Not a route of ours: the gateway's 404.
    assert_eq!(ask(exchange.request(Method::PUT, &info(secret))).await.status, 404);
    for function in ["sso-signin", "sso-signout", "sso-token"] {
        stack.invoke(function, &json!({ "headers": secret, "pathParameters": secret })).await;
    }
    let last = ask(exchange.who(&kept)).await;
    assert_eq!(last.status, 200);

    own.signal("TERM");
    own.ended().await;
    let printed = own.printed().split_off(announced);
    assert!(printed.contains(last.header("x-request-id")), "no lines of functions:\n{printed}");
    let secrets = [
        secret,
        &ended,
        &kept,
        PASSWORD.trim(),
        &exchange.email,
        &exchange.email.to_lowercase(),
        &exchange.client_token,
        "$argon2id",
        "/api/1.0/sso",
    ];
    for secret in secrets {
        let line = printed.lines().find(|line| reveals(line, secret));
        assert_eq!(line, None, "{secret} was printed");
    }
}
