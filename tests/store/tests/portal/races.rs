//! Many calls at once, on several threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::decide::Attempt;
use domain::identifier::Identity;

use store::Challenges;
use workbench::NOW;
use workbench::portal::{Answer, Portal, another, seconds};

const MANY: usize = 200;

/// Runs `call` many times at once and counts the answers by their code.
async fn at_once<F, Fut>(portal: &Arc<Portal>, times: usize, call: F) -> BTreeMap<String, usize>
where
    F: Fn(Arc<Portal>) -> Fut,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let calls: Vec<_> = (0..times).map(|_| tokio::spawn(call(Arc::clone(portal)))).collect();
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.await.unwrap().code().to_owned()).or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(code, count)| (code.to_owned(), count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_verifications_with_the_right_code_one_succeeds() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let seen = at_once(&portal, MANY, |portal| {
        let code = code.clone();
        async move { portal.verify(&code, NOW).await }
    })
    .await;
    assert_eq!(seen, counts([("OK", 1), ("UNAUTHORIZED", MANY - 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_wrong_guesses_three_are_counted_and_the_right_one_comes_too_late() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let wrong = another(&code);
    let seen = at_once(&portal, MANY, |portal| {
        let wrong = wrong.clone();
        async move { portal.verify(&wrong, NOW).await }
    })
    .await;
    assert_eq!(seen, counts([("UNAUTHORIZED", MANY)]));
    assert_eq!(portal.verify(&code, NOW).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_attempts_three_are_granted() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let identity: Identity = portal.bench.identities(&portal.patient.user).await.unwrap().remove(0);
    let attempts: Vec<_> = (0..MANY)
        .map(|_| {
            let (portal, identity) = (Arc::clone(&portal), identity.clone());
            let challenges = Challenges::new(&portal.bench.aws).unwrap();
            tokio::spawn(async move {
                let organization = &portal.tenant.organization.id;
                let nonce = workbench::attempt();
                challenges.attempt(organization, &identity, &nonce, None, NOW).await.unwrap()
            })
        })
        .collect();
    let mut granted = 0;
    for attempt in attempts {
        granted += usize::from(matches!(attempt.await.unwrap(), Attempt::Granted { .. }));
    }
    assert_eq!(granted, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_refreshes_with_one_token_one_succeeds_and_the_family_ends() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (portal, token) = (Arc::clone(&portal), first.clone());
            tokio::spawn(async move { portal.refresh(&token, NOW).await })
        })
        .collect();
    let mut successors = Vec::new();
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status {
            200 => successors.push(answer.refresh_token()),
            _ => assert_eq!(answer.code(), "REFRESH_REUSED"),
        }
    }
    assert_eq!(successors.len(), 1);
    assert_eq!(portal.refresh(&successors[0], NOW).await.code(), "REFRESH_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_retries_with_one_idempotency_key_get_one_answer() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (portal, token) = (Arc::clone(&portal), first.clone());
            let call = async move {
                portal.refresh_idempotently(&token, "rotation-0123456789", NOW).await
            };
            tokio::spawn(call)
        })
        .collect();
    let mut successors = Vec::new();
    for call in calls {
        successors.push(call.await.unwrap().refresh_token());
    }
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_eq!(portal.refresh(&successors[0], NOW).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_survives_a_logout_that_races_with_its_rotation() {
    for _ in 0..50 {
        let portal = Portal::start().await;
        let token = portal.sign_in(NOW).await;
        let rotation = tokio::spawn({
            let (portal, token) = (Arc::clone(&portal), token.clone());
            async move { portal.refresh(&token, NOW).await }
        });
        let logout = tokio::spawn({
            let (portal, token) = (Arc::clone(&portal), token.clone());
            async move { portal.logout(&token, NOW).await }
        });
        assert_eq!(logout.await.unwrap().status, 200);
        let rotated = rotation.await.unwrap();
        let survivor = if rotated.status == 200 { rotated.refresh_token() } else { token };
        assert_eq!(portal.refresh(&survivor, NOW).await.code(), "REFRESH_REUSED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sends_at_once_leave_one_code() {
    let portal = Portal::start().await;
    let seen = at_once(&portal, 50, |portal| async move { portal.send(NOW).await }).await;
    assert_eq!(seen, counts([("OK", 50)]));
    let code = portal.code(NOW).await;
    assert_eq!(portal.verify(&code, NOW.plus(seconds(1))).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sends_at_once_no_more_than_the_limit_is_counted() {
    let portal = Portal::limited(10).await;
    let seen = at_once(&portal, MANY, |portal| async move { portal.send(NOW).await }).await;
    assert_eq!(seen, counts([("OK", 10), ("RATE_LIMITED", MANY - 10)]));
}
