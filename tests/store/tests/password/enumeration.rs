//! Nobody learns who exists: neither from the answer, nor from what it takes to give it.

use crate::fixture::{Deployment, NOW, USERNAME};

/// Everybody whom a wrong password may be tried for.
async fn everybody(deployment: &Deployment) -> Vec<(&'static str, String, String)> {
    let here = deployment.organization.id.to_string();
    deployment.add("without a password", None).await;
    let disabled = deployment.add("disabled", deployment.member.password.clone()).await;
    deployment.bench.disable(&disabled).await.unwrap();
    let of = |what, organization: &str, username: &str| {
        (what, organization.to_owned(), username.to_owned())
    };
    vec![
        of("a member", &here, USERNAME),
        of("a member without a password", &here, "without a password"),
        of("a disabled member", &here, "disabled"),
        of("nobody", &here, "nobody"),
        of("nobody with a long name", &here, &"n".repeat(320)),
        of("a member's name in no organization", "no-such-organization", USERNAME),
        of("nobody in what can be no organization", "no such organization#1", "nobody"),
        of("nobody in a very long organization", &"o".repeat(3000), "nobody"),
    ]
}

#[tokio::test]
async fn the_answer_and_the_way_to_it_are_the_same_for_everybody() {
    let deployment = Deployment::limited(10).await;
    let everybody = everybody(&deployment).await;
    let (_, here, known) = &everybody[0];
    for round in ["cold", "warm"] {
        let instance = deployment.another_instance();
        let attempt = instance.try_as(here, known, "wrong", NOW);
        let (expected, mut expected_way) = deployment.bench.operations_of(attempt).await;
        assert_eq!(expected.status, 401);
        if round == "warm" {
            let attempt = instance.try_as(here, known, "wrong", NOW);
            expected_way = deployment.bench.operations_of(attempt).await.1;
        }
        for (who, organization, username) in &everybody[1..] {
            let instance = deployment.another_instance();
            if round == "warm" {
                instance.try_as(organization, username, "wrong", NOW).await;
            }
            let attempt = instance.try_as(organization, username, "wrong", NOW);
            let (answer, way) = deployment.bench.operations_of(attempt).await;
            assert_eq!(answer, expected, "{who}, {round}");
            assert_eq!(way, expected_way, "{who}, {round}");
        }
    }
}

#[tokio::test]
async fn the_limit_is_the_same_for_everybody() {
    let deployment = Deployment::limited(10).await;
    let everybody = everybody(&deployment).await;
    let mut expected = Vec::new();
    for (who, organization, username) in everybody {
        let mut answers = Vec::new();
        for _ in 0..=10 {
            answers.push(deployment.try_as(&organization, &username, "wrong", NOW).await);
        }
        assert_eq!(answers.last().map(|answer| answer.status), Some(429), "{who}");
        if expected.is_empty() {
            expected = answers;
        } else {
            assert_eq!(answers, expected, "{who}");
        }
    }
}

#[tokio::test]
async fn the_right_password_of_a_disabled_member_is_a_wrong_one() {
    let deployment = Deployment::start().await;
    let wrong = deployment.try_password("wrong", NOW).await;
    let user = &deployment.member;
    deployment.bench.disable(user).await.unwrap();
    assert_eq!(deployment.log_in(NOW).await, wrong);
}
