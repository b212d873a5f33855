//! Help, and the exit status that tells why.

use contract::operator::{organization, postern, postern_reading, postern_where};

/// Every command and every group, by what can be said to it, as its own help has it.
pub(super) fn commands(path: &[&str]) -> Vec<Vec<String>> {
    let help = postern(&[path, &["--help"]].concat()).done().stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| line.starts_with("  "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let below = names.filter(|name| *name != "help");
    let below = below.flat_map(|name| commands(&[path, &[name]].concat()));
    std::iter::once(path.iter().map(|name| (*name).to_owned()).collect()).chain(below).collect()
}

#[test]
fn every_command_and_every_group_has_an_example() {
    let commands = commands(&[]);
    assert!(commands.len() > 35, "{commands:?}");
    for command in commands {
        let words: Vec<_> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = postern(&words).done().stdout;
        let (_, examples) = help.split_once("Example:\n").unwrap_or_else(|| panic!("{help}"));
        let line = ["postern"].into_iter().chain(command.iter().map(String::as_str));
        let line = line.collect::<Vec<_>>().join(" ");
        assert!(examples.contains(&line), "{line}: {help}");
    }
}

#[test]
fn the_exit_status_tells_why() {
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(postern(&["organization", "list"]).status, 0);
    assert_eq!(postern(&["organization", "show", nobody]).status, 1);
    assert_eq!(postern(&["organization", "show"]).status, 2);
    assert_eq!(postern(&["organization", "show", "a#b"]).status, 2);
    let nowhere = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")];
    let ran = postern_where(&["organization", "list"], &nowhere);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
}

#[test]
fn a_variable_that_is_missing_or_makes_no_sense_names_itself_and_is_a_fault_of_usage() {
    let user = ["user", "show", "--organization", "00000000-0000-4000-8000-000000000000", "jo"];
    let otp =
        ["otp", "inspect", "--organization", "x", "--email", "a@example.com", "--output", "json"];
    let cases: [(&[&str], &str, &str); 12] = [
        (&["organization", "list"], "ORGANIZATIONS_TABLE", ""),
        (&["partner", "rotate-secret", "x"], "ORGANIZATIONS_TABLE", ""),
        (&["client", "rotate-token", "x"], "ORGANIZATIONS_TABLE", ""),
        (&user, "USERS_TABLE", ""),
        (&user, "IDENTIFIER_SECRET", ""),
        (&otp, "ORGANIZATIONS_TABLE", ""),
        (&["keys", "list"], "OTP_SECRET", ""),
        (&["keys", "list"], "PARTNER_SIGNING_SECRET", ""),
        (&["keys", "rotate", "portal-access"], "PORTAL_ACCESS_SECRET", ""),
        (&["keys", "rotate", "partner-signing"], "PARTNER_SIGNING_SECRET", ""),
        (&["organization", "list"], "ATTEMPT_TIMEOUT_MS", "soon"),
        (&["organization", "list"], "AWS_ENDPOINT_URL_DYNAMODB", "somewhere"),
    ];
    for (words, variable, value) in cases {
        let ran = postern_where(words, &[(variable, value)]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(variable), "{words:?}: {}", ran.stderr);
    }
}

#[test]
fn what_is_read_from_a_terminal_or_a_file_is_usage_too() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    let password = [&["user", "create", "--username", "jo", "--password-stdin"], &of[..]].concat();
    for empty in ["", "\n"] {
        let ran = postern_reading(&password, empty);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
    }
    for file in ["/nowhere/users.csv", "/tmp"] {
        let ran = postern(&[&["user", "import", file], &of[..]].concat());
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(file), "{}", ran.stderr);
    }
    let headers = ["email,password\na@example.com,secret\n", "email,email\n", "", "\"email\n"];
    for text in headers {
        let ran = postern_reading(&[&["user", "import", "-"], &of[..]].concat(), text);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{text:?}: {}", ran.stderr);
    }
    let listed = postern(&[&["user", "list", "--output", "json"], &of[..]].concat()).done();
    assert_eq!(listed.line(), "[]");
}

#[test]
fn a_number_below_zero_is_called_one() {
    let nobody = "00000000-0000-4000-8000-000000000000";
    for option in ["--sends-per-day", "--password-attempts"] {
        let ran = postern(&["organization", "update", nobody, option, "-1"]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("-1 is not in 1..=50"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("tip:"), "{}", ran.stderr);
    }
}

#[test]
fn revoking_takes_a_user_or_a_family_and_says_so() {
    let help = postern(&["session", "revoke", "--help"]).done().stdout;
    let usage = help.lines().find(|line| line.starts_with("Usage:")).unwrap_or_default();
    assert!(usage.contains("--family") && usage.contains("USER"), "{usage}");
    assert!(help.contains("REFRESH_REUSED"), "{help}");
    for words in [&["jo", "--family", "x"][..], &[]] {
        let words = [&["session", "revoke", "--organization", "x"], words].concat();
        assert_eq!(postern(&words).status, 2);
    }
}

#[test]
fn an_update_without_a_change_is_a_fault_of_usage() {
    let own = organization();
    let user = ["user", "update", "--organization", own.as_str(), "jo"];
    for words in [&user[..], &["organization", "update", own.as_str()]] {
        let ran = postern(words);
        assert_eq!(ran.status, 2, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("nothing to update"), "{}", ran.stderr);
    }
}

#[test]
fn an_id_that_looks_like_an_option_or_a_path_is_not_given_to_anything_new() {
    let own = organization();
    let user = ["user", "create", "--organization", own.as_str(), "--username", "jo"];
    let partner = ["partner", "create", "--name", "X"];
    for id in ["--id=--yes", "--id=..", "--id=.", "--id=-"] {
        for words in [&user[..], &partner, &["organization", "create", "--name", "X"]] {
            let ran = postern(&[words, &[id]].concat());
            assert_eq!(ran.status, 2, "{words:?} {id}: {}", ran.stderr);
        }
    }
    let row = "id,email\n..,a@example.com\n--yes,b@example.com\n";
    let ran = postern_reading(&["user", "import", "--organization", &own, "-"], row);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stderr.matches("a new id doesn't start with '-'").count() == 2, "{}", ran.stderr);
}
