//! Budgets against abuse: of an identifier, of a source, of an organization's SMS; and the unlock.

use std::sync::Arc;

use domain::limits::Limit;
use registry::{Registered, Unlocks};
use runtime::resources::TableName;
use runtime::telemetry::measured;
use workbench::portal::{Portal, another, seconds};
use workbench::{Fault, NOW};

const HOME: &str = "192.0.2.7";
const NOBODY: &str = "nobody@example.com";

async fn changed(change: impl Fn(&mut Registered) + Send) -> Arc<Portal> {
    let portal = Portal::start().await;
    let organizations = portal.bench.organizations().unwrap();
    organizations.update(&portal.tenant.organization.id, change).await.unwrap();
    portal
}

async fn counting_sources(limit: u32) -> Arc<Portal> {
    let limit = Limit::new(limit);
    changed(|registered| registered.organization.source_limit = limit).await
}

/// A stored 0 removed the bound: 250 wrong guesses in a row, none refused.
#[tokio::test]
async fn a_stored_zero_is_the_highest_bound_and_not_none() {
    let portal = Portal::start().await;
    let mut rows = portal.bench.scan(TableName::Organizations).await.unwrap();
    for row in rows.iter_mut().filter(|row| !row["sendsPerDay"].is_null()) {
        row["sendsPerDay"]["N"] = "0".into();
    }
    portal.bench.restore(TableName::Organizations, &rows).await.unwrap();
    let (mut guesses, mut now) = (0, NOW);
    while portal.send(now).await.status == 200 {
        let code = portal.code(now).await;
        for _ in 0..3 {
            assert_eq!(portal.verify(&another(&code), now).await.status, 401);
            guesses += 1;
        }
        now = now.plus(seconds(1));
    }
    assert_eq!(guesses, 50 * 3);
}

#[tokio::test]
async fn a_right_code_during_a_sign_out_everywhere_costs_its_source_nothing() {
    let portal = counting_sources(2).await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.end_sessions(&portal.patient.user, NOW.plus(seconds(5))).await.unwrap();
    let email = portal.patient.email.clone();
    for _ in 0..3 {
        assert_eq!(portal.verify_from(HOME, &email, &code, NOW).await.status, 503);
    }
    let over = NOW.plus(seconds(6));
    assert_eq!(portal.verify_from(HOME, &email, &code, over).await.status, 200);
}

#[tokio::test]
async fn a_source_is_refused_over_its_limit_and_burns_nothing() {
    let portal = counting_sources(3).await;
    let code = portal.fresh_code(NOW).await;
    let email = portal.patient.email.clone();
    for _ in 0..2 {
        let wrong = portal.verify_from(HOME, &email, &another(&code), NOW).await;
        assert_eq!(wrong.status, 401);
    }
    assert_eq!(portal.send_from(HOME, NOBODY, NOW).await.status, 200, "sends count, too");
    let over = portal.verify_from(HOME, &email, &code, NOW).await;
    assert_eq!((over.status, over.code()), (429, "RATE_LIMITED"));
    assert_eq!(portal.verify_from(HOME, NOBODY, &code, NOW).await, over);
    assert_eq!(portal.send_from(HOME, &email, NOW).await, over);
    // 03:04:05.678: the hour has 55 minutes and 54.322 seconds left.
    assert_eq!(over.retry_after.as_deref(), Some("3355"));
    // From elsewhere, the third attempt is still there.
    assert_eq!(portal.verify_from("192.0.2.8", &email, &code, NOW).await.status, 200);
    assert_eq!(portal.send_from(HOME, &email, NOW.plus(seconds(3355))).await.status, 200);
}

#[tokio::test]
async fn a_right_code_takes_its_attempt_back() {
    let portal = counting_sources(1).await;
    let email = portal.patient.email.clone();
    for nth in 0..3 {
        let now = NOW.plus(seconds(nth));
        let code = portal.fresh_code(now).await;
        assert_eq!(portal.verify_from(HOME, &email, &code, now).await.status, 200);
    }
    let code = portal.fresh_code(NOW.plus(seconds(4))).await;
    let wrong = another(&code);
    let now = NOW.plus(seconds(5));
    assert_eq!(portal.verify_from(HOME, &email, &wrong, now).await.status, 401);
    assert_eq!(portal.verify_from(HOME, &email, &wrong, now).await.status, 429);
}

#[tokio::test]
async fn parallel_guesses_of_one_source_do_not_exceed_its_limit() {
    let portal = counting_sources(5).await;
    let guesses: Vec<_> = (0..40)
        .map(|nth| {
            let portal = Arc::clone(&portal);
            let email = format!("patient-{nth}@example.com");
            tokio::spawn(
                async move { portal.verify_from(HOME, &email, "000000", NOW).await.status },
            )
        })
        .collect();
    let mut compared = 0;
    for guess in guesses {
        compared += usize::from(guess.await.unwrap() == 401);
    }
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn a_source_is_an_address_a_subnet_or_a_site() {
    for (one, other, is_same) in [
        (HOME, "::ffff:192.0.2.7", true),
        (HOME, "192.0.2.8", false),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
    ] {
        // A site's attempts are spread over ten counters: that six of six meet is one chance in a million.
        let portal = counting_sources(6).await;
        for _ in 0..6 {
            assert_eq!(portal.send_from(one, NOBODY, NOW).await.status, 200);
        }
        let expected = if is_same { 429 } else { 200 };
        assert_eq!(portal.send_from(other, NOBODY, NOW).await.status, expected, "{one} {other}");
    }
    let portal = counting_sources(1).await;
    let mut sent = 0;
    for subnet in 0..60 {
        let source = format!("2001:db8:1:{subnet:x}::1");
        sent += u32::from(
            portal.send_from(&source, &format!("{subnet}@example.com"), NOW).await.status == 200,
        );
    }
    assert!((5..=10).contains(&sent), "a site has ten times the limit at most: {sent}");
}

#[tokio::test]
async fn a_source_that_is_no_address_is_refused_also_while_nothing_is_counted() {
    let portal = Portal::start().await;
    for source in ["", " ", "home", "192.0.2.7, 192.0.2.8", "192.0.2", "[::1]", "::1%eth0"] {
        let answer = portal.send_from(source, NOBODY, NOW).await;
        assert_eq!((answer.status, answer.code()), (400, "VALIDATION_ERROR"), "{source:?}");
    }
    for _ in 0..3 {
        assert_eq!(portal.send_from(HOME, NOBODY, NOW).await.status, 200, "off by default");
    }
}

#[tokio::test]
async fn what_counting_by_source_costs() {
    let portal = counting_sources(100).await;
    let email = portal.patient.email.clone();
    portal.sign_in(NOW).await;
    for (source, networks) in [(None, 0), (Some(HOME), 1), (Some("2001:db8::1"), 2)] {
        let now = NOW.plus(seconds(1 + u64::from(networks)));
        let (sent, cost) = measured(async {
            match source {
                Some(source) => portal.send_from(source, &email, now).await,
                None => portal.send(now).await,
            }
        })
        .await;
        assert_eq!(sent.status, 200);
        let counts = f64::from(networks);
        assert_eq!((cost.round_trips, cost.write_units), (2 + networks, 2.0 + counts));
        let code = portal.code(now).await;
        let (wrong, guess) = measured(async {
            match source {
                Some(source) => portal.verify_from(source, &email, &another(&code), now).await,
                None => portal.verify(&another(&code), now).await,
            }
        })
        .await;
        assert_eq!(wrong.status, 401);
        assert_eq!((guess.round_trips, guess.write_units), (1 + networks, 1.0 + counts));
        let (right, sign_in) = measured(async {
            match source {
                Some(source) => portal.verify_from(source, &email, &code, now).await,
                None => portal.verify(&code, now).await,
            }
        })
        .await;
        assert_eq!(right.status, 200);
        let taken_back = u32::from(networks > 0);
        assert_eq!(sign_in.round_trips, 4 + networks + taken_back);
        assert_eq!(sign_in.write_units.to_bits(), (5.0 + 2.0 * counts).to_bits());
    }
}

#[tokio::test]
async fn counting_a_source_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..7 {
            let portal = counting_sources(1).await;
            let email = portal.patient.email.clone();
            let code = portal.fresh_code(NOW).await;
            portal.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            assert_eq!(portal.verify_from(HOME, &email, &code, NOW).await.status, 200, "{what}");
        }
    }
}

#[tokio::test]
async fn sms_end_at_the_organizations_cap_and_the_record_is_done() {
    let portal = changed(|registered| registered.organization.sms_per_day = 2).await;
    for (nth, expected) in [(0, "sent"), (1, "sent"), (2, "SMS cap reached")] {
        let now = NOW.plus(seconds(nth));
        assert_eq!(portal.send_sms(now).await.status, 200);
        assert_eq!(portal.deliver_sms(now).await, expected);
    }
    assert_eq!(portal.bench.inbox.sent().len(), 2);
    assert_eq!(portal.send(NOW).await.status, 200);
    assert_eq!(portal.deliver(NOW).await.unwrap(), "sent", "mail has no cap");
}

#[tokio::test]
async fn an_sms_is_counted_through_every_fault_at_least_once() {
    for fault in Fault::HIDDEN {
        let portal = changed(|registered| registered.organization.sms_per_day = 2).await;
        assert_eq!(portal.send_sms(NOW).await.status, 200);
        portal.bench.strike(fault, 0);
        assert_eq!(portal.deliver_sms(NOW).await, "sent", "{fault:?}");
        portal.bench.calm().await.unwrap();
        let rows = portal.bench.scan(TableName::Challenges).await.unwrap();
        let sent = rows.iter().find_map(|row| row["sent"]["N"].as_str()).unwrap();
        assert!(["1", "2"].contains(&sent), "{fault:?}: {sent}");
    }
}

/// Ten calls of anybody locked a patient out until midnight, and nobody could unlock.
#[tokio::test]
async fn an_unlock_gives_a_patient_the_days_sends_back_and_withdraws_the_code() {
    for fault in Fault::HIDDEN {
        for write in 0..2 {
            let portal = Portal::limited(2).await;
            let code = portal.fresh_code(NOW).await;
            portal.send(NOW).await;
            assert_eq!(portal.send(NOW).await.status, 429);
            let unlocks = Unlocks::new(&portal.bench.aws).unwrap();
            let (organization, identity) =
                (&portal.tenant.organization.id, &portal.patient.identity);
            portal.bench.strike(fault, write);
            let unlocked = unlocks.unlock(organization, identity, NOW).await.unwrap();
            let what = format!("{fault:?} at write {write}");
            assert_eq!(unlocked.sends, 2, "{what}");
            portal.bench.follow(workbench::Plan::default());
            assert_eq!(portal.verify(&code, NOW).await.status, 401, "{what}: withdrawn");
            assert!(portal.challenge().await.unwrap().contains_key("otpId"), "{what}: not deleted");
            let now = NOW.plus(seconds(1));
            let code = portal.fresh_code(now).await;
            portal.bench.deliver_late_calls().await.unwrap();
            assert_eq!(portal.send(now).await.status, 200);
            assert_eq!(portal.send(now).await.status, 429, "{what}: later sends stay counted");
            assert_eq!(portal.verify(&code, now).await.status, 200, "{what}");
        }
    }
}
