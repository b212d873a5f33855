//! Keys follow one another, and no token is refused for it.

use std::sync::Arc;

use runtime::resources::TableName;
use serde_json::Value;

use domain::time::Timestamp;
use registry::signing_ring::Differences;
use registry::{Progress, Rotated, SigningRings};
use runtime::telemetry::measured;
use tokio::task::JoinSet;
use workbench::{Fault, Plan};

use crate::fixture::{Deployment, NOW, SIGNING, seconds};

fn at(seconds_from_now: u64) -> Timestamp {
    NOW.whole_second().plus(seconds(seconds_from_now))
}

fn kid(token: &str) -> String {
    let header = workbench::base64url(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// Six instances, some of which hardly ever look at anything again, all day long: a new token each
/// time, and every token of the last six hours validated by all.
#[tokio::test]
async fn a_rotation_under_load_refuses_no_token() {
    let deployment = Deployment::start().await;
    let instances: Vec<Arc<Deployment>> = (0..6).map(|_| deployment.another_instance()).collect();
    let mut tokens: Vec<(Timestamp, String)> = Vec::new();
    let mut kids = Vec::new();
    for minute in (0..14 * 60).step_by(10) {
        let now = at(minute * 60);
        if [60, 80, 420].contains(&minute) {
            deployment.rotate(now).await;
        }
        for (nth, instance) in instances.iter().enumerate() {
            // The nth instance is called every nth round only, so that its caches differ.
            if minute / 10 % (nth as u64 + 1) != 0 {
                continue;
            }
            let token = instance.ask_token(now).await.token();
            kids.push(kid(&token));
            tokens.push((now, token));
            tokens.retain(|(issued, _)| issued.plus(seconds(21_600)) > now);
            for (issued, token) in tokens.iter().rev().step_by(25) {
                let answer = instance.validate(token, now).await;
                assert_eq!(answer.status, 200, "{}: issued {issued}, {}", answer.step, now);
            }
            // What an external verifier may have cached for five minutes.
            let published = instance.kids(now).await;
            assert!(published.contains(kids.last().unwrap()), "at {now}");
        }
    }
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), 4, "each key signed");
    assert_eq!(deployment.another_instance().kids(at(14 * 3600 + 60)).await.len(), 2);
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_are_over() {
    let deployment = Deployment::start().await;
    let old = kid(&deployment.ask_token(at(0)).await.token());
    deployment.rotate(at(0)).await;
    let fresh = || deployment.another_instance();
    let signs = |second: u64| {
        let instance = fresh();
        async move { kid(&instance.ask_token(at(second)).await.token()) }
    };
    let ahead = 900;
    assert_eq!(fresh().kids(at(0)).await.len(), 2);
    assert_eq!(signs(ahead - 1).await, old);
    let new = signs(ahead).await;
    assert_ne!(new, old);
    // An hour for instances that have not heard of it, six for tokens, a minute for clocks.
    let over = ahead + 3600 + 21_600 + 60;
    assert!(fresh().kids(at(over - 1)).await.contains(&old));
    assert_eq!(fresh().kids(at(over)).await, [new]);
}

#[tokio::test]
async fn an_instance_that_missed_the_rotation_signs_with_a_key_that_is_still_good() {
    let deployment = Deployment::start().await;
    let stale = deployment.another_instance();
    let old = kid(&stale.ask_token(at(0)).await.token());
    deployment.rotate(at(0)).await;
    deployment.bench.secrets.set_down(true);
    let token = stale.ask_token(at(3600)).await.token();
    assert_eq!(kid(&token), old);
    for second in [3600, 3600 + 21_599] {
        assert_eq!(deployment.another_instance().validate(&token, at(second)).await.status, 200);
    }
}

#[tokio::test]
async fn a_rotation_that_stops_anywhere_refuses_no_token_and_can_be_repeated() {
    for stop in 0..5 {
        let deployment = Deployment::start().await;
        let old = deployment.ask_token(at(0)).await.token();
        let mut writes = 0;
        deployment.bench.secrets.set_down(false);
        deployment.bench.follow(Plan::new(move |operation| {
            writes += usize::from(operation.is_write());
            if operation.is_write() && writes > stop { Fault::Error } else { Fault::None }
        }));
        let rotation = SigningRings::new(&deployment.bench.aws).unwrap();
        let stopped = rotation.rotate(at(0)).await;
        assert_eq!(stopped.is_err(), stop < 4, "{stop}");
        deployment.bench.follow(Plan::default());
        for second in [0, 900, 21_599] {
            let fresh = deployment.another_instance();
            let token = fresh.ask_token(at(second)).await.token();
            assert_eq!(fresh.validate(&token, at(second)).await.status, 200, "{stop}: {second}");
            assert_eq!(fresh.validate(&old, at(second)).await.status, 200, "{stop}: {second}");
        }
        deployment.rotate(at(21_600)).await;
        let fresh = deployment.another_instance();
        let token = fresh.ask_token(at(30_000)).await.token();
        assert_eq!(fresh.validate(&token, at(30_000)).await.status, 200, "{stop}");
    }
}

/// Instances that are called every minute, or hardly ever, while an operator replaces the ring.
#[tokio::test]
async fn after_an_emergency_a_token_of_the_leaked_key_is_refused_and_no_other_token_was() {
    let deployment = Deployment::start().await;
    let rings = SigningRings::new(&deployment.bench.aws).unwrap();
    let instances: Vec<Arc<Deployment>> = (0..4).map(|_| deployment.another_instance()).collect();
    let leaked = deployment.ask_token(at(0)).await.token();
    let kids = rings.leaked(at(0)).await.unwrap();
    assert_eq!(kids, [kid(&leaked)]);
    let mut dropped_at = None;
    for minute in 0..40 {
        let now = at(minute * 60);
        if dropped_at.is_none() {
            let progress = rings.replace(&kids, now).await.unwrap();
            dropped_at = matches!(progress, Progress::Dropped(_)).then_some(minute);
        }
        for (nth, instance) in instances.iter().enumerate() {
            if minute % (2 * nth as u64 + 1) != 0 {
                continue;
            }
            let token = instance.ask_token(now).await.token();
            let is_old = kid(&token) == kids[0];
            assert_eq!(is_old, minute < 15, "{minute}");
            for other in &instances {
                let answer = other.validate(&token, now).await;
                assert_eq!(answer.status, 200, "{}: {minute}", answer.step);
            }
            let published = instance.kids(now).await;
            assert!(published.contains(&kid(&token)), "{minute}");
            if dropped_at.is_some_and(|dropped_at| minute >= dropped_at + 8) {
                assert!(!published.contains(&kids[0]), "{minute}");
            }
        }
        for instance in &instances {
            let status = instance.validate(&leaked, now).await.status;
            match dropped_at {
                None => assert_eq!(status, 200, "{minute}"),
                Some(dropped_at) if minute >= dropped_at + 6 => assert_eq!(status, 401, "{minute}"),
                Some(_) => {}
            }
        }
    }
    assert_eq!(dropped_at, Some(16), "a quarter of an hour and a minute for clocks");
    assert_eq!(deployment.another_instance().validate(&leaked, at(16 * 60)).await.status, 401);
    assert_eq!(rings.read().await.unwrap().unwrap().keys().count(), 1);
}

#[tokio::test]
async fn a_key_that_was_rotated_away_can_be_dropped_before_it_retires() {
    let deployment = Deployment::start().await;
    let rings = SigningRings::new(&deployment.bench.aws).unwrap();
    let leaked = deployment.ask_token(at(0)).await.token();
    deployment.rotate(at(0)).await;
    assert!(rings.previous(at(899)).await.unwrap().is_empty(), "it signs");
    // Of the second rotation, the ring has it no more.
    for now in [at(960), at(1000)] {
        let previous = rings.previous(now).await.unwrap();
        assert_eq!(previous, [kid(&leaked)]);
        assert_eq!(deployment.another_instance().validate(&leaked, now).await.status, 200);
        if now == at(960) {
            deployment.rotate(now).await;
            continue;
        }
        let dropped = rings.replace(&previous, now).await.unwrap();
        assert_eq!(dropped, Progress::Dropped(now.plus(seconds(420))));
        assert!(rings.previous(now).await.unwrap().is_empty());
        assert_eq!(deployment.another_instance().validate(&leaked, now).await.status, 401);
    }
}

/// A restored table has forgotten that a key was dropped, and which key came after it.
#[tokio::test]
async fn after_a_restore_a_dropped_key_is_dropped_again_and_the_ring_is_published_again() {
    let deployment = Deployment::start().await;
    let rings = SigningRings::new(&deployment.bench.aws).unwrap();
    let leaked = deployment.ask_token(at(0)).await.token();
    let backup = published(&deployment).await;
    let kids = rings.leaked(at(0)).await.unwrap();
    let mut now = at(0);
    while !matches!(rings.replace(&kids, now).await.unwrap(), Progress::Dropped(_)) {
        now = now.plus(seconds(60));
    }
    let token = deployment.another_instance().ask_token(now).await.token();
    deployment.bench.put_raw(TableName::Organizations, &backup).await.unwrap();
    let refused =
        async |token: &str| deployment.another_instance().validate(token, now).await.status == 401;
    assert!(!refused(&leaked).await && refused(&token).await, "the backup is in its place");
    let differences = rings.differences(now).await.unwrap();
    assert_eq!((differences.unpublished, differences.stray), (vec![kid(&token)], kids.clone()));

    deployment.rotate(now).await;
    assert!(!refused(&token).await);
    assert_eq!(rings.previous(now).await.unwrap(), kids);
    let dropped = rings.replace(&kids, now).await.unwrap();
    assert!(matches!(dropped, Progress::Dropped(_)), "{dropped:?}");
    assert!(refused(&leaked).await && !refused(&token).await);
    assert_eq!(rings.differences(now).await.unwrap(), Differences::default());

    // Also while the next key waits, and no other is added.
    deployment.bench.put_raw(TableName::Organizations, &backup).await.unwrap();
    assert!(refused(&token).await);
    let rotated = rings.rotate(now).await.unwrap();
    assert!(matches!(rotated, Rotated::Waiting(..)), "{rotated:?}");
    assert!(!refused(&token).await);
}

/// The item with the published keys.
async fn published(deployment: &Deployment) -> Value {
    let items = deployment.bench.scan(TableName::Organizations).await.unwrap();
    items.into_iter().find(|item| item["pk"]["S"] == store::jwks::PK).unwrap()
}

#[tokio::test]
async fn an_emergency_that_stops_anywhere_goes_on_and_refuses_no_new_token() {
    for stop in 0..3 {
        let deployment = Deployment::start().await;
        let leaked = deployment.ask_token(at(0)).await.token();
        assert_eq!(deployment.validate(&leaked, at(0)).await.status, 200, "integrated");
        let mut writes = 0;
        deployment.bench.follow(Plan::new(move |operation| {
            writes += usize::from(operation.is_write());
            if operation.is_write() && (writes > stop && writes <= stop + 6) {
                Fault::Error
            } else {
                Fault::None
            }
        }));
        let (mut stopped, mut now) = (0, at(0));
        loop {
            let rings = SigningRings::new(&deployment.bench.aws).unwrap();
            let kids = rings.leaked(now).await.unwrap();
            assert_eq!(kids[..1], [kid(&leaked)], "{stop}");
            match rings.replace(&kids, now).await {
                Err(_) => stopped += 1,
                Ok(Progress::Dropped(_)) => break,
                Ok(_) => now = now.plus(seconds(120)),
            }
            let fresh = deployment.another_instance();
            let token = fresh.ask_token(now).await.token();
            assert_eq!(fresh.validate(&token, now).await.status, 200, "{stop}: {now}");
        }
        deployment.bench.follow(Plan::default());
        assert!(stopped > 0, "{stop}");
        let fresh = deployment.another_instance();
        assert_eq!(fresh.validate(&leaked, now).await.status, 401, "{stop}");
        let token = fresh.ask_token(now).await.token();
        assert_eq!(fresh.validate(&token, now).await.status, 200, "{stop}");
    }
}

#[tokio::test]
async fn operators_who_replace_the_signing_keys_at_once_add_one_key() {
    let deployment = Deployment::start().await;
    let kids = SigningRings::new(&deployment.bench.aws).unwrap().leaked(at(0)).await.unwrap();
    for second in [0, 60, 960, 961] {
        let mut operators = JoinSet::new();
        for _ in 0..4 {
            let (rings, kids) = (SigningRings::new(&deployment.bench.aws).unwrap(), kids.clone());
            operators.spawn(async move { rings.replace(&kids, at(second)).await.unwrap() });
        }
        let progress = operators.join_all().await;
        let announced = progress.iter().filter(|it| matches!(it, Progress::Announced(_)));
        assert_eq!(announced.count(), usize::from(second == 0), "{progress:?}");
    }
    let fresh = deployment.another_instance();
    let token = fresh.ask_token(at(961)).await.token();
    assert_eq!(fresh.validate(&token, at(961)).await.status, 200);
    assert_eq!(fresh.kids(at(961)).await, [kid(&token)]);
}

#[tokio::test]
async fn no_key_is_added_while_the_latest_does_not_sign_yet() {
    let deployment = Deployment::start().await;
    let rotation = SigningRings::new(&deployment.bench.aws).unwrap();
    let Rotated::Added(kid, signs_from) = rotation.rotate(at(0)).await.unwrap() else {
        panic!("nothing was waiting")
    };
    assert_eq!(signs_from, at(900));
    let held = deployment.bench.secrets.value(SIGNING);
    let waiting = Rotated::Waiting(kid, signs_from);
    for second in [0, 899] {
        assert_eq!(rotation.rotate(at(second)).await.unwrap(), waiting);
    }
    assert_eq!(deployment.bench.secrets.value(SIGNING), held);
    assert_eq!(deployment.kids(at(0)).await.len(), 2);
    let next = rotation.rotate(signs_from).await.unwrap();
    assert!(matches!(next, Rotated::Added(..)), "{next:?}");
}

#[tokio::test]
async fn while_secrets_manager_is_down_nothing_is_lost_by_trying_to_rotate() {
    let deployment = Deployment::start().await;
    let before = deployment.bench.secrets.value(SIGNING);
    deployment.bench.secrets.set_down(true);
    let rotation = SigningRings::new(&deployment.bench.aws).unwrap();
    assert!(rotation.rotate(at(0)).await.is_err());
    deployment.bench.secrets.set_down(false);
    assert_eq!(deployment.bench.secrets.value(SIGNING), before);
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_a_minute_and_blocks_no_known_one() {
    let deployment = Deployment::start().await;
    let good = deployment.ask_token(at(0)).await.token();
    let stranger = Deployment::without_key().await;
    stranger.rotate(NOW).await;
    let forged = stranger.ask_token(at(0)).await.token();
    let reads = |token: String, second: u64| {
        let deployment = Arc::clone(&deployment);
        async move {
            let (answer, call) = measured(deployment.validate(&token, at(second))).await;
            (answer.status, call.operations)
        }
    };
    assert_eq!(reads(good.clone(), 0).await.0, 200);
    assert_eq!(reads(forged.clone(), 59).await, (401, 0), "just looked");
    assert_eq!(reads(forged.clone(), 60).await, (401, 1));
    for second in 61..120 {
        assert_eq!(reads(forged.clone(), second).await, (401, 0));
        assert_eq!(reads(good.clone(), second).await, (200, 3));
    }
    deployment.bench.follow(Plan::always(Fault::Error, |operation| operation.item == "JWKS"));
    assert_eq!(reads(forged.clone(), 120).await.0, 401);
    assert_eq!(reads(good, 120).await.0, 200);
}

#[tokio::test]
async fn the_first_key_is_made_once_and_beginning_again_changes_nothing() {
    let deployment = Deployment::without_key().await;
    let rotation = SigningRings::new(&deployment.bench.aws).unwrap();
    rotation.begin(NOW).await.unwrap();
    let (ring, kids) = (deployment.bench.secrets.value(SIGNING), deployment.kids(at(0)).await);
    rotation.begin(NOW).await.unwrap();
    assert_eq!(deployment.bench.secrets.value(SIGNING), ring);
    assert_eq!(deployment.another_instance().kids(at(60)).await, kids);
    deployment.bench.delete(TableName::Organizations, "JWKS#").await.unwrap();
    rotation.begin(NOW).await.unwrap();
    assert_eq!(deployment.another_instance().kids(at(60)).await, kids, "published again");
}

#[tokio::test]
async fn of_many_operators_who_make_the_first_key_one_does_and_no_other_key_is_published() {
    let deployment = Deployment::without_key().await;
    let mut operators = JoinSet::new();
    for _ in 0..4 {
        let rings = SigningRings::new(&deployment.bench.aws).unwrap();
        operators.spawn(async move { rings.rotate(NOW).await.unwrap() });
    }
    let rotated = operators.join_all().await;
    let added = rotated.iter().filter(|rotated| matches!(rotated, Rotated::Added(..)));
    assert_eq!(added.count(), 1, "{rotated:?}");
    let kids = deployment.kids(NOW.plus(seconds(1))).await;
    assert_eq!(kids.len(), 1, "{kids:?}");
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
}
