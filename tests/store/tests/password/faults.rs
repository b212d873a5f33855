//! Every write of a login × everything that can happen to it on its way.

use runtime::resources::TableName;
use workbench::{Fault, Plan};

use crate::fixture::{Deployment, NOW};

async fn wrong(deployment: &Deployment) -> u16 {
    deployment.try_password("wrong", NOW).await.status
}

#[tokio::test]
async fn a_login_survives_every_fault_of_every_write_and_is_not_counted() {
    for fault in Fault::HIDDEN {
        for write in 0..2 {
            let deployment = Deployment::limited(2).await;
            deployment.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            assert_eq!(deployment.log_in(NOW).await.status, 200, "{what}");
            deployment.bench.calm().await.unwrap();
            let is_counted_late = fault == Fault::Late && write == 0;
            assert_eq!(deployment.counted().await, usize::from(is_counted_late), "{what}");
            for _ in usize::from(is_counted_late)..2 {
                assert_eq!(wrong(&deployment).await, 401, "{what}");
            }
            assert_eq!(wrong(&deployment).await, 429, "{what}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_counted_once_through_every_fault() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::limited(2).await;
        for _ in 0..2 {
            deployment.bench.strike(fault, 0);
            assert_eq!(wrong(&deployment).await, 401, "{fault:?}");
            deployment.bench.calm().await.unwrap();
        }
        deployment.bench.strike(fault, 0);
        assert_eq!(wrong(&deployment).await, 429, "{fault:?}");
        assert_eq!(deployment.counted().await, 2, "{fault:?}");
    }
}

#[tokio::test]
async fn when_every_answer_is_lost_one_strong_read_tells_that_it_was_counted() {
    let deployment = Deployment::limited(1).await;
    deployment
        .bench
        .follow(Plan::always(Fault::LostAfter, |call| call.item == "COUNT" && call.is_write()));
    assert_eq!(deployment.log_in(NOW).await.status, 200);
    assert_eq!(deployment.counted().await, 0, "taken back, though nobody heard of it");
    assert_eq!(wrong(&deployment).await, 401);
    deployment.bench.calm().await.unwrap();
    assert_eq!(wrong(&deployment).await, 429);
}

#[tokio::test]
async fn a_late_copy_counts_one_too_many_at_worst_and_never_one_too_few() {
    let deployment = Deployment::limited(2).await;
    deployment.bench.strike(Fault::Late, 0);
    assert_eq!(deployment.log_in(NOW).await.status, 200);
    assert_eq!(wrong(&deployment).await, 401);
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 1);
    assert_eq!(wrong(&deployment).await, 429, "the late copy of the right one is counted");

    let deployment = Deployment::limited(2).await;
    deployment.bench.strike(Fault::Late, 1);
    assert_eq!(deployment.log_in(NOW).await.status, 200);
    assert_eq!([wrong(&deployment).await, wrong(&deployment).await], [401, 401]);
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 1);
    assert_eq!(wrong(&deployment).await, 429, "nobody else's attempt was taken out");
}

#[tokio::test]
async fn taking_back_from_a_counter_that_is_gone_makes_no_new_one() {
    let deployment = Deployment::limited(2).await;
    deployment.bench.strike(Fault::Late, 1);
    assert_eq!(deployment.log_in(NOW).await.status, 200);
    deployment.bench.delete(TableName::Challenges, "COUNT#").await.unwrap();
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 1);
    assert!(deployment.bench.scan(TableName::Challenges).await.unwrap().is_empty());
}
