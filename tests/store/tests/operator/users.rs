//! Changing users, and shutting them out.

use std::sync::atomic::{AtomicI64, Ordering};

use admin::{Directory, Enrolment};
use domain::id::UserId;
use domain::time::Timestamp;
use domain::user::User;
use platform::store::{Creation, Revision};
use platform::telemetry::measured;
use workbench::portal::{Portal, seconds};
use workbench::{Fault, NOW, Plan};

use crate::fixture::Desk;

#[tokio::test]
async fn late_copies_of_a_disabling_and_an_enabling_change_nothing() {
    for (first, second) in [(true, false), (false, true)] {
        let desk = Desk::open().await;
        let user = User { disabled: !first, ..desk.user(&["a@example.com"]) };
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
        let users = desk.users();
        let is_write = |call: &workbench::Operation| call.item == "USER" && call.is_write();
        desk.bench.follow(Plan::once(Fault::Late, is_write));
        for disabled in [first, second] {
            let revised = users.set_disabled(&desk.organization, &user.id, disabled).await.unwrap();
            assert!(matches!(revised, Revision::Revised(_)), "{revised:?}");
        }
        assert_eq!(desk.bench.deliver_late_calls().await.unwrap(), 1);
        let found = users.find(&desk.organization, &user.id).await.unwrap().unwrap();
        assert_eq!(found.disabled, second);
    }
}

#[tokio::test]
async fn a_change_keeps_what_others_change_at_the_same_time() {
    let desk = Desk::open().await;
    let user = desk.user(&["a@example.com"]);
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    let calls: Vec<_> = (0..5)
        .map(|n| {
            let (desk, user) = (desk.clone(), user.clone());
            tokio::spawn(async move {
                let users = desk.users();
                let bound = NOW.plus(seconds(n));
                users.end_sessions(&desk.organization, &user.id, bound).await.unwrap();
                match n % 2 {
                    0 => users.set_disabled(&desk.organization, &user.id, true).await.unwrap(),
                    _ => desk.move_to(&user, "b@example.com").await.unwrap(),
                }
            })
        })
        .collect();
    for call in calls {
        assert!(matches!(call.await.unwrap(), Revision::Revised(_)));
    }
    let found = desk.users().find(&desk.organization, &user.id).await.unwrap().unwrap();
    assert_eq!(found.email.unwrap().as_str(), "b@example.com");
    assert!(found.disabled);
    assert_eq!(found.sessions_valid_after, Some(NOW.plus(seconds(4))));
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn a_sign_out_ends_a_session_that_a_refresh_is_about_to_continue() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    let user = &portal.patient.user;
    let users = portal.bench.aws.users().unwrap();
    assert!(users.sign_out(&user.organization, &user.id, || NOW).await.unwrap());
    for later in [0, 1, 4] {
        let answer = portal.refresh(&token, NOW.plus(seconds(later))).await;
        assert_ne!(answer.status, 200, "{later} s later");
    }
    let token = portal.sign_in(NOW.plus(seconds(6))).await;
    assert_eq!(portal.refresh(&token, NOW.plus(seconds(7))).await.status, 200);
}

#[tokio::test]
async fn each_attempt_at_a_sign_out_reaches_ahead_of_its_own_time() {
    let desk = Desk::open().await;
    let user = desk.user(&["a@example.com"]);
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    // The first attempt hears nothing; when it is given up, the clock has moved on.
    let is_write = |call: &workbench::Operation| call.item == "USER" && call.is_write();
    desk.bench.follow(Plan::once(Fault::Silence, is_write));
    let readings = AtomicI64::new(0);
    let clock = || {
        let minutes = readings.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_seconds(NOW.seconds() + 60 * minutes)
    };
    let began = tokio::time::Instant::now();
    assert!(desk.users().sign_out(&desk.organization, &user.id, clock).await.unwrap());
    assert!(began.elapsed() < seconds(3), "given up after two seconds: {:?}", began.elapsed());
    let found = desk.users().find(&desk.organization, &user.id).await.unwrap().unwrap();
    let second = Timestamp::from_seconds(NOW.seconds() + 60 + 5);
    assert_eq!(found.sessions_valid_after, Some(second));
}

#[tokio::test]
async fn an_organizations_users_are_listed_and_nobody_elses() {
    let desk = Desk::open().await;
    let mut expected = Vec::new();
    for n in 0..5 {
        let user = desk.user(&[&format!("{n}@example.com")]);
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
        expected.push(user.id);
    }
    let other = desk.bench.tenant(None).await.unwrap();
    desk.bench.patient(&other).await.unwrap();
    desk.cut_off(1, desk.create(&desk.user(&["half@example.com"]))).await;
    let page = desk.users().page(&desk.organization, None).await.unwrap();
    let mut listed: Vec<_> = page.users.into_iter().map(|user| user.id).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    assert!(page.next.is_none());
}

/// What a second import of the same file does: it costs two reads a row, and kills nobody's code.
#[tokio::test]
async fn a_user_who_is_there_already_is_found_without_a_write() {
    let desk = Desk::open().await;
    let directory = Directory::new(&desk.bench.aws).unwrap();
    let user = desk.user(&["a@example.com", "+15550001111"]);
    assert!(matches!(directory.enrol(&user, NOW).await.unwrap(), Enrolment::Created));
    let again = User { id: UserId::random(), ..user.clone() };
    let (enrolment, call) = measured(directory.enrol(&again, NOW)).await;
    assert!(matches!(enrolment.unwrap(), Enrolment::There(held) if held.id == user.id));
    assert_eq!((call.operations, call.write_units), (2, 0.0));
    // Who asks for less than there is, too; who asks for more is told whose it is.
    let less = User { email: None, ..again.clone() };
    assert!(matches!(directory.enrol(&less, NOW).await.unwrap(), Enrolment::There(_)));
    let more = desk.user(&["a@example.com", "+15550002222"]);
    let enrolment = directory.enrol(&more, NOW).await.unwrap();
    assert!(matches!(enrolment, Enrolment::Taken(by) if by == user.id));
}

/// A pointer that leads to somebody who has moved on is not taken at its word.
#[tokio::test]
async fn a_stale_pointer_finds_nobody_to_be_there_already() {
    let desk = Desk::open().await;
    let directory = Directory::new(&desk.bench.aws).unwrap();
    let user = desk.user(&["a@example.com"]);
    assert!(matches!(directory.enrol(&user, NOW).await.unwrap(), Enrolment::Created));
    let moved = desk.move_to(&user, "b@example.com").await.unwrap();
    assert!(matches!(moved, Revision::Revised(_)), "{moved:?}");
    let is_pointer = |call: &workbench::Operation| call.item == "IDENT" && !call.is_write();
    desk.bench.follow(Plan::always(Fault::Stale, is_pointer));
    let heir = desk.user(&["a@example.com"]);
    assert!(matches!(directory.enrol(&heir, NOW).await.unwrap(), Enrolment::Created));
    desk.bench.follow(Plan::default());
    assert_eq!(desk.owner("a@example.com").await, Some(heir.id));
    desk.assert_sound("the end").await;
}
