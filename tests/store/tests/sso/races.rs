//! Many calls at once, on several threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use workbench::Answer;

use crate::fixture::{Deployment, EMAIL, NOW, seconds};

/// Runs `call` many times at once.
async fn at_once<F, Fut>(deployment: &Arc<Deployment>, times: usize, call: F) -> Vec<Answer>
where
    F: Fn(Arc<Deployment>, usize) -> Fut,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let calls = (0..times).map(|number| tokio::spawn(call(Arc::clone(deployment), number)));
    let calls: Vec<_> = calls.collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

fn counts(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sign_outs_of_one_token_at_once_one_ends_it() {
    for _ in 0..3 {
        let deployment = Deployment::start().await;
        let token = deployment.token(NOW).await;
        let answers = at_once(&deployment, 8, |deployment, number| {
            let token = token.clone();
            async move {
                let is_elsewhere = number % 4 == 0;
                let instance =
                    if is_elsewhere { deployment.another_instance() } else { deployment };
                instance.sign_out(&token, NOW).await
            }
        })
        .await;
        assert_eq!(counts(&answers), BTreeMap::from([(200, 1), (404, 7)]));
        assert_eq!(deployment.who(&token, NOW).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sign_ins_at_once_give_as_many_tokens_and_the_latest_is_noted() {
    let deployment = Deployment::start().await;
    let answers = at_once(&deployment, 10, |deployment, number| async move {
        deployment.sign_in(NOW.plus(seconds(number as u64))).await
    })
    .await;
    let tokens: BTreeSet<String> =
        answers.iter().map(|answer| answer.text("access_token")).collect();
    assert_eq!(tokens.len(), 10);
    let last = NOW.plus(seconds(9));
    assert_eq!(deployment.stored().await.unwrap().last_login, Some(last));
    for token in tokens {
        assert_eq!(deployment.who(&token, last).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_wrong_passwords_at_once_no_more_than_the_limit_is_compared() {
    let deployment = Deployment::start().await;
    // Signed in and out: both endpoints know their client.
    let token = deployment.token(NOW).await;
    deployment.sign_out(&token, NOW).await;
    let calls = at_once(&deployment, 40, |deployment, number| async move {
        if number % 2 == 0 {
            deployment.try_as(EMAIL, "wrong", NOW).await
        } else {
            deployment.sign_out_as(EMAIL, "wrong", "x", NOW).await
        }
    });
    let (answers, asked) = deployment.bench.operations_of(calls).await;
    assert_eq!(counts(&answers), BTreeMap::from([(404, 40)]));
    let compared = asked.iter().filter(|operation| *operation == "GetItem USER").count();
    assert_eq!(compared, 10);
    assert_eq!(deployment.counted().await, 10);
    assert_eq!(deployment.sign_in(NOW).await.status, 404, "the right one comes too late");
}
