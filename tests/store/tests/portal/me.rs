use workbench::NOW;
use workbench::portal::{Portal, seconds};

#[tokio::test]
async fn an_access_token_shows_its_user_for_fifteen_minutes() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let token = portal.verify(&code, NOW).await.access_token();
    let me = portal.me(&token, NOW.plus(seconds(899))).await;
    assert_eq!(me.body["data"]["email"], portal.patient.email.as_str());
    assert_eq!(me.body["data"]["phoneNumber"], portal.patient.phone.as_str());
    assert_eq!(portal.me(&token, NOW.plus(seconds(900))).await.status, 401);
}

#[tokio::test]
async fn a_sign_out_everywhere_ends_access_tokens_too() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let token = portal.verify(&code, NOW).await.access_token();
    let user = &portal.patient.user;
    portal.bench.end_sessions(user, NOW).await.unwrap();
    assert_eq!(portal.me(&token, NOW.plus(seconds(1))).await.status, 401);
}

#[tokio::test]
async fn a_sign_in_that_succeeds_after_a_sign_out_everywhere_gives_a_token_that_works() {
    let portal = Portal::start().await;
    let user = &portal.patient.user;
    portal.bench.end_sessions(user, NOW).await.unwrap();
    for millis in [1, 100, 400, 900, 1300] {
        let now = NOW.plus(std::time::Duration::from_millis(millis));
        let code = portal.fresh_code(now).await;
        let signed_in = portal.verify(&code, now).await;
        if signed_in.status == 200 {
            assert_eq!(portal.me(&signed_in.access_token(), now).await.status, 200, "{millis}");
            return;
        }
    }
    panic!("nobody could sign in");
}

#[tokio::test]
async fn a_token_is_refused_at_another_tenant_and_for_a_disabled_user() {
    let portal = Portal::start().await;
    let neighbour = portal.neighbour().await;
    let code = portal.fresh_code(NOW).await;
    let token = portal.verify(&code, NOW).await.access_token();
    assert_eq!(neighbour.me(&token, NOW).await.status, 401);
    assert_eq!(portal.me(&token, NOW).await.status, 200);
    let user = &portal.patient.user;
    portal.bench.disable(user).await.unwrap();
    assert_eq!(portal.me(&token, NOW).await.status, 401);
}
