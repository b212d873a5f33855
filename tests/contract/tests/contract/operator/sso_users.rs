//! The identity provider's users.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use contract::operator::{Ran, organization, postern, postern_reading};
use serde_json::{Value, json};

/// An id that no other test has.
fn fresh_id() -> String {
    let random = u64::from_str_radix(&organization()[..8], 16).expect("a UUID");
    (random + 1_000_000).to_string()
}

fn import(roster: &Value) -> Ran {
    let words = ["sso-user", "import", "-", "--output", "json"];
    postern_reading(&words, &roster.to_string())
}

fn user(id: &str, email: &str) -> Value {
    let id: u64 = id.parse().expect("a number");
    json!({"id": id, "name": "Dr. X", "email": email, "password": "correct horse"})
}

fn shown(id: &str) -> Value {
    postern(&["sso-user", "show", id, "--output", "json"]).done().json()
}

#[test]
fn a_roster_is_imported_once_and_what_is_taken_is_told() {
    let (one, other, client) = (fresh_id(), fresh_id(), fresh_id());
    let email = format!("{one}@example.com");
    let roster = json!({
        "clients": [{"client_id": client, "token": "a-token-of-its-own"}],
        "users": [user(&one, &email)],
    });
    let summary = import(&roster).done().json();
    assert_eq!(summary, json!({"created": 2, "alreadyThere": 0, "refused": 0}));
    let summary = import(&roster).done().json();
    assert_eq!(summary, json!({"created": 0, "alreadyThere": 2, "refused": 0}));
    let ran = import(&json!({"users": [user(&other, &email)]}));
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains(&format!("user {other}: ")), "{}", ran.stderr);
    assert!(!ran.stderr.contains(&email), "{}", ran.stderr);
    let found = shown(&one);
    assert_eq!((&found["email"], &found["state"]), (&json!(email), &json!("active")));
    assert_eq!(found["hasPassword"], true);
}

#[test]
fn a_file_that_is_no_roster_creates_nobody() {
    let (good, bad) = (fresh_id(), fresh_id());
    let mut late = user(&bad, &format!("{bad}@example.com"));
    late["created_at"] = json!("2999-01-01 00:00:00");
    let good_user = user(&good, &format!("{good}@example.com"));
    for users in [json!([good_user, late]), json!([good_user, {"id": 0}]), json!("everybody")] {
        let ran = import(&json!({"users": users}));
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert_eq!(postern(&["sso-user", "show", &good]).status, 1);
    }
    assert_eq!(postern(&["sso-user", "import", "nowhere.json"]).status, 2);
}

#[test]
fn a_byte_order_mark_before_a_roster_is_read_past() {
    let id = fresh_id();
    let roster = json!({"users": [user(&id, &format!("{id}@example.com"))]});
    let words = ["sso-user", "import", "-", "--output", "json"];
    assert_eq!(postern_reading(&words, &format!("\u{feff}{roster}")).status, 0);
    assert_eq!(shown(&id)["id"], id);
}

#[test]
fn a_user_is_disabled_enabled_signed_out_and_deleted() {
    let id = fresh_id();
    assert_eq!(import(&json!({"users": [user(&id, &format!("{id}@example.com"))]})).status, 0);
    let run = |verb: &str| postern(&["sso-user", verb, &id, "--yes"]);
    assert_eq!(run("disable").status, 0);
    let disabled = shown(&id);
    assert_eq!(disabled["state"], "disabled");
    assert!(disabled["sessionsValidAfter"].is_string(), "{disabled}");
    assert_eq!(run("enable").status, 0);
    assert_eq!(shown(&id)["state"], "active");
    let signed_out = run("sign-out").done();
    assert!(signed_out.stderr.contains("have ended"), "{}", signed_out.stderr);
    assert!(signed_out.stdout.contains(&id), "{}", signed_out.stdout);
    // Nobody is there to be asked.
    assert_eq!(postern(&["sso-user", "delete", &id]).status, 2);
    assert_eq!(run("delete").status, 0);
    for verb in ["show", "enable", "disable"] {
        let deleted = run(verb);
        assert_eq!(deleted.status, 1, "{verb}");
        assert!(deleted.stderr.contains("not found"), "{}", deleted.stderr);
    }
    assert_eq!(run("delete").status, 0, "again, it changes nothing");
    // Id and address are free.
    let again = import(&json!({"users": [user(&id, &format!("{id}@example.com"))]})).done().json();
    assert_eq!(again["created"], 1);
    assert_eq!(shown(&id)["state"], "active");
    for verb in ["show", "disable", "enable", "sign-out", "delete"] {
        assert_eq!(postern(&["sso-user", verb, &fresh_id(), "--yes"]).status, 1, "{verb}");
        assert_eq!(postern(&["sso-user", verb, "nobody", "--yes"]).status, 2, "{verb}");
    }
}

#[test]
fn a_user_is_found_by_address_and_listed() {
    let id = fresh_id();
    let email = format!("Dr.{id}@example.com");
    assert_eq!(import(&json!({"users": [user(&id, &email)]})).status, 0);
    assert_eq!(shown(&email.to_lowercase()), shown(&id));
    let unknown = postern(&["sso-user", "show", &format!("no.{email}")]);
    assert_eq!(unknown.status, 1, "{}", unknown.stderr);
    let list = ["sso-user", "list", "--filter", &email.to_uppercase(), "--output", "json"];
    let listed = postern(&list).done().json();
    assert_eq!(listed, json!([shown(&id)]));
    postern(&["sso-user", "disable", &email, "--yes"]).done();
    assert_eq!(shown(&id)["state"], "disabled");
}

#[test]
fn a_file_with_a_secret_in_the_wrong_place_is_not_quoted() {
    for text in [r#"{"users":"hush-secret"}"#, r#"{"clients":[{"hush-secret":1}]}"#] {
        let ran = postern_reading(&["sso-user", "import", "-"], text);
        assert!(ran.status == 2 && ran.stderr.contains("line 1"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hush"), "{}", ran.stderr);
    }
}
