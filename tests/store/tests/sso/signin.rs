use domain::time::{DateTime, Timestamp};
use serde_json::{Value, json};

use crate::fixture::{
    CLIENT, Deployment, EMAIL, LIFETIME, NOW, OTHER_CLIENT, OTHER_EMAIL, PASSWORD, form, headers,
    not_authenticated, seconds,
};

#[tokio::test]
async fn the_right_password_gives_a_token_and_nothing_else() {
    let deployment = Deployment::start().await;
    let answer = deployment.sign_in(NOW).await;
    let token = answer.text("access_token");
    assert_eq!(answer.body, json!({ "access_token": token }));
    assert_eq!(token.len(), 42);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
}

#[tokio::test]
async fn a_sign_in_is_noted_to_the_second() {
    let deployment = Deployment::start().await;
    assert_eq!(deployment.stored().await.unwrap().last_login, None);
    let later = NOW.plus(seconds(61));
    let (first, token) = (deployment.token(NOW).await, deployment.token(later).await);
    let printed = |at: Timestamp| Value::from(String::from(DateTime(at)));
    for token in [first, token] {
        let info = deployment.who(&token, later).await.body;
        assert_eq!(info["last_login"], printed(later));
        assert_eq!(info["updated_at"], printed(later));
        assert_eq!(info["created_at"], "2014-09-04 13:26:14");
    }
}

#[tokio::test]
async fn a_sign_in_that_was_overtaken_does_not_turn_the_clock_back() {
    let deployment = Deployment::start().await;
    let (early, late) = (NOW, NOW.plus(seconds(1)));
    deployment.token(late).await;
    deployment.token(early).await;
    assert_eq!(deployment.stored().await.unwrap().last_login, Some(late));
}

#[tokio::test]
async fn the_account_s_own_changes_stay_the_latest_update() {
    let deployment = Deployment::start().await;
    let changed = NOW.plus(seconds(30));
    let token = deployment.token(NOW).await;
    deployment.rename("Dr. Z Y X", changed).await;
    let info = deployment.who(&token, changed).await.body;
    assert_eq!(info["updated_at"], String::from(DateTime(changed)));
    assert_eq!(info["last_login"], String::from(DateTime(NOW)));
}

#[tokio::test]
async fn each_sign_in_gives_a_token_of_its_own_and_leaves_earlier_ones_alone() {
    let deployment = Deployment::start().await;
    let (one, two) = (deployment.token(NOW).await, deployment.token(NOW).await);
    assert_ne!(one, two);
    for token in [one, two] {
        assert_eq!(deployment.who(&token, NOW).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_lives_for_a_day_from_its_sign_in() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let end = NOW.plus(LIFETIME);
    let last = Timestamp::from_millis(end.millis() - 1);
    assert_eq!(deployment.who(&token, last).await.status, 200);
    let over = deployment.who(&token, end).await;
    assert_eq!((over.status, over.body), not_authenticated());
}

#[tokio::test]
async fn an_email_may_be_spelt_in_any_case_and_a_password_in_one() {
    let deployment = Deployment::start().await;
    for email in ["dr.xyz@example.com", " DR.XYZ@EXAMPLE.COM\n"] {
        assert_eq!(deployment.try_as(email, PASSWORD, NOW).await.status, 200, "{email:?}");
    }
    for password in ["Correct horse", PASSWORD.trim(), &format!("{PASSWORD}\0")] {
        let answer = deployment.try_as(EMAIL, password, NOW).await;
        assert_eq!((answer.status, answer.body), not_authenticated(), "{password:?}");
    }
}

#[tokio::test]
async fn any_client_may_sign_any_user_in() {
    let deployment = Deployment::start().await;
    for client in [CLIENT, OTHER_CLIENT] {
        for email in [EMAIL, OTHER_EMAIL] {
            let event = form(client, email, PASSWORD);
            assert_eq!(deployment.send_signin(&event, NOW).await.status, 200);
        }
    }
}

#[tokio::test]
async fn the_client_is_looked_at_before_the_form() {
    let deployment = Deployment::start().await;
    let wrong = deployment.send_signin(&headers((CLIENT.0, "wrong")), NOW).await;
    assert_eq!(wrong.status, 401);
    let answer = deployment.send_signin(&headers(CLIENT), NOW).await;
    assert_eq!((answer.status, answer.body), not_authenticated());
    assert_eq!(deployment.counted().await, 0, "none of it was an attempt");
}

#[tokio::test]
async fn over_the_limit_even_the_right_password_waits_for_the_next_window() {
    let deployment = Deployment::start().await;
    let mut wrong = Vec::new();
    for _ in 0..10 {
        wrong.push(deployment.try_as(EMAIL, "wrong", NOW).await);
    }
    let refused = deployment.sign_in(NOW).await;
    assert_eq!(refused, wrong[0], "the contract knows one failure");
    let token = deployment.try_as(OTHER_EMAIL, PASSWORD, NOW).await.text("access_token");
    let out = deployment.sign_out_as(EMAIL, PASSWORD, &token, NOW).await;
    assert_eq!(out, wrong[0], "signing out counts and is counted, too");
    assert_eq!(deployment.counted().await, 10);
    // It is 03:04:05.678; the next window begins at 03:15:00.
    assert_eq!(deployment.sign_in(NOW.plus(seconds(654))).await.status, 404);
    assert_eq!(deployment.sign_in(NOW.plus(seconds(655))).await.status, 200);
}

#[tokio::test]
async fn wrong_passwords_at_sign_out_are_counted() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    for _ in 0..10 {
        let answer = deployment.sign_out_as(EMAIL, "wrong", &token, NOW).await;
        assert_eq!((answer.status, answer.body), not_authenticated());
    }
    assert_eq!(deployment.sign_in(NOW).await.status, 404);
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    let deployment = Deployment::start().await;
    deployment.try_as(EMAIL, "wrong", NOW).await;
    for _ in 0..3 {
        let token = deployment.token(NOW).await;
        assert_eq!(deployment.sign_out(&token, NOW).await.status, 200);
        assert_eq!(
            deployment.sign_out(&token, NOW).await.status,
            404,
            "the token, not the password"
        );
    }
    assert_eq!(deployment.counted().await, 1);
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_by_the_right_password() {
    // Of "password", made by the reference implementation with parameters of its own.
    let outdated =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let deployment = Deployment::start().await;
    let veteran = json!({
        "id": 8, "name": "Veteran", "email": "veteran@example.com", "password_hash": outdated
    });
    deployment.create(&json!({ "users": [veteran] })).await;
    let users = deployment.users();
    let stored = async || {
        let user = users.find(crate::fixture::id("8")).await.unwrap().unwrap();
        user.password.unwrap().as_str().to_owned()
    };
    assert_eq!(deployment.try_as("veteran@example.com", "wrong", NOW).await.status, 404);
    assert_eq!(stored().await, outdated);
    for _ in 0..2 {
        let answer = deployment.try_as("veteran@example.com", "password", NOW).await;
        assert_eq!(answer.status, 200);
    }
    assert!(stored().await.starts_with("$argon2id$v=19$m=19456,"));
}
