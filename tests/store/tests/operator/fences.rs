//! Fences: every write × every fault, and against other operators.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use std::sync::atomic::{AtomicI64, Ordering};

use domain::fence::MARGIN;
use domain::id::OrganizationId;
use domain::organization::Organization;
use domain::time::Timestamp;
use registry::{Fences, Registered};
use runtime::resources::TableName;
use serde_json::json;
use store::SsoRealm;
use workbench::portal::seconds;
use workbench::{Fault, NOW, Operation, Plan};

use crate::fixture::{Desk, hurry};

/// A desk with what the tests of fences need.
struct Fencing {
    desk: Desk,
    fences: Fences,
}

impl Fencing {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let fences = Fences::new(&desk.bench.aws).unwrap();
        Self { desk, fences }
    }

    async fn fence(&self, clock: Timestamp) -> Timestamp {
        self.fences.organization(&self.desk.organization, || clock).await.unwrap().unwrap()
    }

    async fn stored(&self) -> Registered {
        let organizations = self.desk.bench.organizations().unwrap();
        organizations.find(&self.desk.organization).await.unwrap().unwrap()
    }

    async fn stored_fence(&self) -> Option<Timestamp> {
        self.stored().await.organization.valid_after
    }

    async fn stored_realm(&self) -> Option<Timestamp> {
        self.desk.bench.settle();
        SsoRealm::new(&self.desk.bench.aws).unwrap().valid_after().await.unwrap()
    }
}

#[tokio::test]
async fn a_fence_survives_every_fault_of_its_write() {
    for fault in Fault::HIDDEN {
        let fencing = Fencing::open().await;
        let (desk, bound) = (&fencing.desk, NOW.plus(MARGIN));
        desk.bench.strike(fault, 0);
        assert_eq!(fencing.fence(NOW).await, bound, "{fault:?}");
        let later = fencing.fence(NOW.plus(seconds(9))).await;
        assert_eq!(desk.bench.calm().await.unwrap(), usize::from(fault == Fault::Late));
        assert_eq!(fencing.stored_fence().await, Some(later), "{fault:?}");

        desk.bench.strike(fault, 0);
        assert_eq!(fencing.fences.realm(|| NOW).await.unwrap(), bound, "{fault:?}");
        let later = fencing.fences.realm(|| NOW.plus(seconds(9))).await.unwrap();
        assert_eq!(desk.bench.calm().await.unwrap(), usize::from(fault == Fault::Late));
        assert_eq!(fencing.stored_realm().await, Some(later), "{fault:?}");
    }
}

#[tokio::test]
async fn a_fence_whose_every_answer_was_lost_is_found_by_reading() {
    for item in ["ORG", "REALM"] {
        let fencing = Fencing::open().await;
        let is_write = move |call: &Operation| call.item == item && call.is_write();
        fencing.desk.bench.follow(Plan::always(Fault::LostAfter, is_write));
        let bound = if item == "ORG" {
            fencing.fence(NOW).await
        } else {
            fencing.fences.realm(|| NOW).await.unwrap()
        };
        assert_eq!(bound, NOW.plus(MARGIN), "{item}");
    }
}

#[tokio::test]
async fn a_fence_that_never_arrives_is_not_called_set() {
    hurry();
    for item in ["ORG", "REALM"] {
        let fencing = Fencing::open().await;
        let is_write = move |call: &Operation| call.item == item && call.is_write();
        fencing.desk.bench.follow(Plan::always(Fault::LostBefore, is_write));
        let error = if item == "ORG" {
            let id = &fencing.desk.organization;
            fencing.fences.organization(id, || NOW).await.unwrap_err()
        } else {
            fencing.fences.realm(|| NOW).await.unwrap_err()
        };
        assert!(runtime::outage::is_unavailable(&error), "{item}");
        fencing.desk.bench.follow(Plan::default());
        assert_eq!((fencing.stored_fence().await, fencing.stored_realm().await), (None, None));
    }
}

#[tokio::test]
async fn a_fence_never_moves_back() {
    let fencing = Fencing::open().await;
    let ahead = fencing.fence(NOW.plus(seconds(9))).await;
    assert_eq!(fencing.fence(NOW).await, ahead, "the one that counts");
    assert_eq!(fencing.stored_fence().await, Some(ahead));
    let ahead = fencing.fences.realm(|| NOW.plus(seconds(9))).await.unwrap();
    assert_eq!(fencing.fences.realm(|| NOW).await.unwrap(), ahead, "the one that counts");
    assert_eq!(fencing.stored_realm().await, Some(ahead));
}

#[tokio::test]
async fn each_try_of_a_fence_reaches_ahead_of_its_own_time() {
    let fencing = Fencing::open().await;
    // The first try hears nothing; when it is given up, the clock has moved on.
    let is_write = |call: &Operation| call.item == "ORG" && call.is_write();
    fencing.desk.bench.follow(Plan::once(Fault::Silence, is_write));
    let readings = AtomicI64::new(0);
    let clock = || {
        let minutes = readings.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_seconds(NOW.seconds() + 60 * minutes)
    };
    let bound = fencing.fences.organization(&fencing.desk.organization, clock).await.unwrap();
    assert_eq!(bound, Some(Timestamp::from_seconds(NOW.seconds() + 60 + 70)));
    assert_eq!(fencing.stored_fence().await, bound);
}

#[tokio::test]
async fn an_organization_that_does_not_exist_is_not_created_by_a_fence() {
    let fencing = Fencing::open().await;
    let nobody = OrganizationId::random();
    assert_eq!(fencing.fences.organization(&nobody, || NOW).await.unwrap(), None);
    let items = fencing.desk.bench.scan(TableName::Organizations).await.unwrap();
    let pk = format!("ORG#{nobody}");
    assert!(items.iter().all(|item| item["pk"]["S"] != pk.as_str()));
}

#[tokio::test]
async fn an_update_that_was_read_before_a_fence_does_not_take_it_back() {
    let fencing = Fencing::open().await;
    let organizations = fencing.desk.bench.organizations().unwrap();
    let before = fencing.stored().await.organization;
    let bound = fencing.fence(NOW).await;
    // Both have every attribute as it was before the fence.
    let renamed = Organization { name: "Renamed".into(), ..before };
    organizations.save(&renamed).await.unwrap();
    assert_eq!(fencing.stored_fence().await, Some(bound));
    let replace = |registered: &mut Registered| registered.organization = renamed.clone();
    assert!(organizations.update(&renamed.id, replace).await.unwrap().is_some());
    let stored = fencing.stored().await.organization;
    assert_eq!((stored.name.as_str(), stored.valid_after), ("Renamed", Some(bound)));
}

#[tokio::test]
async fn a_fence_and_an_update_at_once_both_win() {
    let fencing = Fencing::open().await;
    let organizations = fencing.desk.bench.organizations().unwrap();
    let id = &fencing.desk.organization;
    for round in 0..20 {
        let name = format!("Clinic {round}");
        let rename = |registered: &mut Registered| registered.organization.name.clone_from(&name);
        let clock = NOW.plus(seconds(round));
        let (updated, bound) = tokio::join!(organizations.update(id, rename), fencing.fence(clock));
        assert!(updated.unwrap().is_some(), "{round}");
        let stored = fencing.stored().await.organization;
        assert_eq!((stored.name, stored.valid_after), (name, Some(bound)), "{round}");
        assert_eq!(bound, clock.plus(MARGIN), "{round}");
    }
}

#[tokio::test]
async fn a_late_copy_of_an_update_does_not_take_a_fence_back() {
    let fencing = Fencing::open().await;
    let organizations = fencing.desk.bench.organizations().unwrap();
    let rename = |registered: &mut Registered| registered.organization.name = "Renamed".into();
    fencing.desk.bench.strike(Fault::Late, 0);
    organizations.update(&fencing.desk.organization, rename).await.unwrap();
    let bound = fencing.fence(NOW).await;
    assert_eq!(fencing.desk.bench.calm().await.unwrap(), 1);
    assert_eq!(fencing.stored_fence().await, Some(bound));
}

/// A fence needs the keys alone: an item that can't be read otherwise must not save the others from it.
#[tokio::test]
async fn an_organization_that_can_not_be_read_is_fenced_with_all_others() {
    let fencing = Fencing::open().await;
    let (bench, organizations) = (&fencing.desk.bench, fencing.desk.bench.organizations().unwrap());
    let broken = json!({"pk": {"S": "ORG#broken"}});
    bench.put_raw(TableName::Organizations, &broken).await.unwrap();
    assert!(organizations.page(None).await.is_err());
    let ids = organizations.ids(None).await.unwrap().items;
    assert_eq!(ids.len(), 2);
    for id in &ids {
        assert!(fencing.fences.organization(id, || NOW).await.unwrap().is_some(), "{id}");
    }
}
