//! The fence of an organization, for its password logins.

use domain::fence::{MARGIN, over_at};
use runtime::event::Verdict;

use crate::fixture::{Deployment, NOW, seconds};

#[tokio::test]
async fn a_fence_ends_every_token_from_before_it() {
    let deployment = Deployment::start().await;
    let token = deployment.log_in(NOW).await.text("token");
    let bearer = deployment.with_bearer(&token);
    deployment.bench.fence(&deployment.organization.id, NOW).await.unwrap();
    let fresh = deployment.another_instance();
    let over = over_at(NOW.plus(MARGIN));
    for now in [NOW, over] {
        assert_eq!(fresh.account(&token, now).await.status, 401);
        assert_eq!(fresh.authorize(&bearer, now).await, Verdict::Deny);
    }
    let token = fresh.log_in(over).await.text("token");
    assert_eq!(fresh.account(&token, over).await.status, 200);
}

#[tokio::test]
async fn until_a_fence_is_over_no_password_is_compared_or_counted() {
    let deployment = Deployment::limited(1).await;
    deployment.bench.fence(&deployment.organization.id, NOW).await.unwrap();
    for (later, seconds_left) in [(0, "70"), (70, "1")] {
        let now = NOW.plus(seconds(later));
        let instance = deployment.another_instance();
        for password in ["wrong", crate::fixture::PASSWORD] {
            let answer = instance.try_password(password, now).await;
            assert_eq!((answer.status, answer.retry_after()), (500, Some(seconds_left)));
        }
    }
    assert_eq!(deployment.counted().await, 0);
    let over = over_at(NOW.plus(MARGIN));
    assert_eq!(deployment.another_instance().log_in(over).await.status, 200);
}

#[tokio::test]
async fn an_instance_that_does_not_know_of_the_fence_issues_no_token_that_lives_on() {
    let deployment = Deployment::start().await;
    deployment.log_in(NOW).await;
    deployment.bench.fence(&deployment.organization.id, NOW).await.unwrap();
    let last = NOW.plus(seconds(59));
    let token = deployment.log_in(last).await.text("token");
    let fresh = deployment.another_instance();
    assert_eq!(fresh.account(&token, over_at(NOW.plus(MARGIN))).await.status, 401);
    assert_eq!(deployment.log_in(NOW.plus(seconds(60))).await.status, 500, "now it knows");
}
