//! Rings of symmetric keys: announced, promoted, dropped; by one operator at a time.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use std::time::Duration;

use registry::SymmetricRing;
use registry::symmetric_ring::{Advance, Dropping, needed};
use runtime::resources::KeyRingName;
use tokio::task::JoinSet;
use workbench::portal::{Portal, seconds};
use workbench::{NOW, Workbench};

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

    assert!(ring.has_previous(&first).await.unwrap());
    assert!(matches!(ring.drop(&first).await.unwrap(), Dropping::Dropped(_)));
    assert!(matches!(ring.drop(&first).await.unwrap(), Dropping::NotFound));
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
