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

#[test]
fn a_user_is_created_and_every_value_changed() {
    let id = fresh_id();
    let (email, new) = (format!("Dr.{id}@example.com"), format!("new.{id}@example.com"));
    let create =
        ["sso-user", "create", &id, "--name", "Dr. X", "--email", &email, "--group", "One"];
    let password = postern(&[&create[..], &["--generate-password"]].concat()).done();
    assert_eq!(password.line().len(), 20);
    assert_eq!(postern(&create).status, 1, "once");
    let taken =
        ["sso-user", "create", &fresh_id(), "--name", "Y", "--email", &email.to_uppercase()];
    assert!(postern(&taken).stderr.contains("already has this email address"));
    let update = |words: &[&str]| postern(&[&["sso-user", "update"], words].concat());
    let profile = r#"{"type":"provider","id":"123","catchment":["302618"]}"#;
    update(&[&email, "--email", &new, "--name", "Dr. Y", "--group", "Two", "--group", "Three"])
        .done();
    update(&[&new, "--profile", profile]).done();
    let found = shown(&id);
    assert_eq!((&found["name"], &found["email"]), (&json!("Dr. Y"), &json!(new)));
    assert_eq!(found["groups"], json!(["Two", "Three"]));
    assert_eq!(found["profiles"], json!([serde_json::from_str::<Value>(profile).expect("JSON")]));
    assert_eq!(postern(&["sso-user", "show", &email]).status, 1, "the old address is free");
    update(&[&id, "--group", ""]).done();
    assert_eq!(shown(&id)["groups"], json!([]));
    for wrong in [&["--profile", "provider"][..], &["--name", ""], &[]] {
        assert_eq!(update(&[&[id.as_str()], wrong].concat()).status, 2, "{wrong:?}");
    }
    let changed = postern_reading(
        &["sso-user", "update", &id, "--password-stdin", "--yes"],
        "another-password-1\n",
    );
    assert!(changed.done().stderr.contains("access tokens of user"));
    assert!(shown(&id)["sessionsValidAfter"].is_string());
    assert_eq!(update(&[&fresh_id(), "--name", "X"]).status, 1);
}

#[test]
fn an_import_that_updates_changes_what_the_file_has() {
    let (id, other) = (fresh_id(), fresh_id());
    let emails = [format!("{id}@example.com"), format!("{other}@example.com")];
    let mut user = user(&id, &emails[0]);
    user["groups"] = json!(["One"]);
    assert_eq!(import(&json!({"users": [user, self::user(&other, &emails[1])]})).status, 0);
    let updating = |roster: Value| {
        let words = ["sso-user", "import", "-", "--update", "--output", "json"];
        postern_reading(&words, &roster.to_string())
    };
    let same = updating(json!({"users": [user]})).done().json();
    assert_eq!((&same["updated"], &same["alreadyThere"]), (&json!(0), &json!(1)), "{same}");
    assert!(shown(&id)["sessionsValidAfter"].is_null(), "the password is the same");
    let number: u64 = id.parse().expect("a number");
    let renamed = json!({"id": number, "name": "Dr. Z", "email": emails[0]});
    let done = updating(json!({"users": [renamed]})).done().json();
    assert_eq!(done["updated"], 1, "{done}");
    let found = shown(&id);
    assert_eq!((&found["name"], &found["groups"]), (&json!("Dr. Z"), &json!(["One"])));
    let taken = json!({"id": number, "name": "Dr. Z", "email": emails[1]});
    let ran = updating(json!({"users": [taken]}));
    assert!(ran.status == 1 && ran.stderr.contains("already has this email"), "{}", ran.stderr);
}
