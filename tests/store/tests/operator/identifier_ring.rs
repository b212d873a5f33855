//! The identifier ring is never exchanged under existing data.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use registry::IdentifierRing;
use registry::identifier_ring::Verified;
use runtime::resources::{KeyRingName, TableName};
use tokio::task::JoinSet;
use workbench::{Fault, NOW, Workbench};

use crate::fixture::Desk;

const NAME: KeyRingName = KeyRingName::Identifier;

fn ring(bench: &Workbench) -> IdentifierRing {
    IdentifierRing::new(&bench.aws).unwrap()
}

#[tokio::test]
async fn the_first_fingerprint_is_stored_and_another_ring_is_refused_until_the_first_is_back() {
    let desk = Desk::open().await;
    let (bench, email) = (&desk.bench, domain::identifier::Email::parse("a@example.com").unwrap());
    let identifier = domain::identifier::Identifier::Email(email);
    let identity = async || {
        let users = bench.users().unwrap();
        users.identity(&desk.organization, &identifier, NOW).await
    };
    let before = identity().await.unwrap();
    let Verified::First(first) = ring(bench).verify(NOW).await.unwrap() else {
        panic!("nothing is stored yet")
    };
    ring(bench).store(NOW).await.unwrap();
    assert_eq!(ring(bench).verify(NOW).await.unwrap(), Verified::Same(first.clone()));
    ring(bench).store(NOW).await.unwrap();

    let held = bench.secrets.value(NAME).unwrap();
    bench.secrets.rotate(NAME, "another", &["IDENTIFIER_SECRET-1"]);
    for error in [
        identity().await.map(drop).unwrap_err(),
        ring(bench).verify(NOW).await.map(drop).unwrap_err(),
        ring(bench).store(NOW).await.unwrap_err(),
    ] {
        let text = error.to_string();
        let told = [first.as_str(), "IDENTIFIER_SECRET-1", "another", "IDENTIFIER_SECRET"];
        assert!(told.iter().all(|told| text.contains(told)), "{text}");
    }
    bench.secrets.put(NAME, held);
    assert_eq!(identity().await.unwrap().as_str(), before.as_str());
}

#[tokio::test]
async fn a_fingerprint_is_stored_through_every_fault() {
    for fault in Fault::HIDDEN {
        let bench = Workbench::start().await.unwrap();
        bench.strike(fault, 0);
        ring(&bench).store(NOW).await.unwrap();
        bench.secrets.rotate(NAME, "another", &[]);
        assert!(ring(&bench).store(NOW).await.is_err(), "{fault:?}");
        bench.calm().await.unwrap();
        assert!(ring(&bench).verify(NOW).await.is_err(), "{fault:?}: the first one counts");
    }
}

#[tokio::test]
async fn without_an_answer_the_stored_fingerprint_decides() {
    let bench = Workbench::start().await.unwrap();
    let is_write = |operation: &workbench::Operation| operation.is_write();
    bench.follow(workbench::Plan::always(Fault::LostAfter, is_write));
    ring(&bench).store(NOW).await.unwrap();
    bench.follow(workbench::Plan::always(Fault::LostBefore, is_write));
    ring(&bench).store(NOW).await.unwrap();
    bench.follow(workbench::Plan::default());
    bench.delete(TableName::Organizations, "RING#").await.unwrap();
    bench.follow(workbench::Plan::always(Fault::LostBefore, is_write));
    assert!(ring(&bench).store(NOW).await.is_err(), "nothing is stored");
}

#[tokio::test]
async fn of_first_creators_with_two_rings_at_once_those_with_one_ring_go_on() {
    let bench = Workbench::start().await.unwrap();
    let mut rings = Vec::new();
    for nth in 0..8 {
        bench.secrets.rotate(NAME, if nth % 2 == 0 { "even" } else { "odd" }, &[]);
        let ring = ring(&bench);
        assert!(matches!(ring.verify(NOW).await.unwrap(), Verified::First(_)));
        rings.push((nth, ring));
    }
    let mut creators = JoinSet::new();
    for (nth, ring) in rings {
        creators.spawn(async move { (nth % 2, ring.store(NOW).await.is_ok()) });
    }
    let stored = creators.join_all().await;
    let good: Vec<_> = stored.iter().filter(|(_, is_stored)| *is_stored).collect();
    assert_eq!(good.len(), 4, "{stored:?}");
    assert!(good.iter().all(|(parity, _)| *parity == good[0].0), "{stored:?}");
}
