//! Every write of an operator × everything that can happen to it on its way.

use domain::id::OrganizationId;
use domain::organization::Organization;
use domain::secret::Secret;
use registry::{Addition, ApiKeys, Creation, Registered, Update};
use tokio::task::JoinSet;
use workbench::{Fault, NOW, Plan};

use crate::fixture::{Desk, hurry, leads};

const ADDRESSES: [&str; 2] = ["new@example.com", "+15550001111"];

#[tokio::test]
async fn an_organization_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..2 {
            let what = format!("{fault:?} at write {write}");
            let desk = Desk::open().await;
            let organizations = desk.bench.organizations().unwrap();
            let first = organizations.find(&desk.organization).await.unwrap().unwrap();
            let (id, first) = (OrganizationId::random(), first.organization);
            let new = Organization { id, name: "New".into(), ..first };
            let disable = |registered: &mut Registered| registered.disabled = true;
            desk.bench.strike(fault, write);
            assert!(organizations.create(&new).await.unwrap(), "{what}");
            let updated = organizations.update(&new.id, disable).await.unwrap().unwrap();
            desk.bench.calm().await.unwrap();
            assert!(updated.disabled, "{what}");
            let found = organizations.find(&new.id).await.unwrap();
            assert_eq!(found, Some(updated), "{what}");
        }
    }
}

#[tokio::test]
async fn an_api_key_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..4 {
            let what = format!("{fault:?} at write {write}");
            let desk = Desk::open().await;
            let api_keys = ApiKeys::new(&desk.bench.aws).unwrap();
            let (id, [kept, retired]) = (&desk.organization, [Secret::random(), Secret::random()]);
            desk.bench.strike(fault, write);
            let added = api_keys.add(id, &retired.digest(), NOW).await.unwrap();
            assert_eq!(added, Addition::Added, "{what}");
            api_keys.retire(id, &retired.digest()).await.unwrap();
            desk.bench.calm().await.unwrap();
            assert!(!leads(&desk.bench, &retired).await, "{what}");
            let added = api_keys.add(id, &kept.digest(), NOW).await.unwrap();
            assert_eq!(added, Addition::Added, "there is room again: {what}");
            assert!(leads(&desk.bench, &kept).await, "{what}");
        }
    }
}

#[tokio::test]
async fn a_user_is_created_and_moved_through_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..6 {
            let what = format!("{fault:?} at write {write}");
            let desk = Desk::open().await;
            let user = desk.user(&ADDRESSES);
            desk.bench.strike(fault, write);
            assert_eq!(desk.create(&user).await.unwrap(), Creation::Created, "{what}");
            let moved = desk.move_to(&user, "moved@example.com").await.unwrap();
            assert!(matches!(moved, Update::Updated(_)), "{what}: {moved:?}");
            desk.bench.calm().await.unwrap();
            let owners = [desk.owner(ADDRESSES[0]).await, desk.owner("moved@example.com").await];
            assert_eq!(owners, [None, Some(user.id)], "{what}");
            desk.assert_sound(&what).await;
        }
    }
}

/// What was left behind of a creation or of a move is ruled out, and then taken over. All at once:
/// each waits for seconds before it rules out.
#[tokio::test]
async fn an_identifier_is_taken_over_through_every_fault_of_every_write() {
    hurry();
    let mut cases = JoinSet::new();
    for fault in Fault::HIDDEN {
        for write in [("USER", "PutItem"), ("USER", "UpdateItem"), ("IDENT", "UpdateItem")] {
            for is_move in [false, true] {
                cases.spawn(take_over(fault, write, is_move));
            }
        }
    }
    for case in cases.join_all().await {
        case.unwrap();
    }
}

async fn take_over(
    fault: Fault,
    (item, name): (&'static str, &'static str),
    is_move: bool,
) -> anyhow::Result<()> {
    let what = format!("{fault:?} at {item} {name}, behind a move: {is_move}");
    let (desk, contested) = (Desk::open().await, ADDRESSES[0]);
    let first = desk.user(&[if is_move { "old@example.com" } else { contested }]);
    if is_move {
        assert_eq!(desk.create(&first).await?, Creation::Created);
        assert!(desk.cut_off(1, desk.move_to(&first, contested)).await);
    } else {
        assert!(desk.cut_off(1, desk.create(&first)).await);
    }
    let second = desk.user(&[contested]);
    desk.bench.follow(Plan::once(fault, move |call| call.item == item && call.name == name));
    assert_eq!(desk.create(&second).await?, Creation::Created, "{what}");
    desk.bench.calm().await?;
    assert_eq!(desk.owner(contested).await, Some(second.id), "{what}");
    desk.assert_sound(&what).await;
    Ok(())
}
