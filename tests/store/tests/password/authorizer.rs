use runtime::event::Verdict;
use serde_json::{Value, json};

use workbench::result_cache::{confused, documented_sources};

use crate::fixture::{Deployment, NOW, Setting};

#[tokio::test]
async fn a_good_token_tells_who_calls_in_which_organization_and_for_which_api() {
    let deployment = Deployment::with(Setting { cookie: true, ..Setting::default() }).await;
    let token = deployment.log_in(NOW).await.text("token");
    let with_api = |mut event: Value| {
        event["pathParameters"] = json!({"api": "patient"});
        event
    };
    let bearer = with_api(deployment.with_bearer(&token));
    let cookie = with_api(deployment.with_cookie(&token));
    assert_eq!(deployment.authorize(&cookie, NOW).await, Verdict::Deny, "no Bearer");
    assert_eq!(deployment.authorize_cookie(&bearer, NOW).await, Verdict::Deny, "no cookie");
    for verdict in
        [deployment.authorize(&bearer, NOW).await, deployment.authorize_cookie(&cookie, NOW).await]
    {
        let Verdict::Allow { principal, context } = verdict else {
            panic!("denied");
        };
        assert_eq!(principal, deployment.member.id.as_str());
        let said: Vec<_> = context.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let organization = deployment.organization.id.as_str();
        let user = deployment.member.id.as_str();
        assert_eq!(said, [("api", "patient"), ("organization", organization), ("userId", user)]);
    }
}

#[tokio::test]
async fn whatever_is_missing_or_foreign_is_denied() {
    let deployment = Deployment::start().await;
    let neighbour = deployment.neighbour().await;
    let token = deployment.log_in(NOW).await.text("token");
    let with_api = |mut event: serde_json::Value, api: &str| {
        event["pathParameters"] = json!({"api": api});
        event
    };
    let good = deployment.with_bearer(&token);
    let mut no_organization = good.clone();
    no_organization["headers"].as_object_mut().unwrap().remove("organization");
    for (fault, event) in [
        ("no organization", with_api(no_organization, "patient")),
        ("another organization", with_api(neighbour.with_bearer(&token), "patient")),
        ("another API", with_api(good.clone(), "crm")),
        ("an unknown API", with_api(good.clone(), "nobody")),
        ("no API, where there are two", good.clone()),
        ("a bad token", with_api(deployment.with_bearer("garbage"), "patient")),
        ("a cookie that is off", with_api(deployment.with_cookie(&token), "patient")),
        ("nothing", json!({})),
    ] {
        assert_eq!(deployment.authorize(&event, NOW).await, Verdict::Deny, "{fault}");
        assert_eq!(deployment.authorize_cookie(&event, NOW).await, Verdict::Deny, "{fault}");
    }
}

/// API Gateway caches an answer under the authorizer's identity sources: the other credential is none.
#[tokio::test]
async fn each_authorizer_decides_by_its_own_credential_alone() {
    let deployment = Deployment::with(Setting { cookie: true, ..Setting::default() }).await;
    let token = deployment.log_in(NOW).await.text("token");
    let (bearer, cookie) = (deployment.with_bearer(&token), deployment.with_cookie(&token));
    for other in ["Bearer wrong", "Basic c3RhZ2luZzpwcm94eQ=="] {
        let mut both = cookie.clone();
        both["pathParameters"] = json!({"api": "patient"});
        both["headers"]["authorization"] = json!(other);
        assert_eq!(deployment.authorize(&both, NOW).await, Verdict::Deny, "{other}");
        let verdict = deployment.authorize_cookie(&both, NOW).await;
        assert!(matches!(verdict, Verdict::Allow { .. }), "{other}");
    }
    let mut both = bearer;
    both["pathParameters"] = json!({"api": "patient"});
    both["cookies"] = json!(["theme=dark", "__Host-postern-patient=wrong"]);
    assert!(matches!(deployment.authorize(&both, NOW).await, Verdict::Allow { .. }));
    assert_eq!(deployment.authorize_cookie(&both, NOW).await, Verdict::Deny);
    let mut lines = cookie;
    lines["pathParameters"] = json!({"api": "patient"});
    let ours = format!("__Host-postern-patient={token}");
    lines["multiValueHeaders"] = json!({"Cookie": [ours, "theme=dark"]});
    let verdict = deployment.authorize_cookie(&lines, NOW).await;
    assert_eq!(verdict, Verdict::Deny, "the cache's key may be the other line");
}

/// Behind a cache with the organization alone as its key, anybody got the first caller's context.
#[tokio::test]
async fn behind_a_result_cache_nobody_gets_anothers_answer() {
    let deployment = Deployment::with(Setting { cookie: true, ..Setting::default() }).await;
    let neighbour = deployment.neighbour().await;
    let token = deployment.log_in(NOW).await.text("token");
    let elsewhere = neighbour.log_in(NOW).await.text("token");
    let to = |api: &str, mut event: Value| {
        event["pathParameters"] = json!({"api": api});
        event["rawPath"] = json!(format!("/{api}/reports"));
        event["routeKey"] = json!("GET /{api}/reports");
        event
    };
    let mut anonymous = deployment.with_bearer(&token);
    anonymous["headers"].as_object_mut().unwrap().remove("authorization");
    let mut theme = deployment.with_bearer("garbage");
    theme["cookies"] = json!(["theme=dark"]);
    let events = [
        ("Bearer", to("patient", deployment.with_bearer(&token))),
        ("cookie", to("patient", deployment.with_cookie(&token))),
        ("another API", to("crm", deployment.with_bearer(&token))),
        ("another API by cookie", to("crm", deployment.with_cookie(&token))),
        ("a bad token", to("patient", deployment.with_bearer("garbage"))),
        ("a bad cookie", to("patient", deployment.with_cookie("garbage"))),
        ("a cookie of something else", to("patient", theme)),
        ("another user", to("patient", neighbour.with_bearer(&elsewhere))),
        ("another user's token here", to("patient", deployment.with_bearer(&elsewhere))),
        ("this token elsewhere", to("patient", neighbour.with_bearer(&token))),
        ("nobody", to("patient", anonymous)),
    ];
    let bearer = async |event: &Value| deployment.authorize(event, NOW).await;
    let cookie = async |event: &Value| deployment.authorize_cookie(event, NOW).await;
    let sources = documented_sources("password-authorizer");
    assert_eq!(confused(&sources, &events, bearer).await, []);
    let sources = documented_sources("password-cookie-authorizer");
    assert_eq!(confused(&sources, &events, cookie).await, []);
    let confused = confused(&["$request.header.organization"], &events, bearer).await;
    assert!(confused.contains(&("Bearer", "nobody")), "{confused:?}");
}
