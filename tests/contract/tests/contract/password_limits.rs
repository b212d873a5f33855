//! The limit of passwords of `POST /{api}/auth`: ten wrong ones per user name and quarter of an hour.

use std::collections::BTreeMap;

use contract::{
    Answer, Window, ask,
    password::{Clinic, INVALID_CREDENTIALS},
    race,
};
use insta::assert_snapshot;

/// What a fresh clinic's limit did within one window.
struct Limited {
    /// Eleven attempts with a wrong password: of a member, of nobody, and in no organization.
    attempts: [Vec<Answer>; 3],
    /// What was left of the window before the last attempts and after them, in seconds.
    left: [u64; 2],
    /// The member's right password, and another name, afterwards.
    right: Answer,
    other: Answer,
}

async fn limited() -> Limited {
    let clinic = Clinic::with_limits().await;
    let nowhere = format!("no-{}", clinic.organization);
    let left_before = Window::QuarterHour.seconds_left();
    let mut attempts = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..11 {
        attempts[0].push(ask(clinic.try_as(&clinic.username, "wrong")).await);
        attempts[1].push(ask(clinic.try_as("nobody", "wrong")).await);
        attempts[2].push(ask(clinic.try_in(&nowhere, "wrong")).await);
    }
    let left = [left_before, Window::QuarterHour.seconds_left()];
    let right = ask(clinic.log_in()).await;
    let other = ask(clinic.try_as("another name", "wrong")).await;
    Limited { attempts, left, right, other }
}

#[tokio::test]
async fn the_eleventh_attempt_in_a_quarter_of_an_hour_is_refused_for_everybody() {
    let Limited { attempts, left: [before, after], right, other } =
        Window::QuarterHour.within(limited).await;
    for answers in &attempts {
        for refused in &answers[..10] {
            assert_eq!(refused.text(), INVALID_CREDENTIALS);
        }
        let wait: u64 = answers[10].header("retry-after").parse().expect("seconds");
        assert!((after..=before).contains(&wait), "{wait} s, not until the window ends");
    }
    let shown: Vec<_> = attempts.iter().map(|answers| answers[10].snapshot()).collect();
    assert!(shown.iter().all(|one| *one == shown[0]), "{shown:?}");
    assert_snapshot!(shown[0], @r#"
    429
    retry-after: [seconds]
    {"statusCode":429,"message":"Too many requests","error":"Too Many Requests"}
    "#);
    assert_eq!(right.status, 429, "even the right one");
    assert_eq!(other.status, 401, "each name has a count of its own");
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    let clinic = Clinic::with_limits().await;
    for _ in 0..15 {
        assert_eq!(ask(clinic.log_in()).await.status, 200);
    }
}

#[tokio::test]
async fn of_many_wrong_passwords_at_once_ten_are_compared() {
    let answers = Window::QuarterHour
        .within(async || {
            let clinic = Clinic::with_limits().await;
            race((0..40).map(|_| clinic.try_as(&clinic.username, "wrong"))).await
        })
        .await;
    let mut seen = BTreeMap::<u16, usize>::new();
    for answer in &answers {
        *seen.entry(answer.status).or_default() += 1;
    }
    assert_eq!(seen, BTreeMap::from([(401, 10), (429, 30)]));
}
