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

/// Runs an import with these options.
fn imported_with(organization: &str, options: &[&str], text: &str) -> Ran {
    let words = ["user", "import", "--organization", organization, "-", "--output", "json"];
    postern_reading(&[&words[..], options].concat(), text)
}

fn counts(ran: &Ran) -> [u64; 4] {
    let summary = ran.json();
    ["created", "updated", "alreadyThere", "bad"]
        .map(|name| summary[name].as_u64().unwrap_or(u64::MAX))
}

#[test]
fn rows_that_share_an_identifier_are_handled_in_the_order_of_the_file() {
    let rows = "email,phoneNumber,username\n\
        a@example.com,,first\n\
        a@example.com,+15550007001,\n\
        ,+15550007001,third\n\
        ,,third\n";
    for _ in 0..6 {
        let own = organization();
        let ran = imported_with(&own, &["--format", "csv"], rows);
        assert_eq!(counts(&ran), [2, 0, 1, 1], "{}", ran.stderr);
        assert!(ran.stderr.contains("line 3: "), "{}", ran.stderr);
        let show = ["user", "show", "--organization", &own, "--email", "a@example.com"];
        let first = postern(&[&show[..], &["--output", "json"]].concat()).done().json();
        assert_eq!(first["username"], "first");
    }
}

/// A hundred pairs: of two rows with one address, the first wins.
#[test]
fn of_two_rows_with_one_address_the_first_wins() {
    let own = organization();
    let pair = |n| format!("u{n}@example.com,first{n}\nu{n}@example.com,second{n}\n");
    let rows: String = (0..100).map(pair).collect();
    let ran = imported_with(&own, &["--concurrency", "64"], &format!("email,username\n{rows}"));
    assert_eq!(counts(&ran), [100, 0, 0, 100], "{}", ran.stderr);
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    let names = listed.stdout.matches("\"username\":\"first").count();
    assert_eq!(names, 100, "{}", listed.stdout);
}

#[test]
fn a_check_writes_nothing_and_foresees_what_the_import_does() {
    let own = organization();
    postern(&["user", "create", "--organization", &own, "--email", "old@example.com"]).done();
    let rows = "email,username,role\n\
        old@example.com,,\n\
        old@example.com,jo,\n\
        new@example.com,ann,\n\
        new@example.com,bob,\n\
        new@example.com,,\n\
        bad,,\n";
    let checked = imported_with(&own, &["--check"], rows);
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(1), "nothing was written");
    assert_eq!((checked.status, counts(&checked)), (1, [1, 0, 2, 3]), "{}", checked.stderr);
    let done = imported_with(&own, &[], rows);
    assert_eq!(counts(&done), counts(&checked), "{}", done.stderr);
}

#[test]
fn an_update_gives_existing_users_the_values_of_their_rows_and_ends_their_sessions() {
    let own = organization();
    let rows = "email,phoneNumber,role,disabled\na@example.com,,patient,\nb@example.com,,,\n";
    assert_eq!(counts(&imported_with(&own, &[], rows)), [2, 0, 0, 0]);
    let rows = "email,phoneNumber,role,disabled\n\
        a@example.com,+15550007002,nurse,\n\
        b@example.com,,,yes\n\
        c@example.com,,,\n";
    let ran = imported_with(&own, &["--update"], rows);
    assert_eq!(counts(&ran), [1, 2, 0, 0], "{}", ran.stderr);
    assert_eq!(counts(&imported_with(&own, &["--update"], rows)), [0, 0, 3, 0]);
    let show = |user: &str| {
        let words = ["user", "show", "--organization", &own, user, "--output", "json"];
        postern(&words).done().json()
    };
    let a = show("a@example.com");
    assert_eq!((&a["role"], &a["phoneNumber"]), (&json!("nurse"), &json!("+15550007002")));
    let b = show("b@example.com");
    assert_eq!((&b["disabled"], &b["role"]), (&json!(true), &json!("patient")));
    assert!(b["sessionsValidAfter"].is_string(), "{b}");
    let both = "email,phoneNumber\nb@example.com,+15550007002\n";
    let ran = imported_with(&own, &["--update"], both);
    assert_eq!(counts(&ran), [0, 0, 0, 1]);
    assert!(ran.stderr.contains("belong to several users"), "{}", ran.stderr);
}

#[test]
fn columns_have_any_name_and_values_any_delimiter() {
    let own = organization();
    let text = "E-Mail;Notes;Active\n\"a;1@example.com\";x\"y;\nb@example.com;;\n";
    let options =
        ["--delimiter", ";", "--map", "E-Mail=email", "--map", "Notes=", "--map", "Active="];
    let ran = imported_with(&own, &options, text);
    assert_eq!(counts(&ran), [1, 0, 0, 1], "{}", ran.stderr);
    let tabs = imported_with(&own, &["--delimiter", "tab"], "email\tusername\nc@example.com\tc\n");
    assert_eq!(counts(&tabs), [1, 0, 0, 0], "{}", tabs.stderr);
    let unknown = imported_with(&own, &[], "E-Mail\na@example.com\n");
    assert!(unknown.status == 2 && unknown.stderr.contains("--map"), "{}", unknown.stderr);
    for wrong in [["--delimiter", ";;"], ["--map", "E-Mail=mail"]] {
        assert_eq!(imported_with(&own, &wrong, "email\n").status, 2, "{wrong:?}");
    }
}

#[test]
fn rejected_rows_are_written_as_they_were_and_can_be_imported_once_corrected() {
    let (own, folder) = (organization(), Folder::new());
    let file = folder.path().join("rejects.csv");
    let file = file.to_str().expect("UTF-8");
    let rows: String = (0..50)
        .map(|n| {
            if n % 5 == 0 {
                format!("bad{n},\"x\ny\"\n")
            } else {
                format!("u{n}@example.com,z{n}\n")
            }
        })
        .collect();
    let ran = imported_with(&own, &["--rejects", file], &format!("email,username\n{rows}"));
    assert_eq!(counts(&ran), [40, 0, 0, 10], "{}", ran.stderr);
    let rejected = fs::read_to_string(file).expect("the file");
    let expected: Vec<_> = (0..50).step_by(5).map(|n| format!("bad{n},\"x\ny\"\n")).collect();
    let expected = expected.concat();
    assert_eq!(rejected, format!("email,username\n{expected}"));
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(file).expect("the file"));
    assert_eq!(mode & 0o777, 0o600);
    let again = imported_with(&own, &["--rejects", file], "email\n");
    assert!(again.status == 2 && again.stderr.contains(file), "{}", again.stderr);
    let corrected = rejected.replace("bad", "good@x").replace("\"x\ny\"", "");
    let corrected: String =
        corrected.lines().map(|line| line.replace(',', ".example,") + "\n").collect();
    let corrected = corrected.replacen("email.example,", "email,", 1);
    assert_eq!(counts(&imported_with(&own, &[], &corrected)), [10, 0, 0, 0], "{corrected}");
}

#[test]
fn an_interrupted_import_tells_what_it_did() {
    let (own, folder) = (organization(), Folder::new());
    let file = folder.path().join("users.csv");
    let rows: Vec<_> = (0..5000).map(|n| format!("u{n}@example.com\n")).collect();
    let rows = rows.concat();
    fs::write(&file, format!("email\n{rows}")).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let words = ["user", "import", "--organization", &own, file, "--output", "json"];
    let child = started::<&str>(&words, &[]);
    thread::sleep(Duration::from_millis(700));
    let id = child.id().to_string();
    let sent = std::process::Command::new("sh").args(["-c", "kill -s INT $0", &id]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    let ran = ended(child);
    assert!(ran.stderr.contains("interrupted; all lines up to "), "{}", ran.stderr);
    let [created, ..] = counts(&ran);
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(
        (ran.status, listed.json().as_array().map(Vec::len)),
        (1, usize::try_from(created).ok())
    );
    assert!(
        created > 0 && ran.json()["doneUpToLine"].as_u64() == Some(created + 1),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_import_without_an_answer_tells_what_it_did() {
    let own = organization();
    let nowhere = [("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")];
    let folder = Folder::new();
    let file = folder.path().join("users.csv");
    fs::write(&file, "email\na@example.com\n").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let words = ["user", "import", "--organization", &own, file, "--output", "json"];
    let ran = contract::operator::postern_where(&words, &nowhere);
    assert_eq!((ran.status, counts(&ran)), (3, [0, 0, 0, 0]), "{}", ran.stderr);
    assert_eq!(ran.json()["doneUpToLine"], 1);
}

/// Of Django's tests: a format that no login checks.
const UNKNOWN: &str = "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8";

#[test]
fn an_unknown_hash_is_named_and_its_user_skipped_or_created_without_a_password() {
    let id = organization();
    let text = format!("username,passwordHash\nann,{UNKNOWN}\n");
    let skipped = imported(&id, &text, "csv");
    assert_eq!((skipped.status, counts(&skipped)), (1, [0, 0, 0, 1]));
    assert!(
        skipped.stderr.contains("passwordHash: Django's SHA-1 is not supported"),
        "{}",
        skipped.stderr
    );
    assert!(!skipped.stderr.contains("seasalt"), "{}", skipped.stderr);
    let created = imported_with(&id, &["--unknown-hash", "without-password"], &text);
    assert_eq!((created.status, counts(&created)), (0, [1, 0, 0, 0]), "{}", created.stderr);
    // A known format that is broken or too weak is bad all the same.
    let weak = "username,passwordHash\nbob,{SSHA}R5ZzxIyxriLt\n";
    let weak = imported_with(&id, &["--unknown-hash", "without-password"], weak);
    assert_eq!((weak.status, counts(&weak)), (1, [0, 0, 0, 1]));
}

#[test]
fn national_numbers_and_other_locales_are_read_as_the_options_say() {
    let id = organization();
    let text = "username,phoneNumber,locale\nann,0171 3920000,de\nbob,+14155552671,it-IT\n";
    assert_eq!(counts(&imported(&id, text, "csv")), [0, 0, 0, 2]);
    let options = ["--default-country", "DE", "--locale-fallback", "en"];
    let created = imported_with(&id, &options, text);
    assert_eq!(counts(&created), [2, 0, 0, 0], "{}", created.stderr);
    for (name, phone, locale) in [("ann", "+491713920000", "de"), ("bob", "+14155552671", "en")] {
        let words = ["user", "show", "--organization", &id, "--username", name, "--output", "json"];
        let user = postern(&words).done().json();
        assert_eq!((&user["phoneNumber"], &user["locale"]), (&phone.into(), &locale.into()));
    }
    let wrong = imported_with(&id, &["--default-country", "Germany"], text);
    assert_eq!(wrong.status, 2, "{}", wrong.stderr);
}

#[test]
fn a_password_that_is_set_has_8_characters() {
    let id = organization();
    let words = ["user", "create", "--organization", &id, "--username", "ann", "--password-stdin"];
    let short = postern_reading(&words, "1234567");
    assert_eq!(short.status, 2);
    assert!(short.stderr.contains("at least 8 characters"), "{}", short.stderr);
    assert!(!short.stderr.contains("1234567"), "{}", short.stderr);
    postern_reading(&words, "12345678").done();
}
