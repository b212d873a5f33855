//! Users from a file.

use std::{fs, thread, time::Duration};

use contract::{
    malformed,
    operator::{Ran, ended, organization, postern, postern_reading, started},
    own_stack::Folder,
};
use serde_json::json;

fn imported(organization: &str, text: &str, format: &str) -> Ran {
    let words = ["user", "import", "--organization", organization, "-", "--output", "json"];
    postern_reading(&[&words[..], &["--format", format]].concat(), text)
}

#[test]
fn an_import_that_was_killed_is_run_again_and_then_changes_nothing() {
    let (own, folder) = (organization(), Folder::new());
    let file = folder.path().join("users.csv");
    let rows: Vec<_> = (0..300).map(|n| format!("u{n}@example.com,+1555777{n:04}")).collect();
    fs::write(&file, format!("email,phoneNumber\n{}\n", rows.join("\n"))).expect("a file");
    let words = [
        "user",
        "import",
        "--organization",
        &own,
        file.to_str().expect("UTF-8"),
        "--output",
        "json",
    ];
    for delay in [150, 400, 700] {
        let mut child = started::<&str>(&words, &[]);
        thread::sleep(Duration::from_millis(delay));
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
    }
    let repaired = postern(&words).done().json();
    let done = |field: &str| repaired[field].as_u64().expect("a count");
    assert_eq!(done("created") + done("alreadyThere"), 300, "{repaired}");
    let again = postern(&words).done().json();
    assert_eq!((&again["created"], &again["alreadyThere"]), (&json!(0), &json!(300)));
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(300));
}

#[test]
fn a_bad_row_is_reported_with_its_line_and_the_rest_go_on() {
    let own = organization();
    let csv = "email,phoneNumber\ngood@example.com,\nnobody,\n,\n\"two\nlines\",\nalso@example.com,+15550009988\n";
    let ran = imported(&own, csv, "csv");
    assert_eq!((ran.status, &ran.json()["created"]), (1, &json!(2)), "{}", ran.stderr);
    for line in ["line 3: ", "line 4: ", "line 5: "] {
        assert!(ran.stderr.contains(line), "{line}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("nobody"), "what a row holds is shown to nobody: {}", ran.stderr);
    let lines = "{\"email\":\"third@example.com\"}\nno JSON\n{\"password\":\"secret\"}\n";
    let ran = imported(&own, lines, "jsonl");
    assert_eq!((ran.status, &ran.json()["created"], &ran.json()["bad"]), (1, &json!(1), &json!(2)));
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for (end, mark) in [("\n", ""), ("\r\n", ""), ("\n", "\u{feff}"), ("\r\n", "\u{feff}")] {
        let own = organization();
        let rows = [
            "email,username,locale", // 1
            "a@example.com,a,",      // 2
            "",                      // 3
            "bad,,",                 // 4
            "b@example.com,\"two",   // 5
            "",                      // 6: in quotes
            "lines\",de-AT",         // 7
            "bad,,",                 // 8
            "   ",                   // 9
            "c@example.com,c,it",    // 10
            "\"bad",                 // 11
            "\",,",                  // 12
            "d@example.com",         // 13
            "e@example.com,e,",      // 14
        ];
        let ran = imported(&own, &format!("{mark}{}", rows.join(end)), "csv");
        let told: Vec<_> = ran.stderr.lines().filter_map(|line| line.split(':').next()).collect();
        let mut lines: Vec<_> = told
            .iter()
            .filter_map(|told| told.strip_prefix("line ")?.parse::<u32>().ok())
            .collect();
        lines.sort_unstable();
        assert_eq!(lines, [4, 8, 10, 11, 13], "{end:?} {mark:?}: {}", ran.stderr);
        assert_eq!((ran.status, &ran.json()["created"]), (1, &json!(3)), "{}", ran.stderr);
        let objects =
            ["{\"email\":\"x@example.com\"}", "", "{}", "{\"email\":\"y@example.com\"}", "bad"];
        let ran = imported(&own, &format!("{mark}{}", objects.join(end)), "jsonl");
        assert_eq!(ran.json()["created"], json!(2), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("line 3: ") && ran.stderr.contains("line 5: "),
            "{}",
            ran.stderr
        );
    }
}

/// Of the same file, by two at once: each row has one creator, and nobody is told of a fault.
#[test]
fn two_imports_at_once_create_each_user_once() {
    let (own, folder) = (organization(), Folder::new());
    let file = folder.path().join("users.csv");
    let rows: Vec<_> = (0..100).map(|n| format!("u{n}@example.com")).collect();
    fs::write(&file, format!("email\n{}\n", rows.join("\n"))).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let words = ["user", "import", "--organization", &own, file, "--output", "json"];
    let both: Vec<_> = (0..2).map(|_| started::<&str>(&words, &[])).collect();
    let summaries: Vec<_> = both.into_iter().map(|child| ended(child).done().json()).collect();
    let created = summaries.iter().filter_map(|summary| summary["created"].as_u64());
    assert_eq!(created.sum::<u64>(), 100, "{summaries:?}");
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(100));
}

#[test]
fn invisible_characters_are_trimmed_around_each_identifier_and_named_inside() {
    let own = organization();
    let fields = [
        ("id", "user-1"),
        ("email", "jo@example.com"),
        ("phoneNumber", "+15550004455"),
        ("username", "jo smith"),
    ];
    let row = |field: &str, value: String| {
        let mut row = json!({ "email": "other@example.com" });
        row[field] = json!(value);
        row.to_string()
    };
    let chars = malformed::invisible();
    let inside = chars.iter().flat_map(|&char| {
        fields.map(|(field, value)| row(field, malformed::with_inside(value, char)))
    });
    let lines = inside.collect::<Vec<_>>().join("\n");
    let ran = imported(&own, &lines, "jsonl");
    assert_eq!((ran.status, &ran.json()["bad"]), (1, &json!(4 * chars.len())), "{}", ran.stderr);
    for char in &chars {
        let named = format!("U+{:04X}, an invisible character, stands inside", u32::from(*char));
        assert_eq!(ran.stderr.matches(&named).count(), 4, "{named}");
    }
    let all: String = chars.into_iter().collect();
    let around = fields.map(|(field, value)| (field, format!("{all} {value}{all}")));
    let user = serde_json::Value::from_iter(around);
    assert_eq!(imported(&own, &user.to_string(), "jsonl").done().json()["created"], 1);
    let show = ["user", "show", "user-1", "--organization", &own, "--output", "json"];
    let shown = postern(&show).done().json();
    for (field, value) in fields {
        assert_eq!(shown[field], value, "{shown}");
    }
}
