//! Every write of every flow × everything that can happen to it on its way.

use std::sync::Arc;

use domain::id::UserId;
use domain::identifier::{Email, Phone};
use registry::Creation;
use workbench::portal::{Portal, another, seconds};
use workbench::{Fault, NOW, Plan};

#[tokio::test]
async fn a_send_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        // Count and put; count, put in vain, and resend.
        for write in 0..5 {
            let portal = Portal::limited(2).await;
            portal.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            assert_eq!(portal.send(NOW).await.status, 200, "{what}");
            assert_eq!(portal.send(NOW.plus(seconds(1))).await.status, 200, "{what}");
            portal.bench.calm().await.unwrap();
            let limited = portal.send(NOW).await.status;
            assert_eq!(limited, 429, "each send was counted once: {what}");
            let code = portal.code(NOW).await;
            assert_eq!(portal.verify(&code, NOW).await.status, 200, "{what}");
        }
    }
}

#[tokio::test]
async fn a_verification_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..4 {
            let portal = Portal::start().await;
            let code = portal.fresh_code(NOW).await;
            portal.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            let token = portal.verify(&code, NOW).await.refresh_token();
            portal.bench.calm().await.unwrap();
            assert_eq!(portal.verify(&code, NOW).await.status, 401, "{what}");
            assert_eq!(portal.refresh(&token, NOW).await.status, 200, "{what}");
        }
    }
}

#[tokio::test]
async fn a_fault_never_burns_a_second_attempt() {
    for fault in Fault::HIDDEN {
        let portal = Portal::start().await;
        let code = portal.fresh_code(NOW).await;
        for _ in 0..2 {
            portal.bench.strike(fault, 0);
            assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
        }
        portal.bench.strike(fault, 0);
        assert_eq!(portal.verify(&code, NOW).await.status, 200, "{fault:?}: the third of three");
    }
}

#[tokio::test]
async fn a_rotation_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..2 {
            let portal = Portal::start().await;
            let first = portal.sign_in(NOW).await;
            portal.bench.strike(fault, write);
            let second = portal.refresh(&first, NOW).await.refresh_token();
            portal.bench.calm().await.unwrap();
            let what = format!("{fault:?} at write {write}");
            assert_eq!(portal.refresh(&second, NOW).await.status, 200, "{what}");
        }
    }
}

#[tokio::test]
async fn a_replay_and_a_logout_revoke_through_every_fault() {
    for fault in Fault::HIDDEN {
        for write in 0..4 {
            let portal = Portal::start().await;
            let first = portal.sign_in(NOW).await;
            let second = portal.refresh(&first, NOW).await.refresh_token();
            portal.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            assert_eq!(portal.refresh(&first, NOW).await.code(), "REFRESH_REUSED", "{what}");
            portal.bench.calm().await.unwrap();
            assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_REUSED", "{what}");
        }
        let portal = Portal::start().await;
        let token = portal.sign_in(NOW).await;
        portal.bench.strike(fault, 0);
        assert_eq!(portal.logout(&token, NOW).await.status, 200, "{fault:?}");
        portal.bench.calm().await.unwrap();
        assert_eq!(portal.refresh(&token, NOW).await.code(), "REFRESH_REUSED", "{fault:?}");
    }
}

#[tokio::test]
async fn an_operators_writes_survive_every_fault() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let portal = Portal::start().await;
            let users = portal.bench.users().unwrap();
            let mut user = portal.patient.user.clone();
            user.id = UserId::random();
            user.email = Some(Email::parse("fresh@example.com").unwrap());
            user.phone = Some(Phone::parse("+15559990001").unwrap());
            let what = format!("{fault:?} at write {write}");
            portal.bench.strike(fault, write);
            let created = users.create(&user, NOW).await.unwrap();
            assert_eq!(created, Creation::Created, "{what}");
            portal.bench.calm().await.unwrap();
            for identity in portal.bench.identities(&user).await.unwrap() {
                let owner = users.owner(&user.organization, &identity).await.unwrap();
                assert_eq!(owner.map(|owner| owner.user.id).as_ref(), Some(&user.id), "{what}");
            }
        }
        let portal = Portal::start().await;
        let user = &portal.patient.user;
        portal.bench.strike(fault, 0);
        portal.bench.end_sessions(user, NOW).await.unwrap();
        portal.bench.strike(fault, 0);
        portal.bench.disable(user).await.unwrap();
        portal.bench.calm().await.unwrap();
        let found = portal.stored_user().await;
        assert_eq!((found.disabled, found.sessions_valid_after), (true, Some(NOW)), "{fault:?}");
    }
}

/// Every attempt of one call is applied, and every answer of it lost.
#[tokio::test]
async fn when_every_answer_is_lost_one_strong_read_tells_what_happened() {
    let all_lost = |item: &'static str, name: &'static str| {
        Plan::always(Fault::LostAfter, move |call| call.item == item && call.name == name)
    };

    let portal = Portal::start().await;
    portal.bench.follow(all_lost("OTP", "PutItem"));
    assert_eq!(portal.send(NOW).await.status, 200);
    portal.bench.calm().await.unwrap();
    let code = portal.code(NOW).await;

    portal.bench.follow(all_lost("OTP", "UpdateItem"));
    let token = portal.verify(&code, NOW).await.refresh_token();

    portal.bench.follow(all_lost("FAM", "UpdateItem"));
    let token = portal.refresh(&token, NOW).await.refresh_token();
    assert_eq!(portal.logout(&token, NOW).await.status, 200);
    portal.bench.calm().await.unwrap();
    assert_eq!(portal.refresh(&token, NOW).await.code(), "REFRESH_REUSED");
}

/// A late copy of every write of a flow lands after the flow, and after what followed it.
#[tokio::test]
async fn a_late_copy_changes_nothing_any_more() {
    // A code that was used stays used, and its attempts stay counted.
    let portal = Portal::start().await;
    late_first_attempts(&portal);
    let code = portal.fresh_code(NOW).await;
    let token = portal.verify(&code, NOW).await.refresh_token();
    calm_but_keep_late(&portal).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 401);
    assert_eq!(portal.refresh(&token, NOW).await.status, 200);

    // A family that was revoked stays revoked.
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    late_first_attempts(&portal);
    let second = portal.refresh(&first, NOW).await.refresh_token();
    assert_eq!(portal.logout(&second, NOW).await.status, 200);
    calm_but_keep_late(&portal).await;
    assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_REUSED");
}

/// Each write of a sign-in in turn arrives once more after the family was revoked.
#[tokio::test]
async fn a_late_copy_of_a_sign_in_brings_neither_code_nor_family_back() {
    for write in 0..4 {
        let portal = Portal::start().await;
        let code = portal.fresh_code(NOW).await;
        portal.bench.strike(Fault::Late, write);
        let token = portal.verify(&code, NOW).await.refresh_token();
        calm_but_keep_late(&portal).await;
        assert_eq!(portal.logout(&token, NOW).await.status, 200);

        let portal = Portal::start().await;
        let code = portal.fresh_code(NOW).await;
        portal.bench.strike(Fault::Late, write);
        let token = portal.verify(&code, NOW).await.refresh_token();
        assert_eq!(portal.logout(&token, NOW).await.status, 200);
        calm_but_keep_late(&portal).await;
        assert_eq!(portal.refresh(&token, NOW).await.code(), "REFRESH_REUSED", "write {write}");
        assert_eq!(portal.verify(&code, NOW).await.status, 401, "write {write}");
    }
}

/// Seed 216 of the simulation: copies of attempts at earlier codes used up all of a newer one's.
#[tokio::test]
async fn late_copies_of_attempts_spare_the_code_that_came_since() {
    let portal = Portal::start().await;
    let wrong = another(&portal.fresh_code(NOW).await);
    for _ in 0..3 {
        portal.bench.strike(Fault::Late, 0);
        assert_eq!(portal.verify(&wrong, NOW).await.status, 401);
    }
    portal.bench.follow(Plan::default());
    let later = NOW.plus(seconds(6));
    let code = portal.fresh_code(later).await;
    calm_but_keep_late(&portal).await;
    assert_eq!(portal.verify(&code, later).await.status, 200);
}

#[tokio::test]
async fn an_attempt_is_given_back_through_every_fault() {
    for fault in Fault::HIDDEN {
        let portal = Portal::start().await;
        let code = portal.fresh_code(NOW).await;
        portal.bench.end_sessions(&portal.patient.user, NOW.plus(seconds(5))).await.unwrap();
        // After the attempt, the family and its pointer.
        portal.bench.strike(fault, 3);
        assert_eq!(portal.verify(&code, NOW).await.status, 503, "{fault:?}");
        let attempts = async || portal.challenge().await.unwrap().contains_key("attempts");
        assert!(!attempts().await, "{fault:?}");
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401, "{fault:?}");
        portal.bench.calm().await.unwrap();
        let challenge = portal.challenge().await.unwrap();
        assert_eq!(challenge["attempts"].as_ss().unwrap().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_attempt_that_is_given_back_after_the_code_was_withdrawn_brings_nothing_back() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.end_sessions(&portal.patient.user, NOW.plus(seconds(5))).await.unwrap();
    portal.bench.strike(Fault::Late, 3);
    assert_eq!(portal.verify(&code, NOW).await.status, 503);
    let over = NOW.plus(seconds(6));
    assert_eq!(portal.verify(&code, over).await.status, 200);
    let tombstone = portal.challenge().await.unwrap();
    calm_but_keep_late(&portal).await;
    assert_eq!(portal.challenge().await.unwrap(), tombstone);
}

#[tokio::test]
async fn giving_an_attempt_back_to_a_code_that_is_gone_makes_no_item() {
    let portal = Portal::start().await;
    let challenges = store::Challenges::new(&portal.bench.aws).unwrap();
    let (organization, identity) = (&portal.tenant.organization.id, &portal.patient.identity);
    challenges.give_back(organization, identity, &domain::id::Nonce::random()).await.unwrap();
    assert!(portal.challenge().await.is_err());
}

/// Instances whose clocks differ by seconds agree on what a code of their time is.
#[tokio::test]
async fn a_code_works_for_an_instance_whose_clock_is_behind() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW.plus(seconds(5))).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
}

#[tokio::test]
async fn a_late_copy_of_a_resend_sends_nothing_any_more() {
    let portal = Portal::start().await;
    assert_eq!(portal.send(NOW).await.status, 200);
    portal.bench.strike(Fault::Late, 2);
    assert_eq!(portal.send(NOW.plus(seconds(1))).await.status, 200);
    assert_eq!(portal.send(NOW.plus(seconds(2))).await.status, 200);
    let latest = portal.challenge().await.unwrap();
    calm_but_keep_late(&portal).await;
    assert_eq!(portal.challenge().await.unwrap(), latest);
}

#[tokio::test]
async fn a_late_resend_leaves_the_tombstone_of_a_used_code_alone() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal
        .bench
        .follow(Plan::always(Fault::Late, |call| call.item == "OTP" && call.name == "UpdateItem"));
    assert_eq!(portal.send(NOW.plus(seconds(1))).await.status, 503, "in doubt");
    portal.bench.follow(Plan::default());
    assert_eq!(portal.verify(&code, NOW.plus(seconds(2))).await.status, 200);
    let tombstone = portal.challenge().await.unwrap();
    calm_but_keep_late(&portal).await;
    assert_eq!(portal.challenge().await.unwrap(), tombstone);
}

/// The first attempt of every write is delayed; its retry goes through.
fn late_first_attempts(portal: &Arc<Portal>) {
    let mut delay = true;
    portal.bench.follow(Plan::new(move |operation| {
        if !operation.is_write() {
            return Fault::None;
        }
        delay = !delay;
        if delay { Fault::None } else { Fault::Late }
    }));
}

/// Delivers what was late, at last.
async fn calm_but_keep_late(portal: &Portal) {
    let delivered = portal.bench.deliver_late_calls().await.unwrap();
    assert!(delivered > 0, "something was late");
    portal.bench.follow(Plan::default());
}
