//! The fence of the identity provider's realm.

use domain::fence::{MARGIN, over_at};
use domain::time::Timestamp;
use registry::Fences;
use runtime::resources::TableName;
use workbench::{Fault, Operation, Plan};

use crate::fixture::{
    Deployment, EMAIL, LIFETIME, NOW, OTHER_EMAIL, PASSWORD, id, not_authenticated, seconds,
};

async fn fence(deployment: &Deployment) {
    let fences = Fences::new(&deployment.bench.aws).unwrap();
    assert_eq!(fences.realm(|| NOW).await.unwrap(), NOW.plus(MARGIN));
    deployment.bench.settle();
}

fn over() -> Timestamp {
    over_at(NOW.plus(MARGIN))
}

#[tokio::test]
async fn a_fence_ends_every_token_from_before_it() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    fence(&deployment).await;
    let fresh = deployment.another_instance();
    for now in [NOW, over()] {
        for answer in [fresh.who(&token, now).await, fresh.sign_out(&token, now).await] {
            assert_eq!((answer.status, answer.body), not_authenticated());
        }
    }
    let token = fresh.token(over()).await;
    assert_eq!(fresh.who(&token, over()).await.status, 200);
    assert_eq!(fresh.sign_out(&token, over()).await.status, 200);
}

#[tokio::test]
async fn a_signed_out_token_that_a_restored_table_brings_back_ends_with_a_fence() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let sessions = deployment.bench.scan(TableName::Sessions).await.unwrap();
    assert_eq!(deployment.sign_out(&token, NOW).await.status, 200);
    deployment.bench.restore(TableName::Sessions, &sessions).await.unwrap();
    assert_eq!(deployment.who(&token, NOW).await.status, 200, "the restored table forgot it");
    fence(&deployment).await;
    assert_eq!(deployment.another_instance().who(&token, over()).await.status, 404);
}

#[tokio::test]
async fn until_a_fence_is_over_no_password_is_compared_or_counted() {
    let deployment = Deployment::start().await;
    fence(&deployment).await;
    let fresh = deployment.another_instance();
    for (later, seconds_left) in [(0, "70"), (70, "1")] {
        for password in ["wrong", PASSWORD] {
            let answer = fresh.try_as(EMAIL, password, NOW.plus(seconds(later))).await;
            assert_eq!((answer.status, answer.retry_after()), (500, Some(seconds_left)));
        }
    }
    assert_eq!(deployment.counted().await, 0);
    assert_eq!(fresh.sign_in(over()).await.status, 200);
}

#[tokio::test]
async fn right_after_a_sign_out_everywhere_the_right_password_is_not_counted() {
    let deployment = Deployment::start().await;
    deployment.users().sign_out(id("6"), || NOW).await.unwrap();
    for _ in 0..11 {
        let answer = deployment.sign_in(NOW).await;
        assert_eq!((answer.status, answer.retry_after()), (500, Some("6")));
    }
    let wrong = deployment.try_as(EMAIL, "wrong", NOW).await;
    assert_eq!((wrong.status, wrong.body), not_authenticated());
    assert_eq!(deployment.counted().await, 1, "the wrong one");
    assert_eq!(deployment.sign_in(NOW.plus(seconds(6))).await.status, 200);
}

#[tokio::test]
async fn an_instance_that_does_not_know_of_the_fence_issues_no_token_that_lives_on() {
    let deployment = Deployment::start().await;
    deployment.token(NOW).await;
    fence(&deployment).await;
    let token = deployment.token(NOW.plus(seconds(59))).await;
    assert_eq!(deployment.another_instance().who(&token, over()).await.status, 404);
    assert_eq!(deployment.sign_in(NOW.plus(seconds(60))).await.status, 500, "now it knows");
}

#[tokio::test]
async fn a_minute_of_calls_reads_the_fence_once() {
    let deployment = Deployment::start().await;
    let reads = async |now: Timestamp| {
        let (_, way) = deployment.bench.operations_of(deployment.sign_in(now)).await;
        way.iter().filter(|operation| *operation == "GetItem REALM").count()
    };
    assert_eq!(reads(NOW).await, 1);
    assert_eq!(reads(NOW.plus(seconds(59))).await, 0);
    assert_eq!(reads(NOW.plus(seconds(60))).await, 1);
}

#[tokio::test]
async fn after_a_fence_a_sign_out_is_as_strict_as_before_it() {
    let deployment = Deployment::start().await;
    fence(&deployment).await;
    let fresh = deployment.another_instance();
    let token = fresh.token(over()).await;
    let foreign = fresh.sign_out_as(OTHER_EMAIL, PASSWORD, &token, over()).await;
    let expired = fresh.sign_out(&token, over().plus(LIFETIME)).await;
    for answer in [foreign, expired] {
        assert_eq!((answer.status, answer.body), not_authenticated());
    }
    assert_eq!(fresh.who(&token, over()).await.status, 200, "still there");
}

#[tokio::test]
async fn after_a_fence_a_sign_out_survives_every_fault_of_its_write() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        fence(&deployment).await;
        let fresh = deployment.another_instance();
        let token = fresh.token(over()).await;
        let is_sign_out = |call: &Operation| call.item == "SSO" && call.name == "UpdateItem";
        deployment.bench.follow(Plan::once(fault, is_sign_out));
        assert_eq!(fresh.sign_out(&token, over()).await.status, 200, "{fault:?}");
        assert_eq!(fresh.who(&token, over()).await.status, 404, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        assert_eq!(fresh.sign_out(&token, over()).await.status, 404, "{fault:?}");
    }
}
