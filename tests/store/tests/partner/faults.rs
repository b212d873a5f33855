//! The integrating write × everything that can happen to it on its way.

use domain::decide::Integration;
use runtime::resources::TableName;
use workbench::{Fault, Operation, Plan};

use crate::fixture::{Deployment, NOW, seconds};

fn is_mark(operation: &Operation) -> bool {
    operation.item == "ORG" && operation.is_write()
}

async fn integrate(deployment: &Deployment) -> Result<Integration, anyhow::Error> {
    let connection = deployment.connection().await;
    deployment.integrate(&connection.id).await
}

#[tokio::test]
async fn a_mark_is_recognised_through_every_fault_and_never_twice() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        deployment.bench.follow(Plan::once(fault, is_mark));
        assert_eq!(integrate(&deployment).await.unwrap(), Integration::Marked, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        assert_eq!(integrate(&deployment).await.unwrap(), Integration::AlreadyMarked, "{fault:?}");
    }
}

#[tokio::test]
async fn a_validation_survives_every_fault_of_its_write() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let token = deployment.ask_token(NOW).await.token();
        deployment.bench.follow(Plan::once(fault, is_mark));
        assert_eq!(deployment.validate(&token, NOW).await.status, 200, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        assert_eq!(deployment.connection().await.integrated_at, Some(NOW), "{fault:?}");
    }
}

#[tokio::test]
async fn a_validation_survives_every_fault_of_its_reads() {
    for fault in Fault::HIDDEN {
        for item in ["PARTNER", "ORG", "USER", "JWKS"] {
            let deployment = Deployment::start().await;
            let token = deployment.ask_token(NOW).await.token();
            deployment.bench.follow(Plan::once(fault, move |operation| operation.item == item));
            assert_eq!(deployment.validate(&token, NOW).await.status, 200, "{fault:?} at {item}");
        }
    }
}

#[tokio::test]
async fn when_every_answer_is_lost_one_strong_read_tells_whose_mark_it_is() {
    for fault in [Fault::LostAfter, Fault::ErrorAfter] {
        let deployment = Deployment::start().await;
        deployment.bench.follow(Plan::always(fault, is_mark));
        assert_eq!(integrate(&deployment).await.unwrap(), Integration::Marked, "{fault:?}");
        deployment.bench.follow(Plan::default());
        assert_eq!(integrate(&deployment).await.unwrap(), Integration::AlreadyMarked);
    }
}

#[tokio::test]
async fn a_mark_whose_fate_is_unknown_is_a_500_and_can_be_tried_again() {
    for fault in [Fault::LostBefore, Fault::Error] {
        let deployment = Deployment::start().await;
        let token = deployment.ask_token(NOW).await.token();
        deployment.bench.follow(Plan::always(fault, is_mark));
        let answer = deployment.validate(&token, NOW).await;
        assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (500, "1"));
        deployment.bench.follow(Plan::default());
        assert_eq!(deployment.connection().await.integrated_at, None, "nothing half-done");
        assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    }
}

#[tokio::test]
async fn a_late_copy_changes_neither_the_time_nor_a_newer_connection() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    deployment.bench.follow(Plan::once(Fault::Late, is_mark));
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    deployment.bench.follow(Plan::default());
    let marked = deployment.bench.scan(TableName::Organizations).await.unwrap();
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 1);
    assert_eq!(deployment.bench.scan(TableName::Organizations).await.unwrap(), marked);

    let later = NOW.plus(seconds(1));
    deployment.reconnect().await;
    deployment.bench.follow(Plan::once(Fault::Late, is_mark));
    assert_eq!(deployment.validate(&token, later).await.status, 200);
    deployment.bench.follow(Plan::default());
    deployment.reconnect().await;
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 1);
    assert_eq!(deployment.connection().await.integrated_at, None, "the copy was the old one's");
}

#[tokio::test]
async fn a_connection_that_was_replaced_meanwhile_is_not_marked() {
    let deployment = Deployment::start().await;
    let old = deployment.connection().await;
    deployment.reconnect().await;
    let decided = deployment.integrate(&old.id).await.unwrap();
    assert_eq!(decided, Integration::Disconnected);
    assert_eq!(deployment.connection().await.integrated_at, None);
}

#[tokio::test]
async fn a_validation_that_sees_the_old_record_marks_nothing_twice() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    deployment.bench.follow(Plan::always(Fault::Stale, |operation| operation.item == "ORG"));
    let later = NOW.plus(seconds(1));
    assert_eq!(deployment.validate(&token, later).await.status, 200);
    deployment.bench.follow(Plan::default());
    assert_eq!(deployment.connection().await.integrated_at, Some(NOW));
}
