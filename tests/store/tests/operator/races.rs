//! Many operators at once.

use std::time::Duration;

use registry::{Creation, Update};
use workbench::{Fault, Plan};

use crate::fixture::{Desk, hurry};

const ADDRESSES: [&str; 4] = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];

#[tokio::test]
async fn of_many_operators_who_create_the_same_user_one_wins_and_the_others_are_told() {
    hurry();
    let desk = Desk::open().await;
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let desk = desk.clone();
            let user = desk.user(&["rare@example.com", "+15550001111"]);
            tokio::spawn(async move { (desk.create(&user).await.unwrap(), user.id) })
        })
        .collect();
    let (mut winners, mut told) = (Vec::new(), Vec::new());
    for call in calls {
        match call.await.unwrap() {
            (Creation::Created, id) => winners.push(id),
            (Creation::IdentifierTaken { by, .. }, _) => told.push(by),
            (Creation::AlreadyExists(found), _) => told.push(found.id),
            (other, _) => panic!("{other:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert!(told.len() == 49 && told.iter().all(|by| *by == winners[0]));
    desk.assert_sound("the end").await;
    assert!(
        desk.ownership().await.values().all(|(_, listed)| listed.len() == 1),
        "nothing is left"
    );
}

/// Creations and moves among four addresses, over a network that loses, repeats and delays. Once every
/// late copy has landed, no two users share an identifier, and each is reached by its own.
#[tokio::test]
async fn whatever_the_network_does_an_identifier_has_one_owner() {
    hurry();
    for seed in 0..30 {
        let desk = Desk::open().await;
        let mut random = fastrand::Rng::with_seed(seed);
        let operators: Vec<_> = (0..6)
            .map(|operator| {
                let (desk, mut random) =
                    (desk.clone(), fastrand::Rng::with_seed(seed * 100 + operator));
                tokio::spawn(async move {
                    let first = ADDRESSES[random.usize(..4)];
                    let user = desk.user(&[first, &format!("+155500{operator:05}")]);
                    tokio::time::sleep(Duration::from_millis(random.u64(..200))).await;
                    let mut done = 0_u32;
                    for _ in 0..4 {
                        let _ = desk.create(&user).await;
                        let moved = desk.move_to(&user, ADDRESSES[random.usize(..4)]).await;
                        done += u32::from(matches!(moved, Ok(Update::Updated(_))));
                    }
                    done
                })
            })
            .collect();
        desk.bench.follow(Plan::new(move |call| match random.u8(..40) {
            0 | 1 if call.is_write() => Fault::Late,
            2 if call.is_write() => Fault::Duplicated,
            3 => Fault::LostAfter,
            4 => Fault::LostBefore,
            _ => Fault::None,
        }));
        let mut done = 0;
        for operator in operators {
            done += operator.await.unwrap();
            desk.bench.deliver_late_call(0).await.unwrap();
        }
        desk.bench.follow(Plan::default());
        desk.bench.deliver_late_calls().await.unwrap();
        desk.assert_sound(&format!("seed {seed}")).await;
        assert!(done > 0, "seed {seed}: nothing was done at all");
    }
}
