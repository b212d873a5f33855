//! `GET /v1/organizations/{organization_id}/validate`

use contract::{
    Answer, Tenant, ask,
    forgery::partner_forgeries,
    jwt::Token,
    partner::{Practice, detail},
};
use insta::assert_snapshot;

/// What the client concludes that the partner's documentation recommends.
#[derive(Debug, PartialEq)]
enum Conclusion {
    Validated,
    ScopeMissing,
    SecretProblem,
    TokenProblem,
    HeaderDeprecated,
    Other,
}

/// The recommended client, test by test, in its order and its letter case.
fn conclude(answer: &Answer) -> Conclusion {
    let (body, detail) = (answer.json(), detail(answer));
    match answer.status {
        200 if body["success"] == true && body["data"]["validated"] == true => {
            Conclusion::Validated
        }
        401 if detail.contains("scope") => Conclusion::ScopeMissing,
        401 if detail.contains("secret") => Conclusion::SecretProblem,
        401 => Conclusion::TokenProblem,
        400 if detail.contains("deprecated") => Conclusion::HeaderDeprecated,
        _ => Conclusion::Other,
    }
}

#[tokio::test]
async fn a_token_and_the_organizations_secret_validate_the_integration() {
    let practice = Practice::new().await;
    let token = practice.token().await;
    let first = ask(practice.validate(&token)).await;
    assert_snapshot!(first.snapshot(), @r#"
    200
    {"success":true,"statusCode":200,"message":"Successfully validated token","data":{"validated":true},"timestamp":"[timestamp]","requestId":"[request id]"}
    "#);
    assert_eq!(first.json()["requestId"], first.header("x-request-id"));
    let again = ask(practice.validate(&token)).await;
    assert_eq!(again.status, 200, "and again");
    assert_ne!(again.json()["requestId"], first.json()["requestId"]);
}

#[tokio::test]
async fn the_recommended_client_concludes_what_is_wrong() {
    let (practice, foreign) = (Practice::new().await, Practice::new().await);
    let (token, theirs) = (practice.token().await, foreign.token().await);
    let poor = practice.token_for(&["read:user"]).await;
    let validate = || practice.bare_validate();
    let secret = |value: &str| validate().header("x-organization-secret", value);
    for (what, request, expected) in [
        ("all is right", practice.validate(&token), Conclusion::Validated),
        ("no scope", practice.validate(&poor), Conclusion::ScopeMissing),
        ("no secret", validate().bearer_auth(&token), Conclusion::SecretProblem),
        ("a blank secret", secret("  ").bearer_auth(&token), Conclusion::SecretProblem),
        ("a wrong secret", secret("wrong").bearer_auth(&token), Conclusion::SecretProblem),
        (
            "another organization's secret",
            secret(&foreign.secret).bearer_auth(&token),
            Conclusion::SecretProblem,
        ),
        ("nothing", validate(), Conclusion::SecretProblem),
        ("no token", secret(&practice.secret), Conclusion::TokenProblem),
        ("a bad token", practice.validate("a.b.c"), Conclusion::TokenProblem),
        ("another organization's token", practice.validate(&theirs), Conclusion::TokenProblem),
        (
            "the old header",
            validate().header("x-partner-secret", "demo-partner-secret").bearer_auth(&token),
            Conclusion::HeaderDeprecated,
        ),
        (
            "both headers",
            practice.validate(&token).header("x-partner-secret", "x"),
            Conclusion::HeaderDeprecated,
        ),
        (
            "a blank organization",
            practice.validate_at("%20").header("x-organization-secret", "s"),
            Conclusion::Other,
        ),
    ] {
        let answer = ask(request).await;
        assert_eq!(conclude(&answer), expected, "{what}: {}", answer.text());
        assert_eq!(answer.json()["statusCode"], answer.status, "{what}");
        assert_eq!(answer.json()["requestId"], answer.header("x-request-id"), "{what}");
    }
}

#[tokio::test]
async fn a_blank_partner_secret_counts_as_absent() {
    let practice = Practice::new().await;
    let token = practice.token().await;
    for blank in ["", " ", "\t", "  \t "] {
        let request = practice.validate(&token).header("x-partner-secret", blank);
        assert_eq!(ask(request).await.status, 200, "{blank:?}");
        let alone = practice.bare_validate().header("x-partner-secret", blank);
        assert_eq!(conclude(&ask(alone).await), Conclusion::SecretProblem, "{blank:?}");
    }
}

#[tokio::test]
async fn refusals_have_the_bodies_of_the_contract() {
    let practice = Practice::new().await;
    let token = practice.token().await;
    let without_secret = ask(practice.bare_validate().bearer_auth(&token)).await;
    assert_snapshot!(without_secret.snapshot(), @r#"
    401
    www-authenticate: Secret realm="partner"
    {"success":false,"statusCode":401,"error":{"type":"https://parchment.health/errors/authentication-required","title":"Unauthorized","detail":"Missing x-organization-secret"},"timestamp":"[timestamp]","requestId":"[request id]"}
    "#);
    let invalid = ask(practice.validate("a.b.c")).await;
    assert_snapshot!(invalid.snapshot(), @r#"
    401
    www-authenticate: Bearer realm="partner", error="invalid_token"
    {"success":false,"statusCode":401,"error":{"type":"https://parchment.health/errors/authentication-required","title":"Unauthorized","detail":"invalid token"},"timestamp":"[timestamp]","requestId":"[request id]"}
    "#);
    let poor = practice.token_for(&["read:user"]).await;
    assert_snapshot!(ask(practice.validate(&poor)).await.snapshot(), @r#"
    401
    www-authenticate: Bearer realm="partner", error="insufficient_scope", scope="create:patient"
    {"success":false,"statusCode":401,"error":{"type":"https://parchment.health/errors/insufficient-scope","title":"Insufficient permissions","detail":"Token does not have required CREATE_PATIENT scope"},"timestamp":"[timestamp]","requestId":"[request id]"}
    "#);
    let deprecated = ask(practice.validate(&token).header("x-partner-secret", "x")).await;
    assert_snapshot!(deprecated.snapshot(), @r#"
    400
    {"success":false,"statusCode":400,"error":{"type":"https://parchment.health/errors/deprecated-header","title":"Deprecated header used","detail":"x-partner-secret is deprecated. Please use x-organization-secret instead"},"timestamp":"[timestamp]","requestId":"[request id]"}
    "#);
    let nowhere = ask(practice.validate_at("%20%09").bearer_auth(&token)).await;
    assert_snapshot!(nowhere.snapshot(), @r#"
    400
    {"success":false,"statusCode":400,"error":{"type":"https://parchment.health/errors/bad-request","title":"Bad Request","detail":"Organization ID is required"},"timestamp":"[timestamp]","requestId":"[request id]"}
    "#);
}

#[tokio::test]
async fn a_forged_token_is_an_invalid_token() {
    let practice = Practice::new().await;
    let key = practice.stack.partner_key().await;
    let good = Token::read_rs256(&practice.token().await, &key);
    assert_eq!(ask(practice.validate(&good.signed_rs256(&key))).await.status, 200, "the model");
    for (fault, token) in partner_forgeries(&good, &key) {
        let answer = ask(practice.validate(&token)).await;
        assert_eq!((answer.status, detail(&answer).as_str()), (401, "invalid token"), "{fault}");
    }
    for scope in ["create:patient", "read:user CREATE_PATIENT"] {
        let other = good.with_claim("scope", scope).signed_rs256(&key);
        assert_eq!(ask(practice.validate(&other)).await.status, 200, "{scope}");
    }
}

#[tokio::test]
async fn tokens_of_other_surfaces_are_invalid_tokens() {
    let practice = Practice::new().await;
    let session = Tenant::new().await.sign_in().await;
    let answer = ask(practice.validate(&session.access)).await;
    assert_eq!((answer.status, detail(&answer).as_str()), (401, "invalid token"));
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case_and_never_twice() {
    let practice = Practice::new().await;
    let token = practice.token().await;
    let with = |value: &str| {
        let request = practice.bare_validate().header("x-organization-secret", &practice.secret);
        request.header("authorization", value)
    };
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        assert_eq!(ask(with(&format!("{scheme} {token}"))).await.status, 200, "{scheme}");
    }
    for (other, expected) in [
        (token.clone(), "Valid authentication token is required"),
        (format!("Basic {token}"), "Valid authentication token is required"),
        ("Bearer".to_owned(), "Valid authentication token is required"),
        (format!("Bearer{token}"), "Valid authentication token is required"),
        (format!("Bearer {token} x"), "invalid token"),
        (format!("Bearer \"{token}\""), "invalid token"),
    ] {
        let answer = ask(with(&other)).await;
        assert_eq!((answer.status, detail(&answer).as_str()), (401, expected), "{other:.20}");
    }
    let twice = with(&format!("Bearer {token}")).header("authorization", "Bearer garbage");
    assert_eq!(detail(&ask(twice).await), "invalid token");
    let twice = practice.validate(&token).header("x-organization-secret", "another");
    assert_eq!(detail(&ask(twice).await), "Invalid x-organization-secret");
}

#[tokio::test]
async fn organization_ids_are_decoded_once_and_need_not_be_uuids() {
    let practice = Practice::new().await;
    let token = practice.token().await;
    let at = |id: &str| {
        let request = practice.validate_at(id).header("x-organization-secret", &practice.secret);
        request.bearer_auth(&token)
    };
    let first = format!("{:02x}", practice.organization.as_bytes()[0]);
    let encoded = format!("%{first}{}", &practice.organization[1..]);
    assert_eq!(ask(at(&encoded)).await.status, 200);
    let twice = format!("%25{first}{}", &practice.organization[1..]);
    let long = "o".repeat(5_000);
    for id in [&*twice, "nobody", "a%23b", "%00", "%ff", "..%5c", "'--", &long] {
        let answer = ask(at(id)).await;
        assert_eq!((answer.status, detail(&answer).as_str()), (401, "invalid token"), "{id:.40}");
    }
}
