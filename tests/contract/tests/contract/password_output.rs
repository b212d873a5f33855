//! What the stack prints about password logins: how to try one, and never a secret.

#![cfg(target_os = "linux")]

use std::process::Command;

use contract::{
    ask,
    own_stack::OwnStack,
    password::{AUTH, Clinic, PASSWORD},
    reveals,
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_printed_curl_works_as_printed() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let printed = own.printed();
    let curl =
        printed.lines().find(|line| line.contains(AUTH)).expect("a curl for a password login");
    let output = Command::new("sh").args(["-c", curl]).output().expect("a shell");
    assert!(output.status.success(), "{curl}: {output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&answer["tokenType"], &answer["expiresIn"]), (&json!("Bearer"), &json!(3600)));
    assert!(answer["token"].is_string(), "{answer}");
}

#[tokio::test]
async fn nothing_that_is_printed_gives_anything_away() {
    let mut own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let announced = own.printed().len();
    let clinic = Clinic::on(&stack, &json!({ "limits": "default", "cookie": true })).await;
    let token = clinic.token().await;
    assert_eq!(ask(clinic.account(&token)).await.status, 200);
    assert_eq!(ask(clinic.account_by_cookie(&token)).await.status, 200);
    assert_eq!(ask(clinic.account("forged-that-nobody-may-read")).await.status, 401);
    assert_eq!(
        ask(clinic.try_as("stranger-that-nobody-may-read", "guess-of-a-word")).await.status,
        401
    );
    assert_eq!(
        ask(clinic.try_in("tenant-that-nobody-may-read", "guess-of-a-word")).await.status,
        401
    );
    let garbage =
        json!({ "username": ["body-that-nobody-may-read"], "password": "guess-of-a-word" });
    assert_eq!(ask(clinic.post(&garbage)).await.status, 400);
    let path = "/path-that-nobody-may-read/auth";
    let last = ask(clinic.request(Method::POST, path).json(&garbage)).await;
    assert_eq!(last.status, 404);

    own.signal("TERM");
    own.ended().await;
    let printed = own.printed().split_off(announced);
    assert!(printed.contains(last.header("x-request-id")), "no lines of functions:\n{printed}");
    let mut secrets = vec![
        "that-nobody-may-read",
        "guess-of-a-word",
        PASSWORD.trim(),
        clinic.username.as_str(),
        "$argon2id",
    ];
    // A token cut short is still a token.
    secrets.extend(token.split('.').skip(1));
    for secret in secrets {
        let line = printed.lines().find(|line| reveals(line, secret));
        assert_eq!(line, None, "{secret} was printed");
    }
}
