//! Many calls at once, on several threads.

use std::sync::Arc;

use domain::decide::Integration;

use crate::fixture::{Deployment, NOW};

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_marks_at_once_exactly_one_is_the_first() {
    let deployment = Deployment::start().await;
    let connection = Arc::new(deployment.connection().await);
    let marks: Vec<_> = (0..50)
        .map(|_| {
            let (deployment, connection) = (Arc::clone(&deployment), Arc::clone(&connection));
            tokio::spawn(async move { deployment.integrate(&connection.id).await.unwrap() })
        })
        .collect();
    let mut first = 0;
    for mark in marks {
        match mark.await.unwrap() {
            Integration::Marked => first += 1,
            other => assert_eq!(other, Integration::AlreadyMarked),
        }
    }
    assert_eq!(first, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_validations_at_once_all_succeed() {
    let deployment = Deployment::start().await;
    let token: Arc<str> = deployment.ask_token(NOW).await.token().into();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (deployment, token) = (Arc::clone(&deployment), Arc::clone(&token));
            tokio::spawn(async move { deployment.validate(&token, NOW).await.status })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }
    assert_eq!(deployment.connection().await.integrated_at, Some(NOW));
}
