//! Every change names the request that made it, also after retries and late copies. That each names who
//! sent the write, and that none changes nothing but an author, the workbench asserts of every write of
//! every test.

use domain::id::{FamilyId, OrganizationId, UserId};
use domain::token::refresh::RefreshToken;
use runtime::author::calling;
use store::{Session, Sessions};
use workbench::portal::{Portal, another, seconds};
use workbench::{Change, Fault, NOW, Operation, Plan};

const KEY: &str = "rotation-0123456789";

#[tokio::test]
async fn every_write_of_every_flow_names_its_request() {
    let portal = Portal::start().await;
    let bench = &portal.bench;
    let all_by = |function: &str, items: &[&str]| Change::all_by(&format!("{function} r-1"), items);

    let (_, sent) = bench.written_by("portal-send-otp", "r-1", portal.send(NOW)).await;
    assert_eq!(sent, all_by("portal-send-otp", &["OTP"]));
    let later = NOW.plus(seconds(1));
    let (_, again) = bench.written_by("portal-send-otp", "r-1", portal.send(later)).await;
    assert_eq!(again, all_by("portal-send-otp", &["OTP"]));

    let code = portal.code(later).await;
    let guess = another(&code);
    let guessed = portal.verify(&guess, later);
    let (_, guessed) = bench.written_by("portal-verify-otp", "r-1", guessed).await;
    assert_eq!(guessed, all_by("portal-verify-otp", &["OTP"]));
    let verified = portal.verify(&code, later);
    let (first, signed_in) = bench.written_by("portal-verify-otp", "r-1", verified).await;
    assert_eq!(signed_in, all_by("portal-verify-otp", &["FAM", "OTP", "OTP", "RT"]));

    let first = first.refresh_token();
    let refreshed = portal.refresh(&first, later);
    let (second, rotated) = bench.written_by("portal-refresh-token", "r-1", refreshed).await;
    assert_eq!(rotated, all_by("portal-refresh-token", &["FAM", "RT"]));
    let replayed = portal.refresh(&first, later);
    let (_, revoked) = bench.written_by("portal-refresh-token", "r-1", replayed).await;
    assert_eq!(
        revoked,
        all_by("portal-refresh-token", &["FAM", "RT", "RT"]),
        "put, revoked, dropped"
    );
    let second = second.refresh_token();
    let left = portal.logout(&second, later);
    let (_, nothing) = bench.written_by("portal-logout", "r-1", left).await;
    assert_eq!(nothing, [], "the replay revoked it");

    let third = portal.sign_in(NOW.plus(seconds(60))).await;
    let left = portal.logout(&third, NOW.plus(seconds(61)));
    let (_, revoked) = bench.written_by("portal-logout", "r-1", left).await;
    assert_eq!(revoked, all_by("portal-logout", &["FAM"]));
}

#[tokio::test]
async fn an_attempt_that_is_given_back_names_its_request() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.end_sessions(&portal.patient.user, NOW.plus(seconds(5))).await.unwrap();
    let early = portal.verify(&code, NOW.plus(seconds(1)));
    let (answer, changes) = portal.bench.written_by("portal-verify-otp", "r-1", early).await;
    assert_eq!(answer.status, 503);
    assert_eq!(changes, Change::all_by("portal-verify-otp r-1", &["FAM", "OTP", "OTP", "RT"]));
}

#[tokio::test]
async fn of_two_logouts_and_their_late_copies_the_first_is_named() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    portal.bench.follow(Plan::once(Fault::Late, Operation::is_write));
    for (request_id, changed) in [("r-1", 1), ("r-2", 0)] {
        let left = portal.logout(&token, NOW);
        let (_, changes) = portal.bench.written_by("portal-logout", request_id, left).await;
        assert_eq!(changes.len(), changed, "{request_id}");
    }
    assert_eq!(portal.bench.calm().await.unwrap(), 1);
    assert_eq!(portal.bench.changes().await, []);
}

#[tokio::test]
async fn a_late_drop_of_a_pointer_does_not_drop_that_of_another_request() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    portal.bench.disable(&portal.patient.user).await.unwrap();
    let is_drop = |call: &Operation| call.name == "DeleteItem";
    portal.bench.follow(Plan::once(Fault::Late, is_drop));
    let refused = portal.refresh_idempotently(&token, KEY, NOW);
    let (answer, changes) = portal.bench.written_by("portal-refresh-token", "r-1", refused).await;
    assert_eq!(answer.code(), "REFRESH_INVALID");
    assert_eq!(changes, Change::all_by("portal-refresh-token r-1", &["FAM", "RT", "RT"]));

    // The same token, from the same key: another call's own drop never arrives.
    portal.bench.follow(Plan::always(Fault::LostBefore, is_drop));
    let refused = portal.refresh_idempotently(&token, KEY, NOW);
    let (_, changes) = portal.bench.written_by("portal-refresh-token", "r-2", refused).await;
    assert_eq!(changes, Change::all_by("portal-refresh-token r-2", &["RT"]));
    assert_eq!(portal.bench.calm().await.unwrap(), 1);
    assert_eq!(
        portal.bench.changes().await,
        [],
        "the first call's drop found the second's pointer"
    );
}

#[tokio::test]
async fn a_put_that_lands_after_its_call_sent_the_live_code_again_is_told_apart() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let later = NOW.plus(seconds(1));
    portal.bench.follow(Plan::once(Fault::Late, |call| call.name == "PutItem"));
    let (_, sent) = portal.bench.written_by("portal-send-otp", "r-1", portal.send(later)).await;
    assert_eq!(sent, Change::all_by("portal-send-otp r-1", &["OTP"]));
    for _ in 0..3 {
        portal.verify(&another(&code), later).await;
    }
    portal.bench.changes().await;
    assert_eq!(portal.bench.calm().await.unwrap(), 1);
    assert_eq!(portal.bench.changes().await, Change::all_by("portal-send-otp r-1", &["OTP"]));
}

/// Its id begins like that of a call that failed: what it put may be current.
#[tokio::test]
async fn a_pointer_is_dropped_by_the_request_that_put_it_alone() {
    const REFRESHER: &str = "portal-refresh-token";
    let portal = Portal::start().await;
    // As a function has them: each call is an author of its own.
    let sessions = Sessions::new(&portal.bench.function(REFRESHER).unwrap()).unwrap();
    let session = Session {
        family: FamilyId::random(),
        organization: OrganizationId::parse("clinic").unwrap(),
        user: UserId::random(),
        created_at: NOW,
        ends_at: NOW.plus(seconds(60)),
    };
    let token = RefreshToken::random().digest();
    let put = async |id| calling(REFRESHER, [id, ""], sessions.put_pointer(&session, &token)).await;
    let drop = async |id| {
        let dropped = sessions.drop_pointer(&session, &token, false);
        calling(REFRESHER, [id, ""], dropped).await.unwrap();
        sessions.find(&token).await.unwrap().is_none()
    };
    assert!(put("r-12").await.unwrap());
    for (id, is_gone) in [("r-1", false), ("r-1234", false), ("r-12", true)] {
        assert_eq!(drop(id).await, is_gone, "{id}");
    }
    // Not the first write of its request.
    let put_after_another = async {
        sessions.put_pointer(&session, &RefreshToken::random().digest()).await.unwrap();
        sessions.put_pointer(&session, &token).await
    };
    assert!(calling(REFRESHER, ["r-2", ""], put_after_another).await.unwrap());
    assert!(drop("r-2").await);
}
