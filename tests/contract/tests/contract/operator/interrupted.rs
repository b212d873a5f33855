//! Operators who come at the same moment, and commands that are killed.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::{
    thread,
    time::{Duration, Instant},
};

use contract::operator::{ended, organization, postern, started};
use serde_json::Value;

#[test]
fn of_operators_who_create_the_same_user_at_once_one_wins_and_the_others_are_told() {
    let own = organization();
    let words = [
        "user",
        "create",
        "--organization",
        &own,
        "--email",
        "rare@example.com",
        "--phone",
        "+15550003344",
    ];
    let operators: Vec<_> = (0..4).map(|_| started::<&str>(&words, &[])).collect();
    let mut statuses: Vec<_> = operators.into_iter().map(|child| ended(child).status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [0, 1, 1, 1]);
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(1));
}

/// How many creations are killed in each of so many threads.
const KILLS: u32 = 60;
const THREADS: u32 = 2;

/// Killed at instants from before a creation's first write to after its last one. The same
/// command then creates the user, or finds the one whom the killed one had created.
#[test]
fn a_creation_that_was_killed_at_any_instant_is_repaired_by_the_same_command() {
    let own = organization();
    let mut spans: Vec<Duration> =
        (0..5).map(|nth| span_of_creating(&own, &format!("whole{nth}"))).collect();
    spans.sort_unstable();
    let whole = spans[2];
    let kill = |nth: u32| {
        let after = whole / 3 + whole * nth / (KILLS * THREADS);
        kill_and_repair(&own, &format!("{nth}"), after)
    };
    let kills = |thread| (0..KILLS).map(|nth| kill(nth * THREADS + thread)).collect::<Vec<_>>();
    let repaired: Vec<(bool, bool)> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || kills(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no assertion failed")).collect()
    });
    assert_eq!(repaired.len(), 120);
    let count = |what: fn(&&(bool, bool)) -> bool| repaired.iter().filter(what).count();
    println!(
        "{} had not begun or were cut off, {} of those waited for; {} were done",
        count(|(created, _)| *created),
        count(|(created, waited)| *created && *waited),
        count(|(created, _)| !*created)
    );
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(125), "nobody twice, nobody missing");
}

fn words<'w>(own: &'w str, name: &'w [String; 3]) -> Vec<&'w str> {
    let [email, phone, username] = name.each_ref().map(String::as_str);
    let ids = ["--email", email, "--phone", phone, "--username", username];
    [&["user", "create", "--output", "json", "--organization", own], &ids[..]].concat()
}

fn identifiers(name: &str) -> [String; 3] {
    let number: u32 = name.bytes().fold(7, |sum, byte| sum * 31 % 9_999_991 + u32::from(byte));
    [format!("{name}@example.com"), format!("+1555{number:07}"), format!("user-{name}")]
}

fn span_of_creating(own: &str, name: &str) -> Duration {
    let began = Instant::now();
    assert_eq!(postern(&words(own, &identifiers(name))).status, 0);
    began.elapsed()
}

/// Whether the second run created the user, and whether it had to wait for what the first one left.
fn kill_and_repair(own: &str, name: &str, after: Duration) -> (bool, bool) {
    let identifiers = identifiers(name);
    let mut child = started::<&str>(&words(own, &identifiers), &[]);
    thread::sleep(after);
    child.kill().expect("a child of ours");
    let killed = child.wait_with_output().expect("a child of ours");
    let printed = serde_json::from_slice::<Value>(&killed.stdout).ok();

    let began = Instant::now();
    let again = ended(started::<&str>(&words(own, &identifiers), &[]));
    let waited = began.elapsed() > Duration::from_secs(3);
    let users: Vec<Value> = identifiers
        .iter()
        .map(|text| postern(&["user", "show", text, "--organization", own, "--output", "json"]))
        .map(|shown| shown.done().json())
        .collect();
    assert!(users.windows(2).all(|pair| pair[0] == pair[1]), "{name}: {users:?}");
    let id = users[0]["id"].as_str().expect("an id");
    if let Some(printed) = &printed {
        assert_eq!(printed["id"], id, "{name}: who was told to be created is");
    }
    let created = again.status == 0;
    if created {
        assert_eq!(again.json()["id"], id, "{name}");
        assert!(printed.is_none(), "{name}: created twice");
    } else {
        assert_eq!(again.status, 1, "{name}: {}", again.stderr);
        assert!(again.stderr.contains(id), "{name}: {}", again.stderr);
    }
    (created, waited)
}
