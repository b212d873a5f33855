//! What became of a request, as the console and `postern explain` have it. The order in which checks are called passed
//! is held against the functions: each request of a ladder is wrong in all that its predecessor was checked for last,
//! and in all that comes after it.

mod authorizers;
mod command;
mod partner;
mod password;
mod portal;
mod sso;
mod written;

use contract::{Stack, ask, operator::postern};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

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

/// The only call of this id. A delivery that follows from it, sooner or later, is another one.
fn explained(id: &str) -> Value {
    let found = postern(&["explain", id, "--output", "json"]).done().json();
    let calls = found["calls"].as_array().into_iter().flatten();
    let mut own: Vec<_> = calls.filter(|call| call["causedBy"].is_null()).cloned().collect();
    assert_eq!(own.len(), 1, "{found}");
    own.remove(0)
}
