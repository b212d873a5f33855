use runtime::event::Verdict;
use serde_json::json;

use crate::fixture::{Deployment, NOW, Setting};

#[tokio::test]
async fn a_good_token_tells_who_calls_in_which_organization_and_for_which_api() {
    let deployment = Deployment::with(Setting { cookie: true, ..Setting::default() }).await;
    let token = deployment.log_in(NOW).await.text("token");
    for mut event in [deployment.with_bearer(&token), deployment.with_cookie(&token)] {
        event["pathParameters"] = json!({"api": "patient"});
        let Verdict::Allow { principal, context } = deployment.authorize(&event, NOW).await else {
            panic!("denied: {event}");
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
    }
}
