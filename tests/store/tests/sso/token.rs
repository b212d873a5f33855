use domain::time::{DateTime, Timestamp};
use serde_json::json;
use workbench::{Fault, Plan};

use crate::fixture::{
    CLIENT, Deployment, EMAIL, NOW, OTHER_CLIENT, PASSWORD, at, form, headers, id,
    not_authenticated, seconds,
};

#[tokio::test]
async fn user_info_is_the_user_as_registered_with_the_token_that_was_asked_about() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let info = deployment.who(&token, NOW).await;
    let signed_in = String::from(DateTime(NOW));
    let expected = json!({
        "id": 6,
        "name": "Dr. X Y Z",
        "email": EMAIL,
        "is_active": true,
        "activated": true,
        "activated_at": null,
        "last_login": signed_in,
        "access_token": token,
        "created_at": "2014-09-04 13:26:14",
        "updated_at": signed_in,
        "deleted_at": null,
        "groups": ["MCI Admin", "API Consumer"],
        "profiles": [
            {"type": "provider", "id": "123", "catchment": ["302618", "302614"]},
            {"type": "patient", "id": "10091232131", "catchment": []},
        ],
    });
    assert_eq!((info.status, info.body), (200, expected));
}

#[tokio::test]
async fn a_client_asks_about_users_that_another_one_signed_in() {
    let deployment = Deployment::start().await;
    let event = form(OTHER_CLIENT, EMAIL, PASSWORD);
    let token = deployment.send_signin(&event, NOW).await.text("access_token");
    assert_eq!(deployment.who(&token, NOW).await.status, 200);
}

#[tokio::test]
async fn a_client_that_may_not_ask_is_refused_like_a_wrong_one() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let wrong = deployment.send_token(&at(&token, &headers((CLIENT.0, "wrong"))), NOW).await;
    assert_eq!(wrong.status, 401);
    let answer = deployment.send_token(&at(&token, &headers(OTHER_CLIENT)), NOW).await;
    assert_eq!(answer, wrong);
}

/// What an operator does to an account while a token of its user is live.
#[tokio::test]
async fn an_account_that_is_shut_shuts_its_tokens_at_once_on_every_instance() {
    for change in ["inactive", "deleted", "signed out everywhere"] {
        let deployment = Deployment::start().await;
        let other = deployment.another_instance();
        let token = deployment.token(NOW).await;
        assert_eq!(other.who(&token, NOW).await.status, 200);
        let users = deployment.users();
        let (user, then) = (id("6"), NOW.plus(seconds(5)));
        match change {
            "inactive" => drop(users.set_active(user, false, then).await.unwrap()),
            "deleted" => drop(users.delete(user, || then).await.unwrap()),
            _ => users.end_sessions(user, then).await.unwrap(),
        }
        deployment.bench.follow(Plan::always(Fault::Stale, |_| true));
        let answer = other.who(&token, then).await;
        assert_eq!((answer.status, answer.body), not_authenticated(), "{change}");
        deployment.bench.follow(Plan::default());
        let again = deployment.sign_in(then).await;
        if change == "signed out everywhere" {
            assert_eq!((again.status, again.retry_after()), (500, Some("1")));
        } else {
            assert_eq!((again.status, again.body), not_authenticated(), "{change}");
        }
    }
}

#[tokio::test]
async fn a_user_who_is_active_again_gets_in_again() {
    let deployment = Deployment::start().await;
    let at = |seconds: u64| NOW.plus(crate::fixture::seconds(seconds));
    deployment.set_active(false, at(1)).await;
    assert_eq!(deployment.sign_in(at(2)).await.status, 404);
    deployment.set_active(true, at(3)).await;
    assert_eq!(deployment.sign_in(at(4)).await.status, 200);
}

#[tokio::test]
async fn whatever_is_no_live_token_gets_one_answer() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let mangled = [
        "x".to_owned(),
        "x".repeat(42),
        "x".repeat(256),
        "x".repeat(257),
        "☃".repeat(300),
        token.to_lowercase(),
        format!("{token} "),
        format!("{token}\0"),
        token.replace(&token[..1], "%41"),
        "../../".to_owned(),
        "'; --".to_owned(),
    ];
    for text in mangled {
        let answer = deployment.who(&text, NOW).await;
        assert_eq!((answer.status, answer.body), not_authenticated(), "{text}");
    }
    let bare = deployment.send_token(&headers(CLIENT), NOW).await;
    assert_eq!((bare.status, bare.body), not_authenticated());
    assert_eq!(deployment.who(&token, Timestamp::from_millis(i64::MAX)).await.status, 404);
}
