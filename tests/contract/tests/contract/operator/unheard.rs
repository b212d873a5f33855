//! Secrets, and outputs that take nothing.
#![expect(clippy::panic, reason = "a test reports by panicking")]

use contract::operator::{organization, postern, postern_reading, postern_unheard, postern_unread};

#[test]
fn a_secret_is_alone_on_standard_output() {
    let own = organization();
    let key = postern(&["api-key", "create", "--organization", &own]).done();
    assert_eq!(key.line().len(), 55);
    assert!(key.line().starts_with("pskey_"));
    assert!(!key.stderr.contains(key.line()));
    let words =
        ["user", "create", "--organization", &own, "--username", "jo", "--generate-password"];
    let password = postern(&words).done();
    assert_eq!((password.line().len(), password.stdout.lines().count()), (20, 1));
    assert!(!password.stderr.contains(password.line()));
    let listed = postern(&["api-key", "list", "--organization", &own]).done().stdout;
    assert!(!listed.contains(key.line()), "{listed}");
}

#[test]
fn a_key_that_could_not_be_shown_is_retired_again() {
    let own = organization();
    for format in ["table", "json"] {
        let ran =
            postern_unheard(&["api-key", "create", "--organization", &own, "--output", format]);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("retired again"), "{}", ran.stderr);
        let listed = postern(&["api-key", "list", "--organization", &own, "--output", "json"]);
        assert_eq!(listed.done().line(), "[]", "{format}");
    }
}

#[test]
fn a_key_that_was_found_somewhere_leads_to_its_organization() {
    let own = organization();
    let key = postern(&["api-key", "create", "--organization", &own]).done();
    let find = ["api-key", "find", "--output", "json"];
    let found = postern_reading(&find, key.line()).done().json();
    assert_eq!(
        (&found["organizationId"], &found["accepted"]),
        (&own.as_str().into(), &true.into())
    );
    let name = found["name"].as_str().unwrap_or_default().to_owned();
    postern(&["organization", "disable", &own, "--yes"]).done();
    let found = postern_reading(&find, &format!("{}\n", key.line())).done().json();
    assert_eq!((&found["accepted"], &found["organizationDisabled"]), (&false.into(), &true.into()));
    postern(&["api-key", "retire", "--organization", &own, &name, "--yes"]).done();
    let retired = postern_reading(&find, key.line());
    assert_eq!(retired.status, 1);
    assert!(!retired.stderr.contains(key.line()), "{}", retired.stderr);
    assert_eq!(postern_reading(&find, "\n").status, 2);
    let cut = postern_reading(&find, &key.line()[..54]);
    assert_eq!((cut.status, cut.stderr.contains("not copied whole")), (1, true), "{}", cut.stderr);
    assert!(!cut.stderr.contains(&key.line()[..54]), "{}", cut.stderr);
}

/// Says, as a shell takes it, what is between the `nth` pair of backquotes.
fn quoted(text: &str, nth: usize) -> Vec<&str> {
    let command = text.split('`').nth(2 * nth + 1).unwrap_or_else(|| panic!("{text}"));
    let words = command.split_whitespace().filter(|word| !word.starts_with('>'));
    words.skip_while(|word| *word == "postern").collect()
}

#[test]
fn a_password_that_could_not_be_shown_is_followed_by_what_to_run() {
    let own = organization();
    let of = ["--organization", own.as_str(), "--generate-password"];
    let create = postern_unheard(&[&["user", "create", "--username", "jo"], &of[..]].concat());
    let update = postern_unheard(&[&["user", "update", "jo", "--yes"], &of[..]].concat());
    for ran in [create, update] {
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        let remedy = [&quoted(&ran.stderr, 0)[..], &["--yes"]].concat();
        assert_eq!(postern(&remedy).done().line().len(), 20, "{remedy:?}");
    }
}

#[test]
fn a_secret_that_could_not_be_shown_is_followed_by_what_to_run() {
    let (own, client) = (organization(), organization());
    let partner = ["partner", "create", "--id", own.as_str(), "--name", "Software"];
    let connect = ["organization", "connect", own.as_str(), "--partner", own.as_str(), "--scopes"];
    let connect = [&connect[..], &["none"]].concat();
    let token = ["client", "create", client.as_str()];
    for words in [&partner[..], &connect, &token] {
        let ran = postern_unheard(words);
        assert_eq!(ran.status, 1, "{words:?}: {}", ran.stderr);
        let (another, end) = (quoted(&ran.stderr, 0), quoted(&ran.stderr, 1));
        let second = postern(&another).done();
        assert_eq!(second.line().len(), 55, "{another:?}");
        assert_eq!(postern(&[&end[..], &["--yes"]].concat()).status, 0, "{end:?}");
        // One secret again: the second, unseen in turn, is drawn anew.
        let ran = postern_unheard(&another);
        assert_eq!(ran.status, 1, "{another:?}: {}", ran.stderr);
        let replace = [&quoted(&ran.stderr, 0)[..], &["--yes"]].concat();
        assert_eq!(postern(&replace).done().line().len(), 55, "{replace:?}");
    }
}

#[test]
fn whoever_prints_nothing_secret_ends_with_one() {
    for words in [&["organization", "list"][..], &["doctor"], &["completions", "bash"]] {
        assert_eq!(postern_unheard(words).status, 1, "{words:?}");
    }
}

#[test]
fn a_standard_error_that_takes_nothing_changes_nothing() {
    let own = organization();
    let key = postern_unread(&["api-key", "create", "--organization", &own]).done();
    assert_eq!(key.line().len(), 55);
    assert_eq!(postern_unread(&["user", "list", "--organization", &own]).status, 0);
    assert_eq!(postern_unread(&["user", "show", "--organization", &own, "nobody"]).status, 1);
    assert_eq!(postern_unread(&["organization", "disable", &own]).status, 2);
    assert_eq!(postern_unread(&["organization", "show"]).status, 2);
}
