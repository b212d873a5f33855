//! Users: created, found, moved, shut out.

use contract::{
    Stack, ask,
    operator::{organization, postern, postern_reading},
    password::{AUTH, Clinic},
};
use reqwest::Method;
use serde_json::json;

#[test]
fn nothing_destructive_is_done_without_being_asked_and_nobody_is_waited_for() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    let created = postern(&[&["user", "create", "--email", "a@example.com"], &of[..]].concat());
    assert_eq!(created.status, 0);
    let commands: [&[&str]; 6] = [
        &["user", "disable", "a@example.com"],
        &["user", "sign-out", "a@example.com"],
        &["user", "update", "a@example.com", "--generate-password"],
        &["session", "revoke", "a@example.com"],
        &["organization", "disable", &own],
        &["organization", "sign-out", &own, "--no-wait"],
    ];
    for words in commands {
        let words = if words[0] == "organization" { words.to_vec() } else { [words, &of].concat() };
        let ran = postern(&words);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{words:?}");
        assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
        assert_eq!(postern(&[&words[..], &["--yes"]].concat()).status, 0, "{words:?}");
    }
}

#[test]
fn a_password_comes_from_standard_input_and_never_as_an_argument() {
    let own = organization();
    let words = ["user", "create", "--organization", &own, "--username", "jo", "--output", "json"];
    let created = postern_reading(&[&words[..], &["--password-stdin"]].concat(), "a secret\n");
    assert_eq!(created.done().json()["hasPassword"], true);
    assert_eq!(postern(&[&words[..], &["--password", "a secret"]].concat()).status, 2);
    let nobody = postern(&["user", "update", "--organization", &own, "jo", "--password"]);
    assert_eq!(nobody.status, 2, "{}", nobody.stderr);
}

#[tokio::test]
async fn a_password_from_a_file_is_its_first_line_without_what_editors_add() {
    let own = organization();
    for (name, text) in [("a", "a secret\n"), ("b", "a secret\r\nx"), ("c", "\u{feff}a secret")] {
        let words = ["user", "create", "--organization", &own, "--username", name];
        assert_eq!(postern_reading(&[&words[..], &["--password-stdin"]].concat(), text).status, 0);
        let login = Stack::running().request(Method::POST, AUTH).header("organization", &own);
        let login = login.json(&json!({ "username": name, "password": "a secret" }));
        assert_eq!(ask(login).await.status, 200, "{text:?}");
    }
}

#[test]
fn a_user_is_created_once_found_by_everything_and_moved() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    let ids = ["--email", "Jo@Example.com", "--phone", "+15550001122", "--username", "Jo"];
    let created = postern(&[&["user", "create", "--output", "json"], &of[..], &ids[..]].concat());
    let user = created.done().json();
    assert_eq!(user["email"], "jo@example.com");
    let id = user["id"].as_str().expect("an id");
    for text in [id, "jo@example.com", "+15550001122", "JO"] {
        let shown = postern(&[&["user", "show", "--output", "json", text], &of[..]].concat());
        assert_eq!(shown.done().json(), user, "{text}");
    }
    let again = postern(&[&["user", "create", "--email", "jo@example.com"], &of[..]].concat());
    assert_eq!(again.status, 1);
    assert!(again.stderr.contains(id), "{}", again.stderr);
    let moved = ["user", "update", id, "--email", "new@example.com", "--phone", ""];
    let moved = postern(&[&moved[..], &of[..]].concat()).done();
    assert!(moved.stderr.contains(&format!("`postern user sign-out {id}` ends them")), "{moved:?}");
    let renamed = ["user", "update", id, "--username", "joe"];
    assert_eq!(postern(&[&renamed[..], &of[..]].concat()).done().stderr, "");
    for (text, status) in [("jo@example.com", 1), ("+15550001122", 1), ("new@example.com", 0)] {
        assert_eq!(postern(&[&["user", "show", text], &of[..]].concat()).status, status, "{text}");
    }
    let heir = postern(&[&["user", "create", "--email", "jo@example.com"], &of[..]].concat());
    assert_eq!(heir.status, 0, "{}", heir.stderr);
    let listed = postern(&[&["user", "list", "--output", "json"], &of[..]].concat()).done().json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
}

#[test]
fn an_id_that_is_another_users_name_can_be_addressed() {
    let own = organization();
    let of = ["--organization", own.as_str(), "--output", "json"];
    let create = |words: &[&str]| {
        let words = [&["user", "create"], words, &of].concat();
        postern(&words).done().json()["id"].as_str().expect("an id").to_owned()
    };
    create(&["--id", "jo", "--email", "jo@example.com", "--phone", "+15550001199"]);
    let named = create(&["--username", "jo"]);
    let ambiguous = postern(&[&["user", "show", "jo"], &of[..]].concat());
    assert_eq!(ambiguous.status, 2, "{}", ambiguous.stderr);
    assert!(ambiguous.stderr.contains(&named) && ambiguous.stderr.contains("--id"));
    let cases: [(&[&str], &str); 4] = [
        (&["--id", "jo"], "jo"),
        (&["--email", "jo@example.com"], "jo"),
        (&["--phone", "+15550001199"], "jo"),
        (&["--username", "jo"], &named),
    ];
    for (by, id) in cases {
        let shown = postern(&[&["user", "show"], by, &of].concat()).done().json();
        assert_eq!(shown["id"], id, "{by:?}");
    }
    let moved = ["user", "update", "--id", "jo", "--email", "new@example.com"];
    let moved = postern(&[&moved[..], &of].concat()).done().json();
    assert_eq!((&moved["id"], &moved["email"]), (&json!("jo"), &json!("new@example.com")));
}

#[test]
fn an_organization_that_does_not_exist_is_said_to_be_missing_rather_than_its_user() {
    for words in [&["user", "show", "jo"][..], &["session", "list", "jo"], &["user", "list"]] {
        let ran = postern(&[words, &["--organization", "typo"]].concat());
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.contains("organization typo not found"), "{}", ran.stderr);
    }
}

#[test]
fn a_language_without_messages_is_refused() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    for locale in ["it", "english", "de_AT", "en-"] {
        let words = ["user", "create", "--email", "a@example.com", "--locale", locale];
        let ran = postern(&[&words[..], &of[..]].concat());
        assert_eq!(ran.status, 2, "{locale}");
        assert!(ran.stderr.contains("en, de, es, fr"), "{}", ran.stderr);
    }
    let words = ["user", "create", "--email", "a@example.com", "--locale", "de-AT"];
    assert_eq!(postern(&[&words[..], &of[..]].concat()).status, 0);
    let words = ["user", "update", "a@example.com", "--locale", "", "--output", "json"];
    assert!(postern(&[&words[..], &of[..]].concat()).done().json()["locale"].is_null());
}

/// The wait is there, is told, and is over when it was said to be.
#[tokio::test]
async fn who_was_signed_out_is_refused_for_seconds_that_are_told() {
    let clinic = Clinic::new().await;
    let of = ["--organization", clinic.organization.as_str(), "--yes"];
    let user = clinic.username.as_str();
    for words in [&["user", "disable", user][..], &["user", "enable", user]] {
        let ran = postern(&[words, &of[..]].concat()).done();
        let tells = ran.stderr.contains("logins of") && ran.stderr.contains("are refused for");
        assert_eq!(tells, words[1] == "enable", "{}", ran.stderr);
    }
    let words = [&["user", "update", user, "--password-stdin"], &of[..]].concat();
    let ran = postern_reading(&words, "another-password-1\n").done();
    assert!(ran.stderr.contains("are refused for"), "{}", ran.stderr);
    let log_in = async || contract::ask(clinic.try_as(user, "another-password-1")).await;
    let early = log_in().await;
    let seconds: u64 = early.header("retry-after").parse().expect("seconds");
    assert!(early.status == 500 && (1..=6).contains(&seconds), "{}: {seconds}", early.status);
    contract::eventually("a login is good again", async || {
        (log_in().await.status == 200).then_some(())
    })
    .await;
    let quiet = postern(&[&["user", "enable", user], &of[..]].concat()).done();
    assert!(!quiet.stderr.contains("are refused"), "{}", quiet.stderr);
}
