//! DynamoDB or Secrets Manager is down, or takes its time.

use workbench::{Fault, NOW, Plan};

use workbench::portal::{Portal, another};

#[tokio::test]
async fn an_outage_is_a_503_that_says_when_to_try_again() {
    let portal = Portal::limited(5).await;
    let token = portal.sign_in(NOW).await;
    portal.bench.follow(Plan::always(Fault::Error, |_| true));
    let answers = [
        portal.send(NOW).await,
        portal.verify("123456", NOW).await,
        portal.refresh(&token, NOW).await,
        portal.logout(&token, NOW).await,
    ];
    for answer in answers {
        assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"));
        assert_eq!(answer.retry_after.as_deref(), Some("1"));
    }
    portal.bench.follow(Plan::default());
    assert_eq!(portal.refresh(&token, NOW).await.status, 200, "nothing was half done");
}

/// Each write in turn fails for good: the caller sees a 503, and then goes on as if nothing had been.
#[tokio::test]
async fn a_crash_before_the_commit_changes_nothing_but_a_counted_attempt() {
    for (item, name) in [("FAM", "PutItem"), ("RT", "PutItem")] {
        let portal = Portal::start().await;
        let code = portal.fresh_code(NOW).await;
        portal.bench.follow(Plan::always(Fault::LostBefore, move |call| {
            call.item == item && call.name == name
        }));
        assert_eq!(portal.verify(&code, NOW).await.status, 503);
        portal.bench.follow(Plan::default());
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
        assert_eq!(portal.verify(&code, NOW).await.status, 200, "one of three was counted");
    }

    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    for item in ["RT", "FAM"] {
        portal.bench.follow(Plan::always(Fault::LostBefore, move |call| {
            call.is_write() && call.item == item
        }));
        assert_eq!(portal.refresh(&token, NOW).await.status, 503);
        portal.bench.follow(Plan::default());
    }
    assert_eq!(portal.refresh(&token, NOW).await.status, 200);
}

#[tokio::test]
async fn a_replay_is_not_answered_before_its_revocation_is_durable() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh(&first, NOW).await.refresh_token();
    // The rotation is lost to the guard; then the revocation can't be written.
    let mut updates = 0;
    portal.bench.follow(Plan::new(move |call| {
        updates += usize::from(call.name == "UpdateItem" && call.item == "FAM");
        if updates > 1 && call.is_write() { Fault::LostBefore } else { Fault::None }
    }));
    assert_eq!(portal.refresh(&first, NOW).await.code(), "UNAVAILABLE");
    portal.bench.follow(Plan::default());
    assert_eq!(portal.refresh(&second, NOW).await.status, 200, "not revoked, and not called so");
}

#[tokio::test]
async fn a_dependency_that_never_answers_is_given_up_in_time() {
    let portal = Portal::start().await;
    portal.bench.follow(Plan::always(Fault::Silence, |_| true));
    let reply = portal.respond_to_send(NOW).await;
    assert_eq!(reply["statusCode"], 503, "{reply}");
    assert_eq!(reply["headers"]["retry-after"], "1");
    assert_eq!(reply["headers"]["x-request-id"], "request-1");
}
