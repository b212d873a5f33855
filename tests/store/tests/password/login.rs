use std::time::Duration;

use registry::Registered;
use serde_json::json;

use crate::fixture::{Deployment, NOW, PASSWORD, Setting, USERNAME, seconds};

#[tokio::test]
async fn the_right_password_gives_a_token() {
    let deployment = Deployment::start().await;
    let answer = deployment.log_in(NOW).await;
    assert_eq!((answer.status, &answer.body["expiresIn"]), (200, &json!(3600)));
    assert_eq!(answer.body["tokenType"], "Bearer");
    assert!(!answer.headers.contains_key("set-cookie"), "off by default");
    assert_eq!(deployment.account(&answer.text("token"), NOW).await.status, 200);
}

#[tokio::test]
async fn a_user_name_may_be_spelt_in_any_way_and_a_password_in_one() {
    let deployment = Deployment::start().await;
    let organization = deployment.organization.id.as_str();
    for username in ["JOSÉ@EXAMPLE.COM", " jose\u{301}@example.com\n", "Jos\u{c9}@Example.com"] {
        let answer = deployment.try_as(organization, username, PASSWORD, NOW).await;
        assert_eq!(answer.status, 200, "{username:?}");
    }
    for password in [PASSWORD.trim(), " Correct horse ", " correct horse  ", " correct horse \0"] {
        let answer = deployment.try_password(password, NOW).await;
        assert_eq!(answer.status, 401, "{password:?}");
    }
}

#[tokio::test]
async fn one_name_in_two_organizations_is_two_users() {
    let deployment = Deployment::start().await;
    let neighbour = deployment.neighbour().await;
    let (here, there) = (&deployment.organization.id, &neighbour.organization.id);
    let token = deployment.log_in(NOW).await.text("token");
    let foreign = neighbour.log_in(NOW).await.text("token");
    let account = |deployment: &Deployment, body: &serde_json::Value| {
        assert_eq!(body["organization"], deployment.organization.id.as_str());
        assert_eq!(body["id"], deployment.member.id.as_str());
        assert_eq!(body["username"], USERNAME);
    };
    account(&deployment, &deployment.account(&token, NOW).await.body);
    account(&neighbour, &neighbour.account(&foreign, NOW).await.body);
    assert_ne!(here, there);
    assert_eq!(neighbour.account(&token, NOW).await.status, 401);
}

#[tokio::test]
async fn checks_come_in_order() {
    let deployment = Deployment::limited(1).await;
    let organization = deployment.organization.id.as_str();
    let credentials = json!({"username": USERNAME, "password": "wrong"}).to_string();
    let event = |organization: Option<&str>, body: &str| {
        let mut event = json!({"headers": {"content-type": "application/json"}, "body": body});
        if let Some(organization) = organization {
            event["headers"]["organization"] = organization.into();
        }
        event
    };
    // An unknown API before all else, then the header, then the body, then the limit.
    let nothing = deployment.send_login_to("nobody", &event(None, "{"), NOW).await;
    assert_eq!(nothing.status, 404);
    for blank in [None, Some(""), Some("  ")] {
        let answer = deployment.send_login(&event(blank, "{"), NOW).await;
        assert_eq!(answer.body["message"], "Organization header is required");
    }
    assert_eq!(deployment.try_password("wrong", NOW).await.status, 401);
    let answer = deployment.send_login(&event(Some(organization), "{"), NOW).await;
    assert_eq!(answer.body["message"], "Username and password are required");
    let answer = deployment.send_login(&event(Some(organization), &credentials), NOW).await;
    assert_eq!(answer.body["message"], "Too many requests");
}

#[tokio::test]
async fn over_the_limit_even_the_right_password_waits_for_the_next_window() {
    let deployment = Deployment::limited(3).await;
    for _ in 0..3 {
        assert_eq!(deployment.try_password("wrong", NOW).await.status, 401);
    }
    let refused = deployment.log_in(NOW).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.retry_after(), Some("655"), "from 03:04:05.678 to 03:15:00");
    let organization = deployment.organization.id.as_str();
    let other = deployment.try_as(organization, "somebody else", PASSWORD, NOW).await;
    assert_eq!(other.status, 401, "counted for each user name");
    assert_eq!(deployment.log_in(NOW.plus(seconds(654))).await.status, 429);
    assert_eq!(deployment.log_in(NOW.plus(seconds(655))).await.status, 200);
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    let deployment = Deployment::limited(2).await;
    assert_eq!(deployment.try_password("wrong", NOW).await.status, 401);
    for _ in 0..5 {
        assert_eq!(deployment.log_in(NOW).await.status, 200);
    }
    assert_eq!(deployment.counted().await, 1);
    assert_eq!(deployment.try_password("wrong", NOW).await.status, 401);
    assert_eq!(deployment.log_in(NOW).await.status, 429, "and they don't make up for wrong ones");
}

#[tokio::test]
async fn a_cookie_is_set_where_the_organization_asks_for_it() {
    let deployment = Deployment::with(Setting { cookie: true, ..Setting::default() }).await;
    let answer = deployment.log_in(NOW).await;
    let token = answer.text("token");
    assert_eq!(
        answer.headers["set-cookie"],
        format!(
            "__Host-postern-patient={token}; Max-Age=3600; Expires={}; Path=/; HttpOnly; Secure; SameSite=Strict",
            NOW.plus(Duration::from_hours(1)).http_date()
        )
    );
    assert!(!deployment.try_password("wrong", NOW).await.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn logging_out_clears_the_cookie_and_asks_nobody() {
    let deployment = Deployment::start().await;
    let (answer, operations) = deployment.bench.operations_of(deployment.log_out()).await;
    assert_eq!((answer.status, operations.len()), (204, 0));
    assert_eq!(
        answer.headers["set-cookie"],
        "__Host-postern-patient=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; Secure; SameSite=Strict"
    );
}

#[tokio::test]
async fn right_after_a_sign_out_everywhere_the_right_password_is_unavailable_and_not_counted() {
    let deployment = Deployment::limited(2).await;
    let user = &deployment.member;
    let bound = NOW.plus(seconds(5));
    deployment.bench.end_sessions(user, bound).await.unwrap();
    assert_eq!(deployment.try_password("wrong", NOW).await.status, 401);
    for _ in 0..3 {
        let answer = deployment.log_in(NOW).await;
        assert_eq!((answer.status, answer.retry_after()), (500, Some("6")));
    }
    assert_eq!(deployment.counted().await, 1, "the wrong one");
    let answer = deployment.log_in(bound).await;
    assert_eq!((answer.status, answer.retry_after()), (500, Some("1")));
    assert_eq!(deployment.log_in(bound.plus(seconds(1))).await.status, 200);
}

#[tokio::test]
async fn a_disabled_organization_answers_like_one_that_does_not_exist() {
    let deployment = Deployment::start().await;
    let organizations = deployment.bench.organizations().unwrap();
    let disable = |registered: &mut Registered| registered.disabled = true;
    let disabled = organizations.update(&deployment.organization.id, disable).await.unwrap();
    assert!(disabled.is_some_and(|it| it.disabled));
    let answer = deployment.log_in(NOW).await;
    assert_eq!((answer.status, &answer.body["message"]), (401, &"Invalid credentials".into()));
}

#[tokio::test]
async fn a_sandbox_that_is_over_lets_nobody_in_also_where_it_is_cached() {
    let ends_at = NOW.plus(seconds(10));
    let setting = Setting { ends_at: Some(ends_at), ..Setting::default() };
    let deployment = Deployment::with(setting).await;
    let answer = deployment.log_in(NOW).await;
    assert_eq!(answer.status, 200);
    let token = answer.text("token");
    assert_eq!(deployment.account(&token, NOW).await.status, 200);
    for instance in [&deployment, &deployment.another_instance()] {
        assert_eq!(instance.log_in(ends_at).await.status, 401);
        assert_eq!(instance.account(&token, ends_at).await.status, 401);
    }
}
