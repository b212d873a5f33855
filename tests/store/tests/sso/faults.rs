//! Every write of a sign-in and of a sign-out × everything that can happen to it on its way.

use runtime::resources::TableName;
use workbench::{Fault, Operation, Plan};

use crate::fixture::{Deployment, EMAIL, NOW, PASSWORD, seconds};

fn is_token_put(operation: &Operation) -> bool {
    operation.item == "SSO" && operation.name == "PutItem"
}

fn is_sign_out(operation: &Operation) -> bool {
    operation.item == "SSO" && operation.name == "UpdateItem"
}

fn is_note(operation: &Operation) -> bool {
    operation.item == "USER" && operation.is_write()
}

#[tokio::test]
async fn a_sign_in_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        // The count, the token, the note in the user, the count again.
        for write in 0..4 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            deployment.bench.strike(fault, write);
            let token = deployment.token(NOW).await;
            deployment.bench.calm().await.unwrap();
            assert_eq!(deployment.who(&token, NOW).await.status, 200, "{what}");
            assert_eq!(deployment.stored().await.unwrap().last_login, Some(NOW), "{what}");
            let is_counted_late = fault == Fault::Late && write == 0;
            assert_eq!(deployment.counted().await, usize::from(is_counted_late), "{what}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_counted_once_through_every_fault() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        deployment.bench.strike(fault, 0);
        assert_eq!(deployment.try_as(EMAIL, "wrong", NOW).await.status, 404);
        deployment.bench.calm().await.unwrap();
        assert_eq!(deployment.counted().await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_sign_out_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            let token = deployment.token(NOW).await;
            deployment.bench.strike(fault, write);
            assert_eq!(deployment.sign_out(&token, NOW).await.status, 200, "{what}");
            deployment.bench.calm().await.unwrap();
            assert_eq!(deployment.who(&token, NOW).await.status, 404, "{what}");
            assert_eq!(deployment.sign_out(&token, NOW).await.status, 404, "{what}");
        }
    }
}

#[tokio::test]
async fn when_every_answer_is_lost_one_strong_read_tells_what_happened() {
    let deployment = Deployment::start().await;
    deployment
        .bench
        .follow(Plan::always(Fault::LostAfter, |call| call.item == "SSO" && call.is_write()));
    let token = deployment.token(NOW).await;
    assert_eq!(deployment.who(&token, NOW).await.status, 200);
    assert_eq!(deployment.sign_out(&token, NOW).await.status, 200);
    deployment.bench.calm().await.unwrap();
    assert_eq!(deployment.who(&token, NOW).await.status, 404);
}

#[tokio::test]
async fn a_sign_out_that_may_still_come_is_neither_done_nor_refused() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    deployment.bench.follow(Plan::always(Fault::Late, is_sign_out));
    let answer = deployment.sign_out(&token, NOW).await;
    assert_eq!((answer.status, answer.retry_after()), (500, Some("1")));
    assert_eq!(deployment.who(&token, NOW).await.status, 200, "not yet");
    assert!(deployment.bench.calm().await.unwrap() > 0);
    assert_eq!(deployment.who(&token, NOW).await.status, 404, "now");
    assert_eq!(deployment.sign_out(&token, NOW).await.status, 404, "it is unknown by then");
}

#[tokio::test]
async fn a_token_whose_put_may_still_come_is_given_to_nobody() {
    let deployment = Deployment::start().await;
    deployment.bench.follow(Plan::always(Fault::LostBefore, is_token_put));
    let answer = deployment.sign_in(NOW).await;
    assert_eq!((answer.status, answer.retry_after()), (500, Some("1")));
    deployment.bench.calm().await.unwrap();
    assert_eq!(deployment.sign_in(NOW).await.status, 200);
}

#[tokio::test]
async fn a_late_copy_of_a_sign_in_does_not_bring_an_ended_token_back() {
    let deployment = Deployment::start().await;
    deployment.bench.follow(Plan::once(Fault::Late, is_token_put));
    let token = deployment.token(NOW).await;
    assert_eq!(deployment.sign_out(&token, NOW).await.status, 200);
    assert_eq!(deployment.bench.calm().await.unwrap(), 1);
    assert_eq!(deployment.who(&token, NOW).await.status, 404);
}

#[tokio::test]
async fn a_late_note_does_not_turn_the_clock_back() {
    let deployment = Deployment::start().await;
    let later = NOW.plus(seconds(1));
    deployment.bench.follow(Plan::once(Fault::Late, is_note));
    deployment.token(NOW).await;
    deployment.token(later).await;
    assert_eq!(deployment.bench.calm().await.unwrap(), 1);
    assert_eq!(deployment.stored().await.unwrap().last_login, Some(later));
}

#[tokio::test]
async fn a_late_note_brings_no_user_back() {
    let deployment = Deployment::start().await;
    deployment.bench.follow(Plan::once(Fault::Late, is_note));
    deployment.token(NOW).await;
    deployment.bench.delete(TableName::Users, "USER#sso#6").await.unwrap();
    assert_eq!(deployment.bench.calm().await.unwrap(), 1);
    assert!(deployment.stored().await.is_none());
}

#[tokio::test]
async fn nobody_is_refused_because_a_sign_in_could_not_be_noted() {
    let deployment = Deployment::start().await;
    deployment.bench.follow(Plan::always(Fault::LostBefore, is_note));
    let token = deployment.try_as(EMAIL, PASSWORD, NOW).await.text("access_token");
    deployment.bench.calm().await.unwrap();
    assert_eq!(deployment.who(&token, NOW).await.status, 200);
    assert_eq!(deployment.stored().await.unwrap().last_login, None);
}
