use domain::time::Timestamp;
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use serde_json::{Value, json};

use crate::fixture::{Deployment, LIFETIME, NOW, Setting, USERNAME, seconds};

#[tokio::test]
async fn a_token_shows_its_user_until_it_expires() {
    let deployment = Deployment::start().await;
    let token = deployment.log_in(NOW).await.text("token");
    let issued = Timestamp::from_seconds(NOW.seconds());
    let account = deployment.account(&token, issued.plus(seconds(3599))).await;
    let expected = json!({
        "id": deployment.member.id.as_str(),
        "username": USERNAME,
        "organization": deployment.organization.id.as_str(),
    });
    assert_eq!((account.status, account.body), (200, expected));
    assert_eq!(deployment.account(&token, issued.plus(LIFETIME)).await.status, 401);
}

#[tokio::test]
async fn a_token_is_good_for_one_api_and_one_organization() {
    let deployment = Deployment::start().await;
    let neighbour = deployment.neighbour().await;
    let token = deployment.log_in(NOW).await.text("token");
    let event = deployment.with_bearer(&token);
    let refused = json!({"statusCode": 401, "message": "Unauthorized", "error": "Unauthorized"});
    let status = |api| {
        let (deployment, event) = (deployment.clone(), event.clone());
        async move { deployment.send_account(api, &event, NOW).await }
    };
    assert_eq!(status("patient").await.status, 200);
    assert_eq!(status("crm").await.body, refused, "an API that it isn't for");
    assert_eq!(status("nobody").await.status, 404);
    let foreign = neighbour.with_bearer(&token);
    assert_eq!(deployment.send_account("patient", &foreign, NOW).await.body, refused);
    for missing in [json!({}), json!({"authorization": format!("Bearer {token}")})] {
        let answer = deployment.send_account("patient", &json!({"headers": missing}), NOW).await;
        assert_eq!(answer.body["message"], "Organization header is required");
    }
}

#[tokio::test]
async fn the_cookie_is_taken_only_where_the_organization_asks_for_it() {
    for cookie in [true, false] {
        let deployment = Deployment::with(Setting { cookie, ..Setting::default() }).await;
        let token = deployment.log_in(NOW).await.text("token");
        let event = deployment.with_cookie(&token);
        let answer = deployment.send_account("patient", &event, NOW).await;
        assert_eq!(answer.status, if cookie { 200 } else { 401 });
    }
}

#[tokio::test]
async fn beside_a_bearer_header_no_cookie_counts_and_beside_another_it_does() {
    let deployment = Deployment::with(Setting { cookie: true, ..Setting::default() }).await;
    let token = deployment.log_in(NOW).await.text("token");
    for (authorization, status) in [
        ("Bearer garbage", 401),
        ("Bearer", 401),
        ("bearer ", 401),
        ("Basic eDp5", 200),
        ("Bearerx", 200),
        (" ", 200),
    ] {
        let mut event = deployment.with_cookie(&token);
        event["headers"]["authorization"] = authorization.into();
        let answer = deployment.send_account("patient", &event, NOW).await;
        assert_eq!(answer.status, status, "{authorization}");
    }
}

#[tokio::test]
async fn disabling_and_signing_out_everywhere_end_tokens() {
    let deployment = Deployment::start().await;
    let token = deployment.log_in(NOW).await.text("token");
    let user = &deployment.member;
    deployment.bench.end_sessions(user, NOW).await.unwrap();
    assert_eq!(deployment.account(&token, NOW.plus(seconds(1))).await.status, 401);
    let token = deployment.log_in(NOW.plus(seconds(2))).await.text("token");
    assert_eq!(deployment.account(&token, NOW.plus(seconds(2))).await.status, 200);
    deployment.bench.disable(user).await.unwrap();
    assert_eq!(deployment.account(&token, NOW.plus(seconds(2))).await.status, 401);
}

#[tokio::test]
async fn rotating_the_key_breaks_no_token_and_a_new_key_is_looked_up() {
    const ACCESS: KeyRingName = KeyRingName::PasswordAccess;
    let deployment = Deployment::start().await;
    let old = deployment.log_in(NOW).await.text("token");
    assert_eq!(
        deployment.account(&old, NOW).await.status,
        200,
        "this instance holds the first ring"
    );
    deployment.bench.secrets.rotate(
        ACCESS,
        "PASSWORD_ACCESS_SECRET-2",
        &["PASSWORD_ACCESS_SECRET-1"],
    );
    let rotated = deployment.another_instance();
    assert_eq!(rotated.account(&old, NOW).await.status, 200);
    let new = rotated.log_in(NOW).await.text("token");
    assert_eq!(deployment.account(&new, NOW.plus(seconds(29))).await.status, 401, "just looked up");
    assert_eq!(deployment.account(&new, NOW.plus(seconds(31))).await.status, 200);
}

#[tokio::test]
async fn no_token_of_the_portal_opens_an_account() {
    let deployment = Deployment::start().await;
    let keys = KeyRings::new(&deployment.bench.aws, KeyRingName::PasswordAccess).unwrap();
    let ring = keys.current(NOW).await.unwrap();
    // Even under our own key: another issuer, and no audience.
    let family = domain::id::FamilyId::random();
    let claims = domain::token::access::Claims::new(&deployment.member, &family, NOW);
    let token = domain::token::access::sign(&claims, &ring).unwrap();
    let answer = deployment.account(token.expose(), NOW).await;
    assert_eq!((answer.status, &answer.body["message"]), (401, &Value::from("Unauthorized")));
}
