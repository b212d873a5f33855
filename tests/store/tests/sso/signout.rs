use serde_json::json;
use workbench::{Fault, Plan};

use crate::fixture::{
    CLIENT, Deployment, EMAIL, LIFETIME, NOW, OTHER_CLIENT, OTHER_EMAIL, PASSWORD, at, form,
    not_authenticated, seconds,
};

#[tokio::test]
async fn signing_out_ends_the_token_and_no_other() {
    let deployment = Deployment::start().await;
    let (ended, kept) = (deployment.token(NOW).await, deployment.token(NOW).await);
    let answer = deployment.sign_out(&ended, NOW).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, json!({"error": false, "message": "Signed out", "code": 200}));
    assert_eq!(deployment.who(&ended, NOW).await.status, 404);
    assert_eq!(deployment.who(&kept, NOW).await.status, 200);
}

#[tokio::test]
async fn every_instance_sees_it_at_once() {
    let deployment = Deployment::start().await;
    let others = [deployment.another_instance(), deployment.another_instance()];
    let token = deployment.token(NOW).await;
    for other in &others {
        assert_eq!(other.who(&token, NOW).await.status, 200);
    }
    assert_eq!(deployment.sign_out(&token, NOW).await.status, 200);
    // A read that is not strong would show the token as it was.
    deployment.bench.follow(Plan::always(Fault::Stale, |_| true));
    for other in &others {
        assert_eq!(other.who(&token, NOW).await.status, 404);
    }
}

#[tokio::test]
async fn only_its_user_ends_a_token_whichever_client_asks() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let foreign = deployment.sign_out_as(OTHER_EMAIL, PASSWORD, &token, NOW).await;
    assert_eq!((foreign.status, foreign.body), not_authenticated());
    assert_eq!(deployment.who(&token, NOW).await.status, 200);
    let event = at(&token, &form(OTHER_CLIENT, EMAIL, PASSWORD));
    assert_eq!(deployment.send_signout(&event, NOW).await.status, 200);
    assert_eq!(deployment.who(&token, NOW).await.status, 404);
}

#[tokio::test]
async fn what_is_no_live_token_can_not_be_signed_out() {
    let deployment = Deployment::start().await;
    let (token, expired) = (deployment.token(NOW).await, deployment.token(NOW).await);
    deployment.sign_out(&token, NOW).await;
    let over = NOW.plus(LIFETIME);
    let answers = [
        ("a second time", deployment.sign_out(&token, NOW).await),
        ("expired", deployment.sign_out(&expired, over).await),
        ("unknown", deployment.sign_out(&"x".repeat(42), NOW).await),
        ("too long", deployment.sign_out(&"x".repeat(257), NOW).await),
        ("no path", deployment.send_signout(&form(CLIENT, EMAIL, PASSWORD), NOW).await),
    ];
    for (what, answer) in answers {
        assert_eq!((answer.status, answer.body), not_authenticated(), "{what}");
    }
    assert_eq!(deployment.counted().await, 0, "the passwords were right");
}

#[tokio::test]
async fn checks_come_in_order_client_then_login_then_token() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let wrong_client = at(&token, &form((CLIENT.0, "wrong"), EMAIL, PASSWORD));
    assert_eq!(deployment.send_signout(&wrong_client, NOW).await.status, 401);
    assert_eq!(deployment.sign_out_as(EMAIL, "wrong", &token, NOW).await.status, 404);
    assert_eq!(deployment.who(&token, NOW).await.status, 200, "still there");
}

#[tokio::test]
async fn a_token_of_a_user_who_was_shut_out_stays_shut_and_so_does_the_sign_out() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    deployment.set_active(false, NOW.plus(seconds(1))).await;
    let later = NOW.plus(seconds(2));
    assert_eq!(deployment.sign_out(&token, later).await.status, 404);
    assert_eq!(deployment.who(&token, later).await.status, 404);
}
