//! Rings of symmetric keys: announced, promoted, dropped; by one operator at a time.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use std::time::Duration;

use registry::symmetric_ring::{Advance, needed};
use registry::{Progress, SymmetricRing};
use runtime::resources::KeyRingName;
use tokio::task::JoinSet;
use workbench::portal::{Portal, another, seconds};
use workbench::{Fault, NOW, Workbench};

const NAME: KeyRingName = KeyRingName::PortalAccess;

fn ring(bench: &Workbench) -> SymmetricRing {
    SymmetricRing::new(&bench.aws, NAME).unwrap()
}

fn needed_for() -> Duration {
    needed(NAME).unwrap()
}

#[tokio::test]
async fn a_token_works_through_a_rotation_and_until_its_key_is_dropped() {
    let portal = Portal::start().await;
    let ring = ring(&portal.bench);
    let first = ring.read().await.unwrap().current_kid().to_owned();
    let Advance::Announced(_, ready_at) = ring.advance(needed_for(), NOW).await.unwrap() else {
        panic!("nothing was announced before")
    };
    let waiting = ring.advance(needed_for(), NOW.plus(seconds(599))).await.unwrap();
    assert!(matches!(waiting, Advance::Waiting(until) if until == ready_at));
    let code = portal.fresh_code(ready_at).await;
    let old = portal.verify(&code, ready_at).await.access_token();
    let promoted = ring.advance(needed_for(), ready_at).await.unwrap();
    assert!(matches!(promoted, Advance::Promoted(_)));
    let rotated = portal.another_instance();
    assert_eq!(rotated.me(&old, ready_at).await.status, 200);

    assert_eq!(ring.read().await.unwrap().previous(), std::slice::from_ref(&first));
    let dropped = ring.replace(&[first], ready_at).await.unwrap();
    assert_eq!(dropped, Progress::Dropped(ready_at.plus(seconds(360))));
    assert!(ring.read().await.unwrap().previous().is_empty());
    assert_eq!(portal.another_instance().me(&old, ready_at).await.status, 401);
}

#[tokio::test]
async fn of_many_operators_at_once_one_announces_and_one_promotes() {
    let bench = Workbench::start().await.unwrap();
    for (now, state) in [(NOW, "next"), (NOW.plus(seconds(600)), "previous")] {
        let mut operators = JoinSet::new();
        for _ in 0..8 {
            let ring = ring(&bench);
            operators.spawn(async move { ring.advance(needed_for(), now).await.unwrap() });
        }
        let mut changed = 0;
        for advance in operators.join_all().await {
            changed +=
                usize::from(matches!(advance, Advance::Announced(..) | Advance::Promoted(_)));
        }
        assert_eq!(changed, 1, "{state}");
        let ring = ring(&bench).read().await.unwrap();
        let states: Vec<_> = ring.keys().map(|(_, state)| state).collect();
        assert_eq!(states, ["current", state]);
    }
}

#[tokio::test]
async fn while_secrets_manager_is_down_nothing_is_lost_by_trying_to_rotate() {
    let bench = Workbench::start().await.unwrap();
    let before = bench.secrets.value(NAME);
    bench.secrets.set_down(true);
    assert!(ring(&bench).advance(needed_for(), NOW).await.is_err());
    bench.secrets.set_down(false);
    assert_eq!(bench.secrets.value(NAME), before);
}

#[tokio::test]
async fn after_an_emergency_a_token_of_the_old_key_is_refused_and_one_of_the_new_key_was_never() {
    let portal = Portal::start().await;
    let ring = ring(&portal.bench);
    let code = portal.fresh_code(NOW).await;
    let signed_in = portal.verify(&code, NOW).await;
    let (old, mut refresh) = (signed_in.access_token(), signed_in.refresh_token());
    assert_eq!(portal.me(&old, NOW).await.status, 200, "this instance has the old ring");
    let kids = ring.read().await.unwrap().leaked(NOW);
    let mut now = NOW;
    loop {
        let progress = ring.replace(&kids, now).await.unwrap();
        // An instance that saw the ring just before, and one that sees it now.
        let instances = [portal.another_instance(), portal.another_instance()];
        if let Progress::Dropped(refused_from) = progress {
            assert_eq!(instances[0].me(&old, now).await.status, 401);
            assert_eq!(portal.me(&old, refused_from).await.status, 401, "no cache has it");
            assert_eq!(refused_from, NOW.plus(seconds(12 * 60)));
            return;
        }
        let renewed = instances[0].refresh(&refresh, now).await;
        refresh = renewed.refresh_token();
        assert_eq!(instances[1].me(&renewed.access_token(), now).await.status, 200);
        now = now.plus(seconds(60));
    }
}

#[tokio::test]
async fn codes_of_a_dropped_key_are_withdrawn_and_other_codes_are_not() {
    let portal = Portal::start().await;
    let otp = SymmetricRing::new(&portal.bench.aws, KeyRingName::Otp).unwrap();
    let kids = otp.read().await.unwrap().leaked(NOW);
    assert!(matches!(otp.replace(&kids, NOW).await.unwrap(), Progress::Announced(_)));
    let promoted_at = NOW.plus(seconds(360));
    let code = portal.fresh_code(promoted_at).await;
    assert_eq!(portal.verify(&code, promoted_at).await.status, 200, "it has the old ring");
    assert!(matches!(otp.replace(&kids, promoted_at).await.unwrap(), Progress::Promoted(_)));
    let (late, dropped_at) = (promoted_at.plus(seconds(290)), promoted_at.plus(seconds(360)));
    let old = portal.fresh_code(late).await;
    let neighbour = portal.neighbour().await;
    let new = neighbour.fresh_code(late).await;
    assert_eq!(otp.replace(&kids, late).await.unwrap(), Progress::Waiting(dropped_at));
    assert!(matches!(otp.replace(&kids, dropped_at).await.unwrap(), Progress::Dropped(_)));
    // The instance that derived it would find it right.
    assert_eq!(portal.verify(&old, late).await.status, 401);
    assert_eq!(neighbour.verify(&new, dropped_at).await.status, 200);
    let code = portal.fresh_code(dropped_at).await;
    assert_eq!(portal.verify(&code, dropped_at).await.status, 200, "a new one works at once");
}

#[tokio::test]
async fn a_code_is_withdrawn_with_its_key_through_every_fault() {
    for fault in Fault::HIDDEN {
        let portal = Portal::start().await;
        let otp = SymmetricRing::new(&portal.bench.aws, KeyRingName::Otp).unwrap();
        portal.bench.secrets.rotate(KeyRingName::Otp, "new", &["OTP_SECRET-1"]);
        portal.send(NOW).await;
        let code = portal.code(NOW).await;
        // From here on, this instance has the key cached.
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
        portal.bench.secrets.rotate(KeyRingName::Otp, "newer", &["new"]);
        portal.bench.strike(fault, 0);
        let dropped = otp.replace(&["new".to_owned()], NOW).await.unwrap();
        assert!(matches!(dropped, Progress::Dropped(_)), "{fault:?}");
        portal.bench.calm().await.unwrap();
        assert_eq!(portal.verify(&code, NOW).await.status, 401, "{fault:?}");
    }
}

#[tokio::test]
async fn operators_who_replace_a_ring_at_once_make_one_new_key_and_end_together() {
    let bench = Workbench::start().await.unwrap();
    let kids = ring(&bench).read().await.unwrap().leaked(NOW);
    for minute in [0, 1, 6, 7] {
        let mut operators = JoinSet::new();
        for _ in 0..8 {
            let (ring, kids) = (ring(&bench), kids.clone());
            let now = NOW.plus(seconds(minute * 60));
            operators.spawn(async move { ring.replace(&kids, now).await.unwrap() });
        }
        let took_a_step = |progress: &Progress| match progress {
            Progress::Announced(_) | Progress::Promoted(_) => true,
            Progress::Dropped(_) | Progress::Waiting(_) | Progress::Conflict => false,
        };
        let progress = operators.join_all().await;
        let steps = progress.iter().filter(|progress| took_a_step(progress)).count();
        assert_eq!(steps, usize::from(minute == 0), "{progress:?}");
    }
    let ring = ring(&bench).read().await.unwrap();
    assert_eq!(ring.keys().count(), 1);
    assert!(!kids.contains(&ring.current_kid().to_owned()));
}

#[tokio::test]
async fn an_emergency_that_is_cut_off_goes_on_where_it_stopped() {
    let bench = Workbench::start().await.unwrap();
    let old = ring(&bench).read().await.unwrap().current_kid().to_owned();
    let mut now = NOW;
    let mut announced = None;
    // Each round is another command, which asks again what it has to drop.
    loop {
        let ring = ring(&bench);
        let kids = ring.read().await.unwrap().leaked(now);
        assert_eq!(kids, std::slice::from_ref(&old));
        bench.secrets.set_down(true);
        assert!(ring.replace(&kids, now).await.is_err());
        bench.secrets.set_down(false);
        if let Progress::Dropped(_) = ring.replace(&kids, now).await.unwrap() {
            break;
        }
        let next = ring.read().await.unwrap().next_kid().map(str::to_owned);
        assert!(announced.is_none() || announced == next, "one new key is enough");
        announced = next;
        now = now.plus(seconds(45));
    }
    assert_eq!(ring(&bench).read().await.unwrap().current_kid(), announced.unwrap());
}
