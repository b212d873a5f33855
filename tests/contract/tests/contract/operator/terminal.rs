//! What reaches a terminal: nothing that it would obey, nothing wrapped, nothing at all if nobody reads.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::process::Command;

use contract::operator::{
    Ran, ended, organization, postern, postern_reading, postern_unheard, program,
};
use serde_json::json;

/// Characters that move a cursor or turn text around: ESC, CSI of C1, BEL, right-to-left override.
const OBEYED: [char; 5] = ['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}', '\u{2028}'];

fn is_quiet(ran: &Ran) -> bool {
    !format!("{}{}", ran.stdout, ran.stderr).contains(OBEYED)
}

#[test]
fn an_argument_and_a_header_are_shown_without_what_a_terminal_obeys() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    for char in OBEYED {
        let odd = format!("a{char}[2Jb");
        let role = ["user", "create", "--username", "jo", "--role", &odd];
        let cases: [&[&str]; 5] = [
            &["organization", "create", "--name", &odd],
            &role,
            &["user", "show", &odd],
            &["organization", "show", &odd],
            &[&odd],
        ];
        for words in cases {
            let words = if words[0] == "user" { [words, &of].concat() } else { words.to_vec() };
            let ran = postern(&words);
            assert!(ran.status != 0 && is_quiet(&ran), "{words:?}: {ran:?}");
        }
        let import = [&["user", "import", "-"][..], &of].concat();
        let ran = postern_reading(&import, &format!("email,{odd}\n"));
        assert!(ran.status == 2 && is_quiet(&ran), "{ran:?}");
    }
}

#[test]
fn a_name_has_200_characters_at_most_and_a_role_64() {
    let own = organization();
    let name = |length: usize| "n".repeat(length);
    let create = |length| postern(&["organization", "create", "--name", &name(length)]).status;
    assert_eq!((create(200), create(201)), (0, 2));
    let user = |user: &str, length| {
        let of = ["user", "create", "--organization", own.as_str(), "--username", user];
        postern(&[&of[..], &["--role", &name(length)]].concat()).status
    };
    assert_eq!((user("a", 64), user("b", 65)), (0, 2));
}

/// Runs it in a terminal of so many columns.
fn in_terminal(columns: u16, words: &[&str]) -> String {
    let program = program();
    let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!("stty rows 24 cols {columns}; '{}' {}", program.display(), words.join(" "));
    let ran = Command::new("script").args(["-qec", &line, "/dev/null"]).output();
    String::from_utf8(ran.expect("script of bsdutils").stdout).expect("UTF-8").replace('\r', "")
}

#[test]
fn a_table_that_does_not_fit_the_terminal_is_a_list_of_records() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    for user in ["a", "b"] {
        postern(&[&["user", "create", "--username", user], &of[..]].concat()).done();
    }
    let list = [&["user", "list"], &of[..]].concat();
    let narrow = in_terminal(80, &list);
    let names: Vec<_> = narrow.lines().filter(|line| line.starts_with("user name")).collect();
    assert_eq!(names.len(), 2, "{narrow}");
    assert!(narrow.lines().all(|line| line.len() <= 80), "{narrow}");
    let wide = in_terminal(250, &list);
    assert_eq!(wide.lines().filter(|line| !line.is_empty()).count(), 3, "{wide}");
    let short = in_terminal(80, &[&["api-key", "list"], &of[..]].concat());
    assert_eq!(short.trim(), "none");
}

/// Runs a line of a shell, in which `$0` is the program.
fn shell(line: &str) -> Ran {
    let mut command = Command::new("sh");
    command.args(["-c", line]).arg(program());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    ended(command.spawn().expect("a shell"))
}

#[test]
fn a_reader_who_leaves_ends_a_list_without_a_word() {
    let own = organization();
    let rows: Vec<_> = (0..2000).map(|n| format!("u{n}@example.com\n")).collect();
    let rows = rows.concat();
    let words = ["user", "import", "--organization", own.as_str(), "-"];
    postern_reading(&words, &format!("email\n{rows}")).done();
    for format in ["table", "json"] {
        let line = format!("$0 user list --organization {own} --output {format} | head -1");
        let ran = shell(&line).done();
        assert_eq!(ran.stderr, "", "{format}");
    }
    assert_eq!(shell("$0 --help | head -1").done().stderr, "");
}

#[test]
fn a_command_whose_standard_output_is_closed_does_nothing() {
    let own = organization();
    for words in ["create", "list"] {
        let ran = shell(&format!("$0 api-key {words} --organization {own} >&-"));
        assert_eq!(ran.status, 1, "{words}");
        assert!(ran.stderr.contains("standard output is closed"), "{}", ran.stderr);
    }
    let lost = shell(&format!("$0 api-key create --organization {own} >/dev/null"));
    assert_eq!(lost.status, 1, "{}", lost.stderr);
    assert!(lost.stderr.contains("retired again"), "{}", lost.stderr);
    let listed = postern(&["api-key", "list", "--organization", &own, "--output", "json"]);
    assert_eq!(listed.done().line(), "[]");
    assert_eq!(shell(&format!("$0 user list --organization {own} >/dev/null")).status, 0);
    assert_eq!(postern_unheard(&["organization", "show", &own]).status, 1);
}

#[test]
fn every_command_that_changes_something_prints_json() {
    let own = organization();
    let of = ["--organization", own.as_str(), "--output", "json", "--yes"];
    postern(&[&["user", "create", "--username", "jo"], &of[..]].concat()).done();
    let created = postern(&[&["api-key", "create"], &of[..]].concat()).done().json();
    let name = created["name"].as_str().expect("a name");
    let retired = postern(&[&["api-key", "retire", name], &of[..]].concat()).done().json();
    assert_eq!(retired, json!({ "name": name, "retired": true }));
    for words in [["user", "sign-out", "jo"], ["session", "revoke", "jo"]] {
        let user = postern(&[&words[..], &of].concat()).done().json();
        assert!(user["sessionsValidAfter"].is_string(), "{words:?}: {user}");
    }
}

#[test]
fn a_table_has_the_columns_that_are_asked_for() {
    let id = organization();
    let of =
        |words: &[&str]| postern(&[&["organization", "list", "--filter", &id], words].concat());
    assert_eq!(of(&["--quiet"]).done().line(), id);
    let table = of(&["--columns", "disabled,id"]).done().stdout;
    let rows: Vec<_> =
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(rows, [vec!["disabled", "id"], vec!["no", &id]]);
    let shown = postern(&["organization", "show", &id, "--columns", "Disabled", "-q"]).done();
    assert_eq!(shown.line(), "no");
    let unknown = of(&["--columns", "colour"]);
    assert_eq!(unknown.status, 1);
    assert!(unknown.stderr.contains("no column \"colour\": there are id, "), "{}", unknown.stderr);
    assert_eq!(of(&["--quiet", "--output", "json"]).status, 2);
    let nothing = postern(&["organization", "list", "--filter", "no such organization", "-q"]);
    assert_eq!((nothing.status, nothing.stdout + &nothing.stderr), (0, String::new()));
}
