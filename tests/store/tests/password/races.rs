//! Many calls at once, on several threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use workbench::Answer;

use crate::fixture::{Deployment, NOW};

/// Runs `call` many times at once and counts the answers by their status.
async fn at_once<F, Fut>(
    deployment: &Arc<Deployment>,
    times: usize,
    call: F,
) -> BTreeMap<u16, usize>
where
    F: Fn(Arc<Deployment>) -> Fut,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let calls: Vec<_> = (0..times).map(|_| tokio::spawn(call(Arc::clone(deployment)))).collect();
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.await.unwrap().status).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_wrong_passwords_at_once_no_more_than_the_limit_is_compared() {
    let deployment = Deployment::limited(10).await;
    let seen = at_once(&deployment, 100, |deployment| async move {
        deployment.try_password("wrong", NOW).await
    })
    .await;
    assert_eq!(seen, BTreeMap::from([(401, 10), (429, 90)]));
    assert_eq!(deployment.log_in(NOW).await.status, 429, "the right one comes too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_right_passwords_at_once_leave_no_attempt_counted() {
    let deployment = Deployment::limited(40).await;
    let seen =
        at_once(&deployment, 40, |deployment| async move { deployment.log_in(NOW).await }).await;
    assert_eq!(seen, BTreeMap::from([(200, 40)]));
    assert_eq!(deployment.counted().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn right_passwords_make_no_room_for_wrong_ones() {
    let deployment = Deployment::limited(10).await;
    let right = tokio::spawn({
        let deployment = Arc::clone(&deployment);
        async move { at_once(&deployment, 20, |it| async move { it.log_in(NOW).await }).await }
    });
    let wrong = at_once(&deployment, 60, |deployment| async move {
        deployment.try_password("wrong", NOW).await
    })
    .await;
    right.await.unwrap();
    let compared = wrong.get(&401).copied().unwrap_or_default();
    assert!(compared <= 10, "{wrong:?}");
    assert_eq!(deployment.counted().await, compared);
}
