use domain::scope::{Scope, Scopes};
use runtime::resources::TableName;
use serde_json::{Value, json};

use crate::fixture::{Deployment, NOW, seconds, with};

#[tokio::test]
async fn a_validation_marks_the_organization_once_with_the_first_time() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.connection().await.integrated_at, None);
    let later = NOW.plus(seconds(60));
    for now in [NOW, later] {
        let answer = deployment.validate(&token, now).await;
        assert_eq!((answer.status, &answer.body["data"]), (200, &json!({"validated": true})));
        assert_eq!(answer.body["message"], "Successfully validated token");
        assert_eq!(answer.body["timestamp"], now.rfc3339());
    }
    assert_eq!(deployment.connection().await.integrated_at, Some(NOW));
    let rows = deployment.bench.scan(TableName::Organizations).await.unwrap();
    let marked = rows.iter().filter(|row| row["pmsStatus"]["S"] == "INTEGRATED").count();
    assert_eq!(marked, 1);
}

#[tokio::test]
async fn the_first_failing_step_answers() {
    let deployment = Deployment::start().await;
    let tenant = &deployment.tenant;
    let organization = tenant.organization.as_str();
    let poor = deployment.ask_scopes(&["read:user"], NOW).await.token();
    let neighbour = deployment.neighbour().await;
    let foreign = neighbour.ask_scopes(&["read:user"], NOW).await.token();
    let own = tenant.organization_secret.as_str();
    let mut headers = json!({"x-partner-secret": "x"});
    // Each line mends the fault that the one before was refused for.
    let mut refused = Vec::new();
    refused.push(deployment.send_validate(" ", &headers, NOW).await);
    refused.push(deployment.send_validate(organization, &headers, NOW).await);
    headers = json!({"authorization": "Basic eDp5", "x-organization-secret": "  ", "x-partner-secret": " "});
    refused.push(deployment.send_validate(organization, &headers, NOW).await);
    headers["x-organization-secret"] = "wrong".into();
    refused.push(deployment.send_validate(organization, &headers, NOW).await);
    headers["authorization"] = "Bearer garbage".into();
    refused.push(deployment.send_validate(organization, &headers, NOW).await);
    headers["authorization"] = format!("bEARER {foreign}").into();
    refused.push(deployment.send_validate("nobody", &headers, NOW).await);
    refused.push(deployment.send_validate(organization, &headers, NOW).await);
    headers["x-organization-secret"] = own.into();
    refused.push(deployment.send_validate(organization, &headers, NOW).await);
    let foreign = neighbour.ask_token(NOW).await.token();
    refused.push(deployment.send_validate(organization, &with(&foreign, own), NOW).await);
    refused.push(deployment.send_validate(organization, &with(&poor, own), NOW).await);

    let seen: Vec<_> =
        refused.iter().map(|answer| (answer.status, answer.step, answer.detail())).collect();
    let scope = "Token does not have required CREATE_PATIENT scope";
    assert_eq!(
        seen,
        [
            (400, "ORGANIZATION_REQUIRED", "Organization ID is required"),
            (
                400,
                "DEPRECATED_HEADER",
                "x-partner-secret is deprecated. Please use x-organization-secret instead"
            ),
            (401, "ORGANIZATION_SECRET_REQUIRED", "Missing x-organization-secret"),
            (401, "TOKEN_REQUIRED", "Valid authentication token is required"),
            (401, "TOKEN_INVALID", "invalid token"),
            (401, "ORGANIZATION_NOT_CONNECTED", "invalid token"),
            (401, "ORGANIZATION_SECRET_WRONG", "Invalid x-organization-secret"),
            (401, "SCOPE_MISSING", scope),
            (401, "ORGANIZATION_NOT_OWN", "User does not have access to this organization"),
            (401, "SCOPE_MISSING", scope),
        ]
    );
    for tenant in [&deployment, &neighbour] {
        assert_eq!(tenant.connection().await.integrated_at, None, "a refusal marks nothing");
    }
}

#[tokio::test]
async fn a_token_lives_six_hours() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    let issued = NOW.whole_second();
    assert_eq!(deployment.validate(&token, issued.plus(seconds(21_599))).await.status, 200);
    let late = deployment.validate(&token, issued.plus(seconds(21_600))).await;
    assert_eq!((late.status, late.step, late.detail()), (401, "TOKEN_EXPIRED", "invalid token"));
}

#[tokio::test]
async fn disabling_the_user_or_signing_them_out_ends_a_token() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    let (users, tenant) = (deployment.bench.users().unwrap(), &deployment.tenant);
    users.end_sessions(&tenant.organization, &tenant.user, NOW).await.unwrap();
    assert_eq!(deployment.validate(&token, NOW).await.step, "ORGANIZATION_NOT_OWN");
    let token = deployment.ask_token(NOW.plus(seconds(1))).await.token();
    assert_eq!(deployment.validate(&token, NOW.plus(seconds(1))).await.status, 200);
    let found = users.find(&tenant.organization, &tenant.user).await.unwrap().unwrap();
    deployment.bench.disable(&found.user).await.unwrap();
    let refused = deployment.validate(&token, NOW.plus(seconds(1))).await;
    assert_eq!((refused.status, refused.step), (401, "ORGANIZATION_NOT_OWN"));
}

#[tokio::test]
async fn a_partner_that_is_gone_is_an_invalid_token() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    deployment.bench.delete(TableName::Organizations, "PARTNER#").await.unwrap();
    let answer = deployment.validate(&token, NOW).await;
    assert_eq!(
        (answer.status, answer.step, answer.detail()),
        (401, "PARTNER_UNKNOWN", "invalid token")
    );
}

#[tokio::test]
async fn odd_organization_ids_are_refused_like_unknown_ones() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    let headers = with(&token, &deployment.tenant.organization_secret);
    let upper = deployment.tenant.organization.as_str().to_uppercase();
    let long = "o".repeat(8000);
    assert_eq!(deployment.send_validate(&upper, &headers, NOW).await.status, 200, "a UUID");
    for id in ["a#b", "../x", "ä", "%20", "'; --", "\u{0}", &long] {
        let answer = deployment.send_validate(id, &headers, NOW).await;
        assert_eq!((answer.status, answer.detail()), (401, "invalid token"), "{id:?}");
    }
    for id in ["", " ", "\t"] {
        let answer = deployment.send_validate(id, &headers, NOW).await;
        assert_eq!(answer.detail(), "Organization ID is required", "{id:?}");
    }
}

#[tokio::test]
async fn odd_tokens_are_invalid_tokens() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    let (header, rest) = token.split_once('.').unwrap();
    let renamed = |kid: &str| {
        let mut decoded: Value =
            serde_json::from_slice(&workbench::base64url(header).unwrap()).unwrap();
        decoded["kid"] = kid.into();
        format!("{}.{rest}", workbench::to_base64url(&decoded.to_string()))
    };
    for odd in [
        "a".repeat(10 * 1024),
        format!("{token}{}", "A".repeat(10 * 1024)),
        format!("{token},Bearer {token}"),
        renamed("../../etc/passwd"),
        renamed("\"';--"),
        renamed(""),
        "..".to_owned(),
    ] {
        let answer = deployment.validate(&odd, NOW).await;
        assert_eq!((answer.status, answer.detail()), (401, "invalid token"), "{odd:.60}");
    }
}

#[tokio::test]
async fn marking_keeps_what_else_the_organization_has() {
    let deployment = Deployment::with(Scopes::from_iter([Scope::CreatePatient])).await;
    let organizations = deployment.bench.organizations().unwrap();
    let id = &deployment.tenant.organization;
    let before = organizations.find(id).await.unwrap().unwrap();
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    let after = organizations.find(id).await.unwrap().unwrap();
    assert_eq!(after.organization, before.organization);
    organizations.save(&before.organization).await.unwrap();
    assert_eq!(deployment.connection().await.integrated_at, Some(NOW), "and so does saving");
}
