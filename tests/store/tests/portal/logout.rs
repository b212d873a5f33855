use runtime::resources::TableName;
use workbench::NOW;
use workbench::portal::{Portal, seconds};

#[tokio::test]
async fn every_token_of_the_family_ends_whichever_is_presented() {
    let portal = Portal::start().await;
    for (presents_oldest, now) in [(true, NOW), (false, NOW.plus(seconds(1)))] {
        let first = portal.sign_in(now).await;
        let second = portal.refresh(&first, NOW).await.refresh_token();
        let presented = if presents_oldest { &first } else { &second };
        assert_eq!(portal.logout(presented, NOW).await.status, 200);
        assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_REUSED");
    }
}

#[tokio::test]
async fn other_families_of_the_user_go_on() {
    let portal = Portal::start().await;
    let here = portal.sign_in(NOW).await;
    let there = portal.sign_in(NOW.plus(seconds(1))).await;
    assert_eq!(portal.logout(&here, NOW.plus(seconds(2))).await.status, 200);
    assert_eq!(portal.refresh(&there, NOW.plus(seconds(2))).await.status, 200);
}

#[tokio::test]
async fn an_unknown_a_foreign_and_a_revoked_token_are_answered_alike() {
    let portal = Portal::start().await;
    let neighbour = portal.neighbour().await;
    let token = portal.sign_in(NOW).await;
    let unknown = portal.logout("of-nobody", NOW).await;
    assert_eq!(neighbour.logout(&token, NOW).await, unknown);
    let token = portal.refresh(&token, NOW).await.refresh_token();
    assert_eq!(portal.logout(&token, NOW).await, unknown);
    assert_eq!(portal.logout(&token, NOW).await, unknown);
    assert_eq!(unknown.status, 200);
}

#[tokio::test]
async fn a_family_that_was_deleted_is_not_brought_back_as_a_ghost() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    portal.bench.delete(TableName::Sessions, "FAM#").await.unwrap();
    assert_eq!(portal.logout(&token, NOW).await.status, 200);
    let rows = portal.bench.scan(TableName::Sessions).await.unwrap();
    assert_eq!(rows.len(), 1, "the pointer alone");
}
