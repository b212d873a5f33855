//! Sandbox organizations, from their creation by an operator to their end.

#![expect(clippy::expect_used, reason = "an answer of another form is a failed test")]

use std::process::Command;

use contract::{Patient, Session, Stack, Tenant, ask, eventually, operator::postern, wrong};
use serde_json::Value;

const CODE: &str = "000000";

/// A sandbox, with one user.
fn sandbox(until: &[&str]) -> Tenant {
    let create =
        ["organization", "create", "--name", "App review", "--sandbox", "--output", "json"];
    let created = postern(&[&create[..], until].concat()).done();
    assert!(created.stderr.contains(CODE), "{}", created.stderr);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let key = postern(&["api-key", "create", "--organization", &id]).done();
    let email = format!("reviewer-{id}@example.com");
    let user = ["user", "create", "--organization", &id, "--email", &email, "--output", "json"];
    let user = postern(&user).done().json()["id"].as_str().expect("an id").to_owned();
    Tenant {
        stack: Stack::running(),
        organization_id: id,
        api_key: key.line().to_owned(),
        patient: Patient { user_id: user, email, phone_number: String::new() },
    }
}

#[tokio::test]
async fn a_reviewer_signs_in_with_zeros_and_nothing_is_sent() {
    let tenant = sandbox(&[]);
    let email = tenant.patient.email.as_str();
    let sent = ask(tenant.send_email(email)).await;
    assert_eq!((sent.status, sent.text()), (200, r#"{"status":200,"success":true}"#));
    let of = ["--organization", tenant.organization_id.as_str(), "--output", "json"];
    let inspected =
        postern(&[&["otp", "inspect", "--email", email][..], &of].concat()).done().json();
    assert_eq!(
        (&inspected["sandbox"], &inspected["live"]),
        (&Value::Bool(true), &Value::Bool(true))
    );
    assert_eq!(inspected["sendsPerDay"], 1000);
    assert_eq!(ask(tenant.verify(wrong(CODE, 1).as_str())).await.status, 401);
    let session = Session::of(&ask(tenant.verify(CODE)).await);
    assert_eq!(ask(tenant.verify(CODE)).await.status, 401, "once");
    assert_eq!(ask(tenant.me(&session.access)).await.status, 200);
    let session = Session::of(&ask(tenant.refresh(&session.refresh)).await);
    assert_eq!(ask(tenant.logout(&session.refresh)).await.status, 200);
    // A later code of a live organization has arrived, so ours would have, too.
    let live = Tenant::new().await;
    let code = live.email().await.code();
    assert!(tenant.stack.messages_to(email).await.is_empty());
    if code != CODE {
        assert_eq!(ask(live.verify(CODE)).await.status, 401, "a live organization");
    }
}

#[tokio::test]
async fn a_sandbox_that_is_over_is_as_unknown_as_an_unknown_key() {
    let soon = ["-u", "-d", "+4 seconds", "+%Y-%m-%dT%H:%M:%SZ"];
    let soon = Command::new("date").args(soon).output().expect("a clock").stdout;
    let soon = String::from_utf8(soon).expect("UTF-8");
    let tenant = sandbox(&["--until", soon.trim_end()]);
    let email = tenant.patient.email.as_str();
    let over = eventually("the sandbox ends", async || {
        let answer = ask(tenant.send_email(email)).await;
        (answer.status != 200).then_some(answer)
    });
    let over = over.await;
    let unknown = Tenant::demo(&tenant.organization_id, "nobody's key");
    assert_eq!(over.status, 404);
    assert_eq!(over.essence(), ask(unknown.send_email(email)).await.essence());
    assert_eq!(ask(tenant.verify(CODE)).await.status, 404);
    let show = ["organization", "show", &tenant.organization_id, "--output", "json"];
    let shown = postern(&show).done().json();
    let ends_at = shown["sandbox"]["endsAt"].as_str().expect("an instant");
    assert_eq!(ends_at[..19], soon[..19]);
}

#[test]
fn only_a_creation_makes_a_sandbox() {
    let refused = |words: &[&str]| {
        let ran = postern(&[&["organization"], words].concat());
        (ran.status, ran.stderr)
    };
    let own = contract::operator::organization();
    assert_eq!(refused(&["update", &own, "--sandbox"]).0, 2);
    assert_eq!(refused(&["create", "--name", "A", "--until", "2999-01-01"]).0, 2);
    assert_eq!(refused(&["create", "--name", "A", "--sandbox", "--sends-per-day", "5"]).0, 2);
    for until in ["tomorrow", "2020-02-30", "2999-01-01T00:00:00"] {
        assert_eq!(
            refused(&["create", "--name", "A", "--sandbox", "--until", until]).0,
            2,
            "{until}"
        );
    }
    let (status, told) = refused(&["create", "--name", "A", "--sandbox", "--until", "2020-01-31"]);
    assert_eq!(status, 2);
    assert!(told.contains("2020-02-01"), "{told}");
    assert_eq!(refused(&["create", "--name", "A", "--sandbox", "--id", &own]).0, 1, "a live one");
    let created = ["organization", "create", "--name", "A", "--sandbox", "--output", "json"];
    let created = postern(&created).done().json();
    let id = created["id"].as_str().expect("an id");
    let (status, told) = refused(&["update", id, "--sends-per-day", "5"]);
    assert_eq!((status, told.contains("sandbox")), (1, true), "{told}");
    assert_eq!(refused(&["update", id, "--name", "B"]).0, 0);
}
