use domain::scope::{Scope, Scopes};
use serde_json::json;

use crate::fixture::{Deployment, NOW};

const BODY: &str = r#"{"grantType":"client_credentials","scope":["create:patient"]}"#;

#[tokio::test]
async fn what_is_asked_for_and_allowed_is_granted() {
    let allowed = Scopes::from_iter([Scope::CreatePatient, Scope::ReadUser]);
    let deployment = Deployment::with(allowed).await;
    let granted = |answer: crate::fixture::Answer| answer.body["data"]["scope"].clone();
    let answer = deployment.ask_scopes(&["create:patient", "read:users"], NOW).await;
    assert_eq!(answer.body["data"]["expiresIn"], 21_600);
    assert_eq!(granted(answer), json!(["create:patient"]));
    let all = deployment.ask_scopes(&Scope::ALL.map(Scope::as_str), NOW).await;
    assert_eq!(granted(all), json!(["create:patient", "read:user"]));
    assert_eq!(granted(deployment.ask_scopes(&["read:users"], NOW).await), json!([]));
    let announced = deployment.ask_scopes(&["create:patient", "read:patient"], NOW).await;
    assert_eq!(granted(announced), json!(["create:patient"]));
    let spelt_out = deployment.ask_scopes(&["CREATE_PATIENT"], NOW).await;
    assert_eq!(granted(spelt_out), json!(["create:patient"]));
}

#[tokio::test]
async fn every_fault_of_the_five_headers_is_the_same_401_and_has_a_step_of_its_own() {
    let deployment = Deployment::start().await;
    let rival = deployment.rival().await;
    let (neighbour, own) = (deployment.neighbour().await, deployment.headers());
    let expected = json!({
        "type": "https://parchment.health/errors/authentication-required",
        "title": "Unauthorized",
        "detail": "Invalid partner credentials provided.",
    });
    let id = |text: &str| json!(text);
    for (header, value, step) in [
        ("x-partner-id", json!("nobody"), "PARTNER_UNKNOWN"),
        ("x-partner-id", json!("no#body"), "PARTNER_UNKNOWN"),
        ("x-partner-id", id(rival.tenant.partner.as_str()), "PARTNER_SECRET_WRONG"),
        ("x-partner-secret", json!("wrong"), "PARTNER_SECRET_WRONG"),
        ("x-partner-secret", json!(deployment.tenant.organization_secret), "PARTNER_SECRET_WRONG"),
        ("x-organization-id", json!("nobody"), "ORGANIZATION_NOT_CONNECTED"),
        ("x-organization-id", json!("a/b"), "ORGANIZATION_NOT_CONNECTED"),
        ("x-organization-id", id(rival.tenant.organization.as_str()), "ORGANIZATION_NOT_CONNECTED"),
        (
            "x-organization-id",
            id(neighbour.tenant.organization.as_str()),
            "ORGANIZATION_SECRET_WRONG",
        ),
        ("x-organization-secret", json!("wrong"), "ORGANIZATION_SECRET_WRONG"),
        ("x-user-id", json!("nobody"), "USER_UNKNOWN"),
        ("x-user-id", json!(" # "), "USER_UNKNOWN"),
        ("x-user-id", id(neighbour.tenant.user.as_str()), "USER_UNKNOWN"),
    ] {
        let mut headers = own.clone();
        headers[header] = value.clone();
        let answer = deployment.send_token(&headers, BODY, NOW).await;
        assert_eq!((answer.status, &answer.body["error"]), (401, &expected), "{header} {value}");
        assert_eq!(answer.step, step, "{header} {value}");
    }
    for header in own.as_object().unwrap().keys().filter(|name| name.starts_with("x-")) {
        for blank in [None, Some(""), Some("  ")] {
            let mut headers = own.clone();
            headers.as_object_mut().unwrap().remove(header);
            if let Some(blank) = blank {
                headers[header] = blank.into();
            }
            let answer = deployment.send_token(&headers, BODY, NOW).await;
            assert_eq!((answer.status, &answer.body["error"]), (401, &expected), "{header}");
            assert_eq!(answer.step, "CREDENTIALS_REQUIRED", "{header}");
        }
    }
    assert_eq!(deployment.send_token(&own, BODY, NOW).await.status, 200);
}

#[tokio::test]
async fn a_disabled_user_gets_no_token() {
    let deployment = Deployment::start().await;
    let tenant = &deployment.tenant;
    let users = deployment.bench.users().unwrap();
    let found = users.find(&tenant.organization, &tenant.user).await.unwrap().unwrap();
    deployment.bench.disable(&found.user).await.unwrap();
    let answer = deployment.ask_token(NOW).await;
    assert_eq!((answer.status, answer.step), (401, "USER_UNKNOWN"));
}

#[tokio::test]
async fn the_body_is_looked_at_after_the_credentials() {
    let deployment = Deployment::start().await;
    let mut wrong = deployment.headers();
    wrong["x-partner-secret"] = "wrong".into();
    assert_eq!(deployment.send_token(&wrong, "{", NOW).await.status, 401);
    let own = deployment.headers();
    for body in ["", "{", "[]", "null", r#"{"scope":[],"scope":[]}"#] {
        let answer = deployment.send_token(&own, body, NOW).await;
        assert_eq!((answer.status, answer.step), (400, "BODY_MALFORMED"), "{body}");
    }
    let answer = deployment.ask_scopes(&["create:patient", "read:everything"], NOW).await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.body["error"],
        json!({
            "type": "https://parchment.health/errors/validation-error",
            "title": "Validation failed",
            "detail": "There were some problems with your input.",
            "validation": [{
                "field": "scope",
                "message": "Invalid enum value. Expected 'create:patient' | \
                            'read:patient_prescription' | 'update:patient' | 'create:user' | \
                            'read:user' | 'read:users' | 'read:patient' | 'update:user' | \
                            'delete:user' | 'delete:patient' | 'create:custom_drug' | \
                            'read:custom_drug' | 'update:custom_drug' | 'delete:custom_drug'",
                "code": "VALIDATION_ERROR",
            }],
        })
    );
}

#[tokio::test]
async fn both_secrets_are_good_while_one_follows_the_other() {
    use domain::credential::Credential;
    use domain::secret::Secret;
    let deployment = Deployment::start().await;
    let (partners, tenant) = (&deployment.partners, &deployment.tenant);
    let new = Credential::of(&Secret::new("a new partner's secret"));
    let partner = deployment.partner(&tenant.partner).await.unwrap();
    let _ = partners.announce_secret(&partner, &new).await.unwrap();
    let mut headers = deployment.headers();
    assert_eq!(deployment.send_token(&headers, BODY, NOW).await.status, 200, "the old one");
    headers["x-partner-secret"] = "a new partner's secret".into();
    assert_eq!(deployment.send_token(&headers, BODY, NOW).await.status, 200, "the new one");
    let partner = deployment.partner(&tenant.partner).await.unwrap();
    let _ = partners.promote_secret(&partner).await.unwrap();
    assert_eq!(deployment.send_token(&headers, BODY, NOW).await.status, 200);
    assert_eq!(deployment.ask_token(NOW).await.status, 401, "the old one is gone");
}
