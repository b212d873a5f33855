//! The sealer of the audit trail, on a real emulator.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use std::time::Duration;

use domain::audit::hour::Hour;
use domain::audit::seal::{HourOfLines, Seal};
use domain::audit::verification::seals;
use domain::time::Timestamp;
use domain::token::signing_ring::SigningRing;
use runtime::event::Tick;
use runtime::resources::KeyRingName;
use store::Seals;
use workbench::{Fault, NOW, Workbench};

async fn start(ring: &SigningRing) -> (Workbench, audit_seal::State) {
    let bench = Workbench::start().await.unwrap();
    let ring = serde_json::from_str(ring.text().unwrap().expose()).unwrap();
    bench.secrets.put(KeyRingName::AuditSigning, ring);
    let state = audit_seal::State::new(&bench.aws).unwrap();
    (bench, state)
}

/// Whether the hours from the first on have seals that follow one another. There are no lines.
async fn are_sealed(bench: &Workbench, first: Hour, count: usize) -> bool {
    let (store, mut chain) = (Seals::new(&bench.aws).unwrap(), seals::Seals::default());
    let mut hour = first;
    for _ in 0..count {
        let seal = store.find(hour).await.unwrap();
        if !chain.hour_of(hour, seal.as_ref(), &HourOfLines::default()).is_empty() {
            return false;
        }
        hour = hour.next();
    }
    store.find(hour).await.unwrap().is_none()
}

fn hours(count: u64) -> Timestamp {
    NOW.plus(Duration::from_hours(count))
}

#[tokio::test]
async fn a_seal_survives_every_fault_of_every_write() {
    let ring = SigningRing::first().unwrap();
    for fault in Fault::HIDDEN {
        // The head, then the seal of an hour and the head, twice.
        for write in 0..5 {
            let what = format!("{fault:?} at write {write}");
            let (bench, state) = start(&ring).await;
            bench.strike(fault, write);
            // They may fail; then the next run goes on.
            for count in [0, 1] {
                let _ = audit_seal::handle(&state, Tick, hours(count)).await;
            }
            bench.calm().await.unwrap();
            audit_seal::handle(&state, Tick, hours(3)).await.unwrap();
            assert!(are_sealed(&bench, Hour::due(NOW), 4).await, "{what}");
        }
    }
}

#[tokio::test]
async fn the_first_seal_of_an_hour_counts_and_the_head_never_goes_back() {
    let ring = SigningRing::first().unwrap();
    let (bench, _) = start(&ring).await;
    let store = Seals::new(&bench.aws).unwrap();
    let hour = Hour::of(NOW);
    let mut lines = HourOfLines::default();
    let first = Seal::sign(hour, &lines, None, &ring, NOW).unwrap();
    lines.add("another");
    let second = Seal::sign(hour, &lines, None, &ring, NOW).unwrap();
    assert_eq!(store.put(hour, first.clone()).await.unwrap(), first);
    assert_eq!(store.put(hour, second).await.unwrap(), first);
    assert_eq!(store.head().await.unwrap(), None, "nothing has said so yet");
    store.begin(hour).await.unwrap();
    store.begin(hour.next()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Some((hour.previous(), None)), "the first one counts");
    store.advance(hour).await.unwrap();
    store.advance(hour.previous()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Some((hour, Some(first))));
}

#[tokio::test]
async fn two_sealers_side_by_side_make_one_chain() {
    let ring = SigningRing::first().unwrap();
    let (bench, one) = start(&ring).await;
    let other = audit_seal::State::new(&bench.aws).unwrap();
    audit_seal::handle(&one, Tick, NOW).await.unwrap();
    let (first, second) = tokio::join!(
        audit_seal::handle(&one, Tick, hours(5)),
        audit_seal::handle(&other, Tick, hours(5)),
    );
    assert!(first.is_ok() && second.is_ok());
    assert!(are_sealed(&bench, Hour::due(NOW), 6).await);
}
