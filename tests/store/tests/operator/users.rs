//! Changing users, and shutting them out.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::id::UserId;
use domain::time::Timestamp;
use domain::user::User;
use registry::{Creation, Update};
use runtime::telemetry::measured;
use workbench::portal::{Portal, seconds};
use workbench::{Fault, NOW, Plan};

use crate::fixture::{Desk, moved};

#[tokio::test]
async fn late_copies_of_a_disabling_and_an_enabling_change_nothing() {
    for (first, second) in [(true, false), (false, true)] {
        let desk = Desk::open().await;
        let user = User { disabled: !first, ..desk.user(&["a@example.com"]) };
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
        let is_write = |call: &workbench::Operation| call.item == "USER" && call.is_write();
        desk.bench.follow(Plan::once(Fault::Late, is_write));
        for disabled in [first, second] {
            let updated = desk.bench.update(&user, |user| user.disabled = disabled).await.unwrap();
            assert!(matches!(updated, Update::Updated(_)), "{updated:?}");
        }
        assert_eq!(desk.bench.deliver_late_calls().await.unwrap(), 1);
        let found = desk.stored(&user).await.unwrap();
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
                let bound = NOW.plus(seconds(n));
                desk.bench.end_sessions(&user, bound).await.unwrap();
                match n % 2 {
                    0 => desk.bench.update(&user, |user| user.disabled = true).await.unwrap(),
                    _ => desk.move_to(&user, "b@example.com").await.unwrap(),
                }
            })
        })
        .collect();
    for call in calls {
        assert!(matches!(call.await.unwrap(), Update::Updated(_)));
    }
    let found = desk.stored(&user).await.unwrap();
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
    let users = portal.bench.users().unwrap();
    users.sign_out(&user.organization, &user.id, || NOW).await.unwrap();
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
    desk.users().sign_out(&desk.organization, &user.id, clock).await.unwrap();
    assert_eq!(readings.load(Ordering::Relaxed), 2, "given up once, and tried again");
    let found = desk.stored(&user).await.unwrap();
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
    let mut listed: Vec<_> = page.items.into_iter().map(|user| user.id).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    assert!(page.next.is_none());
}

/// What a second import of the same file does: it costs two reads a row, and kills nobody's code.
#[tokio::test]
async fn a_user_who_is_there_already_is_found_without_a_write() {
    let desk = Desk::open().await;
    let user = desk.user(&["a@example.com", "+15550001111"]);
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    let again = User { id: UserId::random(), ..user.clone() };
    let users = desk.users();
    // A command looks at the fingerprint of the identifier ring once.
    assert_eq!(
        users.create(&again, NOW).await.unwrap(),
        Creation::AlreadyExists(user.clone().into())
    );
    let (creation, call) = measured(users.create(&again, NOW)).await;
    let there = Creation::AlreadyExists(Box::new(user.clone()));
    assert_eq!(creation.unwrap(), there);
    assert_eq!((call.operations, call.write_units), (2, 0.0));
    // Who asks for less than there is, too; who asks for more is told whose it is.
    let less = User { email: None, ..again.clone() };
    assert_eq!(desk.create(&less).await.unwrap(), there);
    let more = desk.user(&["a@example.com", "+15550002222"]);
    let taken = Creation::IdentifierTaken { by: user.id, kind: "email address" };
    assert_eq!(desk.create(&more).await.unwrap(), taken);
}

/// A pointer that leads to somebody who has moved on is not taken at its word.
#[tokio::test]
async fn a_stale_pointer_finds_nobody_to_be_there_already() {
    let desk = Desk::open().await;
    let user = desk.user(&["a@example.com"]);
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    let moved = desk.move_to(&user, "b@example.com").await.unwrap();
    assert!(matches!(moved, Update::Updated(_)), "{moved:?}");
    let is_pointer = |call: &workbench::Operation| call.item == "IDENT" && !call.is_write();
    desk.bench.follow(Plan::always(Fault::Stale, is_pointer));
    let heir = desk.user(&["a@example.com"]);
    assert_eq!(desk.create(&heir).await.unwrap(), Creation::Created);
    desk.bench.follow(Plan::default());
    assert_eq!(desk.owner("a@example.com").await, Some(heir.id));
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn moving_a_user_costs_seven_calls_and_one_more_for_a_live_code() {
    let portal = Portal::start().await;
    let user = &portal.patient.user;
    // A command looks at the fingerprint of the identifier ring once.
    let mut expected = vec![
        "GetItem USER",
        "GetItem RING",
        "PutItem IDENT",
        "UpdateItem USER",
        "GetItem OTP",
        // The mark, which says whose deletion follows.
        "UpdateItem IDENT",
        "DeleteItem IDENT",
    ];
    let ((), calls) = portal.bench.operations_of(moved(&portal, "b@example.com")).await;
    assert_eq!(calls, expected);
    let moved_back = |user: &mut User| user.email.clone_from(&portal.patient.user.email);
    let update = portal.bench.update(user, moved_back).await.unwrap();
    assert!(matches!(update, Update::Updated(_)));
    portal.send(NOW).await;
    let ((), calls) = portal.bench.operations_of(moved(&portal, "b@example.com")).await;
    expected.insert(5, "UpdateItem OTP");
    assert_eq!(calls, expected);
}
