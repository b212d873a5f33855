//! `postern doctor` in front of a deployment that is broken in one way at a time: it finds that, says what
//! to do, and finds nothing else.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

mod broken;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use contract::{
    altered::{Alteration, Effect, variables},
    operator::{Ran, postern_where},
};
use serde_json::Value;

use Effect::{Answers, Replaces, Silent};
use broken::{Case, cases, on};

/// Checks whose names change with what they find, by their beginnings.
const SPLIT: [(&str, &str); 3] =
    [("function ", "functions"), ("alarm", "alarms"), ("log", "logs: retention")];

fn doctor(alterations: &'static [Alteration]) -> Ran {
    let mut all = variables(alterations);
    let is_silent = alterations.iter().any(|it| matches!(it.effect, Silent));
    let timeout = if is_silent { "300" } else { "2000" };
    all.push(("ATTEMPT_TIMEOUT_MS".to_owned(), timeout.to_owned()));
    postern_where(&["doctor", "--output", "json"], &all)
}

fn findings(ran: &Ran) -> Vec<Value> {
    ran.json().as_array().expect("findings").clone()
}

fn name(finding: &Value) -> String {
    finding["check"].as_str().expect("a check").to_owned()
}

/// What is wrong with the finding, or with the others, if anything is.
fn mistake(case: &Case, well: &BTreeSet<String>) -> Option<String> {
    let (_, alterations, (check, verdict, remedy)) = case;
    let ran = doctor(alterations);
    let findings = findings(&ran);
    let found = findings.iter().find(|finding| finding["check"] == *check);
    let is_found = found.is_some_and(|finding| {
        let told = finding["remedy"].as_str().unwrap_or_default();
        finding["verdict"] == *verdict && told.contains(remedy)
    });
    let expected = match *verdict {
        "wrong" => 1,
        "unanswered" => 3,
        _ => 0,
    };
    let is_bad = |finding: &&Value| {
        !["good", "unknown"].contains(&finding["verdict"].as_str().unwrap_or_default())
    };
    let others: Vec<_> =
        findings.iter().filter(is_bad).map(name).filter(|other| other != check).collect();
    let is_of = |one: &str| {
        SPLIT.iter().find(|(start, whole)| check.starts_with(start) && one == *whole).is_some()
    };
    let needs_stack = [
        "functions",
        "alarms",
        "alarms: subscribers",
        "logs: retention",
        "delivery: event source",
        "delivery: age of records",
        "delivery: dead letters",
        "audit trail: event source of organizations",
        "audit trail: event source of users",
        "audit trail: event source of challenges",
        "audit trail: event source of sessions",
        "audit trail: age of records",
    ];
    let standing: BTreeSet<_> = findings.iter().map(name).collect();
    let gone = well.difference(&standing).filter(|gone| {
        let needs_stack = *check == "stack" && needs_stack.contains(&gone.as_str());
        !(is_of(gone) || needs_stack || is_part(check, gone))
    });
    let gone: Vec<_> = gone.collect();
    let is_good = is_found && others.is_empty() && gone.is_empty() && ran.status == expected;
    (!is_good).then(|| {
        format!("found {found:?}, others {others:?}, gone {gone:?}, status {}", ran.status)
    })
}

/// Whether one finding is a part of another's: what can't be read has no settings.
fn is_part(check: &str, other: &str) -> bool {
    other.starts_with(&format!("{check} "))
        || (check == "mail: sending" && other == "mail: sending quota")
}

#[test]
fn each_broken_thing_is_found_with_its_remedy_and_nothing_else_is() {
    let well: BTreeSet<_> = findings(&doctor(&[]).done()).iter().map(name).collect();
    let (all, next) = (cases().collect::<Vec<&Case>>(), AtomicUsize::new(0));
    let work = || {
        let case = || all.get(next.fetch_add(1, Ordering::Relaxed)).copied();
        let told = |case: &Case| Some(format!("{}: {}", case.0, mistake(case, &well)?));
        std::iter::from_fn(case).filter_map(told).collect::<Vec<_>>()
    };
    let mistakes = thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join().expect("no panic"));
        done.collect::<Vec<_>>().concat()
    });
    assert!(mistakes.is_empty(), "{} of {}:\n{}", mistakes.len(), all.len(), mistakes.join("\n"));
}

/// SNS's spend is of this month, so the time is ours.
#[test]
#[expect(clippy::disallowed_methods, reason = "postern reads the same clock")]
fn a_month_that_costs_almost_the_limit_is_found() {
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let body = format!(
        r#"{{"MetricDataResults":[{{"Id":"newest","Timestamps":[{seconds}],"Values":[85.5]}}]}}"#
    );
    let body: &'static str = Box::leak(body.into_boxed_str());
    let spent = on("GetMetricData", "SMSMonthToDateSpentUSD", Answers(body));
    let ran = doctor(Box::leak(Box::new([spent])));
    let findings = findings(&ran);
    let found = findings.iter().find(|it| it["check"] == "SMS: spent this month").expect("it");
    assert_eq!(
        (&found["verdict"], &found["found"]),
        (&"wrong".into(), &"85.5 of 100 US dollars".into())
    );
    assert!(found["remedy"].to_string().contains("request a higher one"), "{found}");
}

/// A subdomain is covered by the identity of its parent.
#[test]
fn a_sender_of_a_subdomain_needs_no_identity_of_its_own() {
    static PARENT: [Alteration; 1] = [on(
        "GetIdentityVerificationAttributes",
        "",
        Replaces("no-reply@mail.postern.example</key>", "other@mail.postern.example</key>"),
    )];
    let mut all = variables(&PARENT);
    all.push(("SENDER_ADDRESS".to_owned(), "no-reply@mail.postern.example".to_owned()));
    let ran = postern_where(&["doctor", "--output", "json"], &all).done();
    let sender = findings(&ran).into_iter().find(|it| name(it).contains("no-reply@mail"));
    let found = sender.expect("the sender")["found"].clone();
    assert_eq!(found, "mail.postern.example is verified");
}
