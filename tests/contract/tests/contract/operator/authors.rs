//! Each change names the operator who made it, and why.

use contract::{
    Stack,
    fixed::answering,
    operator::{organization, postern, postern_where},
};
use serde_json::Value;

/// As STS names whoever has credentials of the local stack.
const CALLER: &str = "arn:aws:iam::000000000000:user/local";

async fn author(table: &str, pk: &str) -> String {
    let items = Stack::running().table(table).await;
    let found = items.iter().find(|item| item["pk"]["S"] == pk);
    found.and_then(|item| item["by"]["S"].as_str()).unwrap_or_default().to_owned()
}

/// The words after the nonce.
fn whose(author: &str) -> &str {
    let mut words = author.splitn(3, ' ');
    assert_eq!(words.next(), Some("operator"), "{author}");
    assert_eq!(words.next().map(str::len), Some(22), "a nonce: {author}");
    words.next().unwrap_or_default()
}

#[tokio::test]
async fn a_change_names_the_operator_and_the_reason() {
    let own = organization();
    let pk = format!("ORG#{own}");
    let created = author("ORGANIZATIONS_TABLE", &pk).await;
    assert_eq!(whose(&created), CALLER, "without a reason");
    let update = ["organization", "update", own.as_str(), "--sends-per-day", "9"];
    postern(&[&update[..], &["--reason", " ticket 4711:  too many "]].concat()).done();
    let updated = author("ORGANIZATIONS_TABLE", &pk).await;
    assert_eq!(whose(&updated), format!("{CALLER} ticket 4711:  too many"));
    // Before the command, too, and with nothing to change.
    let same = [&["--reason", "again"], &update[..]].concat();
    postern(&same).done();
    assert_eq!(author("ORGANIZATIONS_TABLE", &pk).await, updated, "nothing was changed");
    let shown = postern(&["organization", "show", &own, "--output", "json"]).done();
    assert!(!shown.stdout.contains("ticket"), "{}", shown.stdout);
}

#[test]
fn a_reason_is_one_line_of_200_characters() {
    let long = "x".repeat(201);
    for (reason, why) in [
        ("", "the reason is empty"),
        (" \t", "the reason is empty"),
        ("two\nlines", "U+000A, a control character"),
        ("a\u{200b}b", "U+200B, an invisible character"),
        (long.as_str(), "more than 200 characters"),
    ] {
        let ran = postern(&["organization", "create", "--name", "Clinic", "--reason", reason]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{reason:?}");
        assert!(ran.stderr.contains(why), "{reason:?}: {}", ran.stderr);
    }
}

#[test]
fn who_reads_needs_no_name_and_who_has_none_changes_nothing() {
    let own = organization();
    let denied = r"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let sts = [("AWS_ENDPOINT_URL_STS".to_owned(), answering(403, "text/xml", denied))];
    let show = ["organization", "show", own.as_str(), "--output", "json"];
    let before: Value = postern_where(&show, &sts).done().json();
    let changed = postern_where(&["organization", "update", &own, "--sends-per-day", "9"], &sts);
    assert_eq!((changed.status, changed.stdout.as_str()), (1, ""), "{}", changed.stderr);
    for word in ["each change names who made it", "this change was not made", "GetCallerIdentity"] {
        assert!(changed.stderr.contains(word), "{word}: {}", changed.stderr);
    }
    assert_eq!(postern(&show).done().json(), before);
}
