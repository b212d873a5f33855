//! Seals, and what a verification finds in a trail that somebody changed.

#![expect(clippy::unwrap_used, reason = "an answer of another form is a failed test")]

use std::fs;

use contract::{
    Stack, Tenant, ask, eventually,
    operator::{Ran, postern_where},
    own_stack::{Folder, OwnStack},
};
use reqwest::Method;
use serde_json::{Value, json};

/// The file of the trail in the data folder.
const LINES: &str = "logs.AuditLogGroup.jsonl";

pub(super) fn postern(own: &OwnStack, words: &[&str]) -> Ran {
    let mut variables = own.variables_of_operators();
    variables.push(("AWS_ACCESS_KEY_ID".to_owned(), contract::operator::policy(words).to_owned()));
    postern_where(words, &variables)
}

pub(super) fn verify(own: &OwnStack, more: &[&str]) -> (i32, Value) {
    let ran = postern(own, &[&["audit", "verify", "--output", "json"], more].concat());
    (ran.status, ran.json())
}

/// The words for what is wrong.
pub(super) fn findings(report: &Value) -> Vec<String> {
    let found = report["findings"].as_array().unwrap().iter();
    let mut words: Vec<_> = found.map(|it| it["what"].as_str().unwrap().to_owned()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

pub(super) async fn advance(stack: &Stack, by: &str) {
    let moved = stack.console(Method::POST, "/clock").json(&json!({ "advance": by }));
    assert_eq!(ask(moved).await.status, 200);
}

async fn start(data: &Folder) -> (OwnStack, Stack) {
    let own = OwnStack::start(&[("POSTERN_DATA", data.text())]);
    let stack = own.ready().await;
    (own, stack)
}

async fn end(mut own: OwnStack) {
    own.signal("TERM");
    own.ended().await;
}

/// Changes the trail's file while no stack has it open.
fn edit(data: &Folder, change: impl FnOnce(Vec<String>) -> Vec<String>) {
    let path = data.path().join(LINES);
    let lines = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    fs::write(&path, change(lines).join("\n") + "\n").unwrap();
}

/// The event in a line of the file, if it is one of the trail.
fn event(line: &str) -> Option<String> {
    let stored: Value = serde_json::from_str(line).unwrap();
    let message: Value = serde_json::from_str(stored["event"]["message"].as_str()?).unwrap();
    Some(message["event"].as_str()?.to_owned())
}

fn is(line: &str, wanted: &str) -> bool {
    event(line).as_deref() == Some(wanted)
}

/// Waits until an event is in the trail.
pub(super) async fn recorded(own: &OwnStack, event: &str) {
    eventually(&format!("{event} is recorded"), async || {
        let lines = postern(own, &["audit", "--output", "json"]).done().json();
        lines.as_array()?.iter().any(|line| line["event"] == event).then_some(())
    })
    .await;
}

/// What a verification finds once the trail's file was changed, on the stack that is started again.
async fn found_after(
    data: &Folder,
    head: &str,
    change: impl FnOnce(Vec<String>) -> Vec<String>,
) -> Vec<String> {
    let whole = fs::read(data.path().join(LINES)).unwrap();
    edit(data, change);
    let (own, stack) = start(data).await;
    advance(&stack, "3h").await;
    let (status, report) = verify(&own, &["--head", head]);
    let found = findings(&report);
    assert_eq!(
        (status, &report["whole"]),
        (i32::from(!found.is_empty()), &json!(found.is_empty()))
    );
    end(own).await;
    fs::write(data.path().join(LINES), whole).unwrap();
    found
}

#[tokio::test]
async fn a_sealed_trail_is_whole_and_each_change_of_it_is_found() {
    let data = Folder::new();
    let (own, stack) = start(&data).await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let session = tenant.sign_in().await;
    ask(tenant.logout(&session.refresh)).await;
    recorded(&own, "session.revoked").await;
    let (status, report) = verify(&own, &[]);
    assert_eq!((status, &report["whole"], &report["sealedHours"]), (0, &json!(true), &json!(0)));
    assert_eq!(postern(&own, &["audit", "seal"]).status, 1);

    // Late by hours: one run seals all of them, and another one changes nothing.
    advance(&stack, "3h").await;
    for _ in 0..2 {
        assert_eq!(stack.invoke("audit-seal", &json!({})).await.status, 200);
    }
    let head = postern(&own, &["audit", "seal", "--output", "json"]).done();
    let file = data.path().join("head.json");
    fs::write(&file, &head.stdout).unwrap();
    let head = file.to_str().unwrap();
    let (status, report) = verify(&own, &["--head", head]);
    assert_eq!((status, &report["findings"]), (0, &json!([])), "{report}");
    assert!(report["sealedHours"].as_u64() >= Some(2), "{report}");

    // A verification goes on where the last one ended.
    let state = data.path().join("state");
    let state = state.to_str().unwrap();
    assert_eq!(verify(&own, &["--state", state]).0, 0);
    let (status, report) = verify(&own, &["--state", state]);
    assert_eq!(
        (status, &report["sealedHours"], &report["lines"]),
        (0, &json!(0), &json!(0)),
        "{report}"
    );
    end(own).await;

    assert_eq!(found_after(&data, head, |lines| lines).await, [""; 0], "as it was");
    let removed = |mut lines: Vec<String>| {
        lines.retain(|line| !is(line, "session.revoked"));
        lines
    };
    let found = found_after(&data, head, removed).await;
    assert_eq!(found, ["chain-ends", "item-differs", "lines-differ"]);
    let edited = |lines: Vec<String>| {
        let edit = |line: String| {
            if is(&line, "session.revoked") {
                line.replace("session.revoked", "session.rotated")
            } else {
                line
            }
        };
        lines.into_iter().map(edit).collect()
    };
    assert_eq!(found_after(&data, head, edited).await, ["lines-differ"]);
    let inserted = |mut lines: Vec<String>| {
        let line = lines.iter().find(|line| is(line, "session.started")).unwrap();
        let line = line.replace(r#"\"eventId\":\""#, r#"\"eventId\":\"x"#);
        lines.push(line);
        lines
    };
    let found = found_after(&data, head, inserted).await;
    assert!(found.contains(&"lines-differ".to_owned()), "{found:?}");
}

#[tokio::test]
async fn a_change_whose_line_is_gone_before_its_hour_is_sealed_is_found_by_its_item() {
    let data = Folder::new();
    let (own, stack) = start(&data).await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let id = tenant.organization_id.as_str();
    postern(&own, &["organization", "update", id, "--sends-per-day", "9"]).done();
    recorded(&own, "organization.updated").await;
    end(own).await;
    edit(&data, |mut lines| {
        lines.retain(|line| !is(line, "organization.updated"));
        lines
    });
    let (own, _) = start(&data).await;
    let (status, report) = verify(&own, &[]);
    assert_eq!(
        (status, findings(&report)),
        (1, vec!["chain-ends".to_owned(), "item-differs".to_owned()])
    );
    // A finding names the kind of item, and nothing of its key.
    assert!(!report.to_string().contains(&format!("ORG#{id}")), "{report}");
}

#[tokio::test]
async fn a_file_that_is_no_seal_or_no_state_is_usage() {
    let data = Folder::new();
    let file = data.path().join("file");
    fs::write(&file, "{}").unwrap();
    for option in ["--head", "--state"] {
        let ran = contract::operator::postern(&["audit", "verify", option, file.to_str().unwrap()]);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(option), "{}", ran.stderr);
    }
}
