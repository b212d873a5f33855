use domain::scope::{Scope, Scopes};
use runtime::event::Verdict;
use serde_json::{Value, json};

use workbench::result_cache::{confused, documented_sources};

use crate::fixture::{Deployment, NOW, with};

fn event(deployment: &Deployment, token: &str) -> Value {
    let headers = with(token, &deployment.tenant.organization_secret);
    json!({"routeKey": "GET /patients", "headers": headers})
}

#[tokio::test]
async fn an_integrated_partner_is_let_through_with_its_approved_scopes() {
    let allowed = [Scope::CreatePatient, Scope::ReadUser];
    let deployment = Deployment::with(Scopes::from_iter(allowed)).await;
    let token = deployment.ask_scopes(&allowed.map(Scope::as_str), NOW).await.token();
    let mut event = event(&deployment, &token);
    assert_eq!(deployment.authorize(&event, NOW).await, Verdict::Deny, "not integrated yet");
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    let tenant = &deployment.tenant;
    let own = json!({"organization_id": tenant.organization.as_str()});
    for (route, parameters) in
        [("GET /patients", Value::Null), ("GET /{organization_id}/patients", own)]
    {
        event["routeKey"] = json!(route);
        event["pathParameters"] = parameters;
        let Verdict::Allow { principal, context } = deployment.authorize(&event, NOW).await else {
            panic!("denied: {event}");
        };
        assert_eq!(principal, tenant.partner.as_str());
        let said: Vec<_> = context.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            said,
            [
                ("organizationId", tenant.organization.as_str()),
                ("partnerId", tenant.partner.as_str()),
                ("scopes", "create:patient read:user"),
                ("userId", tenant.user.as_str()),
            ]
        );
    }
}

#[tokio::test]
async fn whatever_is_missing_foreign_or_no_longer_approved_is_denied() {
    let deployment = Deployment::start().await;
    let (neighbour, rival) = (deployment.neighbour().await, deployment.rival().await);
    let token = deployment.ask_token(NOW).await.token();
    for tenant in [&deployment, &neighbour, &rival] {
        let token = tenant.ask_token(NOW).await.token();
        assert_eq!(tenant.validate(&token, NOW).await.status, 200);
    }
    let nothing = rival.ask_scopes(&["create:patient"], NOW).await.token();
    let secret = deployment.tenant.organization_secret.as_str();
    let in_path = |id: &str| {
        let mut event = event(&deployment, &token);
        event["pathParameters"] = json!({"organization_id": id});
        event
    };
    let own = deployment.tenant.organization.as_str();
    let as_parameter = |name: &str, id: &str| {
        let mut event = event(&deployment, &token);
        event["routeKey"] = json!(format!("GET /organizations/{{{name}}}/patients"));
        event["pathParameters"] = json!({name: id});
        event
    };
    let foreign = neighbour.tenant.organization.as_str();
    let twice = json!({"organization_id": own, "Organization_Id": foreign});
    let encoded: Vec<_> = own.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let encoded = encoded.concat();
    let with_route = |change: Value| {
        let mut event = event(&deployment, &token);
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        event
    };
    for (fault, event) in [
        ("nothing", json!({})),
        ("no secret", json!({"headers": {"authorization": format!("Bearer {token}")}})),
        ("no token", json!({"headers": {"x-organization-secret": secret}})),
        ("a bad token", json!({"headers": with("garbage", secret)})),
        ("a neighbour's secret", event(&neighbour, &token)),
        ("a rival's secret", event(&rival, &token)),
        ("a rival's token", json!({"headers": with(&nothing, secret)})),
        ("a neighbour's path", in_path(neighbour.tenant.organization.as_str())),
        ("an empty path", in_path("")),
        ("an encoded path", in_path(&encoded)),
        ("another letter case", in_path(&own.to_uppercase())),
        ("white space", in_path(&format!(" {own}"))),
        ("the same id twice", in_path(&format!("{own},{own}"))),
        ("two spellings", with_route(json!({"pathParameters": twice}))),
        ("a spelling that is not listed", as_parameter("organizationId", foreign)),
        ("another one", as_parameter("orgId", foreign)),
        ("one in another letter case", as_parameter("Organization_Id", own)),
        ("a proxy", as_parameter("proxy", foreign)),
        ("its own id in a parameter that is not listed", as_parameter("organizationId", own)),
        ("a parameter without a value", with_route(json!({"routeKey": "GET /{organization_id}"}))),
        ("every path there is", with_route(json!({"routeKey": "$default"}))),
        ("no route", with_route(json!({"routeKey": null}))),
    ] {
        assert_eq!(deployment.authorize(&event, NOW).await, Verdict::Deny, "{fault}");
    }
    let good = event(&deployment, &token);
    let listed = as_parameter("organization_id", own);
    assert!(matches!(deployment.authorize(&listed, NOW).await, Verdict::Allow { .. }));
    assert!(matches!(deployment.authorize(&good, NOW).await, Verdict::Allow { .. }));
    deployment.reconnect().await;
    assert_eq!(deployment.authorize(&good, NOW).await, Verdict::Deny, "to be validated anew");
}

#[tokio::test]
async fn a_token_is_worth_no_more_than_what_is_still_allowed() {
    let deployment = Deployment::with(Scopes::from_iter([Scope::CreatePatient])).await;
    let empty = deployment.ask_scopes(&["read:user"], NOW).await.token();
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    let denied = deployment.authorize(&event(&deployment, &empty), NOW).await;
    assert_eq!(denied, Verdict::Deny, "a token without a scope");
}

#[tokio::test]
async fn behind_a_result_cache_nobody_gets_anothers_answer() {
    let deployment = Deployment::start().await;
    let neighbour = deployment.neighbour().await;
    let token = deployment.ask_token(NOW).await.token();
    let elsewhere = neighbour.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    assert_eq!(neighbour.validate(&elsewhere, NOW).await.status, 200);
    let (here, there) = (&deployment.tenant, &neighbour.tenant);
    let to = |headers: Value, organization: &str| {
        json!({
            "headers": headers,
            "routeKey": "GET /o/{organization_id}",
            "rawPath": format!("/o/{organization}"),
            "pathParameters": {"organization_id": organization},
        })
    };
    let (own, other) = (here.organization.as_str(), there.organization.as_str());
    let proxy = json!({
        "headers": with(&token, &here.organization_secret), "routeKey": "POST /{proxy+}",
        "rawPath": format!("/o/{own}"), "pathParameters": {"proxy": format!("o/{own}")},
    });
    let mut no_secret = with(&token, &here.organization_secret);
    no_secret.as_object_mut().unwrap().remove("x-organization-secret");
    let events = [
        ("own", to(with(&token, &here.organization_secret), own)),
        ("another organization's path", to(with(&token, &here.organization_secret), other)),
        ("another's token", to(with(&elsewhere, &here.organization_secret), own)),
        ("another's secret", to(with(&token, &there.organization_secret), own)),
        ("another partner", to(with(&elsewhere, &there.organization_secret), other)),
        ("a bad token", to(with("garbage", &here.organization_secret), own)),
        ("no secret", to(no_secret, own)),
        ("another route of the same path", proxy),
    ];
    let decide = async |event: &Value| deployment.authorize(event, NOW).await;
    assert_ne!(decide(&events[0].1).await, Verdict::Deny);
    let sources = documented_sources("partner-authorizer");
    assert_eq!(confused(&sources, &events, decide).await, []);
    for left_out in &sources {
        let fewer: Vec<_> = sources.iter().copied().filter(|source| source != left_out).collect();
        assert_ne!(confused(&fewer, &events, decide).await, [], "without {left_out}");
    }
}
