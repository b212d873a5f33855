//! Nobody learns who exists: neither from the answer, nor from what it takes to give it.

use runtime::resources::TableName;
use std::sync::Arc;

use serde_json::json;
use workbench::Answer;

use crate::fixture::{Deployment, EMAIL, NOW, not_authenticated, seconds, user};

/// Everybody whom a wrong password may be tried for, and what is special about them.
async fn everybody(deployment: &Deployment) -> Vec<(&'static str, String)> {
    let with = |id: u64, email: &str, field: &str, value: serde_json::Value| {
        let mut user = user(id, email);
        user[field] = value;
        user
    };
    let users = json!([
        {"id": 20, "name": "X", "email": "no-password@example.com"},
        with(21, "inactive@example.com", "is_active", false.into()),
        with(22, "waiting@example.com", "activated", false.into()),
        with(23, "deleted@example.com", "deleted_at", "2015-01-20 09:52:58".into()),
    ]);
    deployment.create(&json!({ "users": users })).await;
    let of = |what, email: &str| (what, email.to_owned());
    vec![
        of("a user", EMAIL),
        of("a user without a password", "no-password@example.com"),
        of("an inactive user", "inactive@example.com"),
        of("a user who was never activated", "waiting@example.com"),
        of("a deleted user", "deleted@example.com"),
        of("nobody", "nobody@example.com"),
        of(
            "nobody with a long address",
            &format!("{}@{}.example.com", "n".repeat(64), ["n"; 80].join(".")),
        ),
    ]
}

async fn signs_in(instance: Arc<Deployment>, email: &str, password: &str) -> Answer {
    instance.try_as(email, password, NOW).await
}

async fn signs_out(instance: Arc<Deployment>, email: &str, password: &str) -> Answer {
    instance.sign_out_as(email, password, &"x".repeat(42), NOW).await
}

#[tokio::test]
async fn the_answer_and_the_way_to_it_are_the_same_for_everybody() {
    let deployment = Deployment::start().await;
    let everybody = everybody(&deployment).await;
    for warm in [false, true] {
        let mut ways = Vec::new();
        for (_, email) in &everybody {
            let instance = deployment.another_instance();
            if warm {
                signs_in(Arc::clone(&instance), "x@example.com", "wrong").await;
                signs_out(Arc::clone(&instance), "x@example.com", "wrong").await;
            }
            let bench = &deployment.bench;
            let signing_in = signs_in(Arc::clone(&instance), email, "wrong");
            let signing_in = bench.operations_of(signing_in).await;
            let signing_out = bench.operations_of(signs_out(instance, email, "wrong")).await;
            ways.push((signing_in, signing_out));
        }
        let expected = &ways[0];
        assert_eq!((expected.0.0.status, expected.0.0.body.clone()), not_authenticated());
        for ((who, _), way) in everybody.iter().zip(&ways) {
            assert_eq!(way, expected, "{who}");
        }
        deployment.bench.delete(TableName::Challenges, "COUNT#").await.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_not_admitted_is_refused_with_the_right_password_as_with_a_wrong_one() {
    let deployment = Deployment::start().await;
    let everybody = everybody(&deployment).await;
    let password = crate::fixture::PASSWORD;
    let instance = deployment.another_instance();
    signs_in(Arc::clone(&instance), "x@example.com", "wrong").await;
    let bench = &deployment.bench;
    let wrong = bench.operations_of(signs_in(Arc::clone(&instance), EMAIL, "wrong")).await;
    for (who, email) in &everybody[1..] {
        let signing_in = signs_in(Arc::clone(&instance), email, password);
        assert_eq!(bench.operations_of(signing_in).await, wrong, "{who}");
    }
}

#[tokio::test]
async fn the_limit_is_the_same_for_everybody_and_looks_like_a_wrong_password() {
    let deployment = Deployment::start().await;
    for (who, email) in everybody(&deployment).await {
        let mut answers = Vec::new();
        let mut reads = Vec::new();
        for _ in 0..12 {
            let signing_in = deployment.try_as(&email, "wrong", NOW);
            let (answer, asked) = deployment.bench.operations_of(signing_in).await;
            answers.push(answer);
            reads.push(asked.iter().filter(|operation| *operation == "GetItem USER").count());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{who}");
        assert_eq!(reads[1..10], [1; 9], "{who}");
        assert_eq!(reads[10..], [0, 0], "{who}: nothing is compared over the limit");
    }
    let later = NOW.plus(seconds(900));
    assert_eq!(deployment.sign_in(later).await.status, 200);
}
