//! Every change names the operator who made it; a deletion, by the mark that is written before it.

use domain::id::OrganizationId;
use domain::secret::Secret;
use registry::{ApiKeys, Creation, Update};
use runtime::resources::TableName;
use workbench::{Change, Fault, NOW, OPERATOR, Operation, Plan};

use crate::fixture::{Desk, hurry, leads};

/// The items of changes, all of which are by the operator.
fn items(changes: &[Change]) -> Vec<&str> {
    for change in changes {
        assert!(change.by.starts_with("operator ") && change.by.ends_with(OPERATOR), "{change:?}");
    }
    changes.iter().map(|change| change.item.as_str()).collect()
}

#[tokio::test]
async fn every_write_of_a_users_life_names_the_operator() {
    let desk = Desk::open().await;
    let user = desk.user(&["old@example.com"]);
    desk.bench.changes().await;
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    assert_eq!(items(&desk.bench.changes().await), ["IDENT", "USER"]);
    let moved = desk.move_to(&user, "new@example.com").await.unwrap();
    assert!(matches!(moved, Update::Updated(_)), "{moved:?}");
    let changes = desk.bench.changes().await;
    assert_eq!(items(&changes), ["IDENT", "USER", "IDENT", "IDENT"], "reserved, … marked, deleted");
    assert_eq!(changes[2].by, changes[3].by, "the mark says whose deletion follows");
    desk.bench.end_sessions(&user, NOW).await.unwrap();
    desk.bench.disable(&user).await.unwrap();
    assert_eq!(items(&desk.bench.changes().await), ["USER", "USER"]);
}

#[tokio::test]
async fn every_write_of_an_api_keys_life_names_the_operator() {
    let desk = Desk::open().await;
    let (api_keys, key) = (ApiKeys::new(&desk.bench.aws).unwrap(), Secret::random());
    desk.bench.changes().await;
    let _ = api_keys.add(&desk.organization, &key.digest(), NOW).await.unwrap();
    assert_eq!(items(&desk.bench.changes().await), ["KEY", "ORG"]);
    api_keys.retire(&desk.organization, &key.digest()).await.unwrap();
    assert_eq!(items(&desk.bench.changes().await), ["ORG", "KEY", "KEY"]);
}

/// A mark or a deletion of a pointer arrives when the identifier has another owner.
#[tokio::test]
async fn a_late_mark_and_a_late_deletion_leave_the_next_owners_pointer_alone() {
    for name in ["UpdateItem", "DeleteItem"] {
        let desk = Desk::open().await;
        let (first, second) = (desk.user(&["rare@example.com"]), desk.user(&["rare@example.com"]));
        assert_eq!(desk.create(&first).await.unwrap(), Creation::Created);
        desk.bench
            .follow(Plan::once(Fault::Late, move |call| call.item == "IDENT" && call.name == name));
        let moved = desk.move_to(&first, "new@example.com").await.unwrap();
        assert!(matches!(moved, Update::Updated(_)), "{moved:?}");
        assert_eq!(desk.create(&second).await.unwrap(), Creation::Created);
        desk.bench.changes().await;
        assert_eq!(desk.bench.calm().await.unwrap(), 1, "{name}");
        assert_eq!(desk.bench.changes().await, [], "{name}");
        assert_eq!(desk.owner("rare@example.com").await, Some(second.id), "{name}");
    }
}

/// The one who marked it may have been cut off: then it stays, and counts for nothing.
#[tokio::test]
async fn a_pointer_that_is_marked_for_another_deletion_is_left_to_that() {
    let desk = Desk::open().await;
    let (api_keys, key) = (ApiKeys::new(&desk.bench.aws).unwrap(), Secret::random());
    let _ = api_keys.add(&desk.organization, &key.digest(), NOW).await.unwrap();
    assert!(desk.cut_off(2, api_keys.retire(&desk.organization, &key.digest())).await);
    desk.bench.changes().await;
    api_keys.retire(&desk.organization, &key.digest()).await.unwrap();
    assert_eq!(desk.bench.changes().await, []);
    assert!(!leads(&desk.bench, &key).await);
}

#[tokio::test]
async fn a_late_deletion_leaves_an_api_key_alone_that_was_added_again() {
    let desk = Desk::open().await;
    let (api_keys, key) = (ApiKeys::new(&desk.bench.aws).unwrap(), Secret::random());
    let _ = api_keys.add(&desk.organization, &key.digest(), NOW).await.unwrap();
    desk.bench.follow(Plan::once(Fault::Late, |call| call.name == "DeleteItem"));
    api_keys.retire(&desk.organization, &key.digest()).await.unwrap();
    let _ = api_keys.add(&desk.organization, &key.digest(), NOW).await.unwrap();
    assert_eq!(desk.bench.calm().await.unwrap(), 1);
    assert!(leads(&desk.bench, &key).await);
}

#[tokio::test]
async fn an_api_key_of_another_organization_is_not_marked() {
    let desk = Desk::open().await;
    let (api_keys, key) = (ApiKeys::new(&desk.bench.aws).unwrap(), Secret::random());
    let _ = api_keys.add(&desk.organization, &key.digest(), NOW).await.unwrap();
    desk.bench.changes().await;
    api_keys.retire(&OrganizationId::random(), &key.digest()).await.unwrap();
    assert_eq!(desk.bench.changes().await, []);
    assert!(leads(&desk.bench, &key).await);
}

/// A pointer that was marked, but not deleted, is taken over without the mark.
#[tokio::test]
async fn a_marked_pointer_can_be_taken_over_and_released_again() {
    hurry();
    let desk = Desk::open().await;
    let (first, second) = (desk.user(&["rare@example.com"]), desk.user(&["rare@example.com"]));
    assert_eq!(desk.create(&first).await.unwrap(), Creation::Created);
    // Reserved, committed, marked.
    assert!(desk.cut_off(3, desk.move_to(&first, "new@example.com")).await);
    assert_eq!(desk.create(&second).await.unwrap(), Creation::Created);
    assert_eq!(desk.owner("rare@example.com").await, Some(second.id.clone()));
    let moved = desk.move_to(&second, "newer@example.com").await.unwrap();
    assert!(matches!(moved, Update::Updated(_)), "{moved:?}");
    let pointers = desk.bench.scan(TableName::Users).await.unwrap();
    let is_marked = |item: &serde_json::Value| !item["deletedBy"].is_null();
    assert!(!pointers.iter().any(is_marked), "each pointer that was left is owned");
    assert_eq!(desk.ownership().await.len(), 2);
}

#[tokio::test]
async fn a_deletion_survives_every_fault_of_its_two_writes() {
    for fault in Fault::HIDDEN {
        for name in ["UpdateItem", "DeleteItem"] {
            let desk = Desk::open().await;
            let (api_keys, key) = (ApiKeys::new(&desk.bench.aws).unwrap(), Secret::random());
            let _ = api_keys.add(&desk.organization, &key.digest(), NOW).await.unwrap();
            let strikes = move |call: &Operation| call.item == "KEY" && call.name == name;
            desk.bench.changes().await;
            desk.bench.follow(Plan::once(fault, strikes));
            api_keys.retire(&desk.organization, &key.digest()).await.unwrap();
            desk.bench.calm().await.unwrap();
            let changes = desk.bench.changes().await;
            assert_eq!(items(&changes), ["ORG", "KEY", "KEY"], "{fault:?} of {name}");
        }
    }
}

#[tokio::test]
async fn an_identifier_is_released_through_every_fault_of_its_two_writes() {
    for fault in Fault::HIDDEN {
        for name in ["UpdateItem", "DeleteItem"] {
            let desk = Desk::open().await;
            let user = desk.user(&["rare@example.com"]);
            assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
            let strikes = move |call: &Operation| call.item == "IDENT" && call.name == name;
            desk.bench.follow(Plan::once(fault, strikes));
            let moved = desk.move_to(&user, "new@example.com").await.unwrap();
            assert!(matches!(moved, Update::Updated(_)), "{fault:?} of {name}: {moved:?}");
            desk.bench.calm().await.unwrap();
            assert_eq!(desk.owner("new@example.com").await, Some(user.id.clone()));
            let items = desk.bench.scan(TableName::Users).await.unwrap();
            let is_pointer = |item: &&serde_json::Value| item.to_string().contains("IDENT#");
            assert_eq!(items.iter().filter(is_pointer).count(), 1, "{fault:?} of {name}");
        }
    }
}
