//! The realm is nobody's organization, and no organization's users are in it.

use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Username};
use domain::password::{Hasher, Password};
use domain::user::User;
use registry::Creation;
use runtime::http::HttpEvent;
use serde_json::json;
use workbench::Answer;

use crate::fixture::{Deployment, EMAIL, NOW, PASSWORD, not_authenticated};

#[tokio::test]
async fn a_member_of_an_organization_is_nobody_here() {
    let deployment = Deployment::start().await;
    let bench = &deployment.bench;
    let tenant = bench.tenant(None).await.unwrap();
    let email = "member@example.com";
    let member = User {
        organization: tenant.organization.id.clone(),
        id: UserId::parse("6").unwrap(),
        email: Some(Email::parse(email).unwrap()),
        phone: None,
        username: Some(Username::parse(email).unwrap()),
        password: Some(Hasher::new().hash(&Password::parse(PASSWORD).unwrap())),
        role: "PATIENT".into(),
        access_role: "MEMBER".into(),
        locale: None,
        disabled: false,
        sessions_valid_after: None,
    };
    let creation = bench.users().unwrap().create(&member, NOW).await.unwrap();
    assert_eq!(creation, Creation::Created, "the id 6 of an organization is another user's");
    let answer = deployment.try_as(email, PASSWORD, NOW).await;
    assert_eq!((answer.status, answer.body), not_authenticated());
    assert_eq!(deployment.stored().await.unwrap().email.as_str(), EMAIL);
}

#[tokio::test]
async fn no_organization_is_called_like_the_realm() {
    let deployment = Deployment::start().await;
    assert!(OrganizationId::parse("sso").is_err());
    let state = password_login::State::new(&deployment.bench.aws).unwrap();
    let event = json!({
        "headers": {"organization": "sso", "content-type": "application/json"},
        "pathParameters": {"api": "patient"},
        "body": json!({"username": EMAIL, "password": PASSWORD}).to_string(),
    });
    let request = serde_json::from_value::<HttpEvent>(event).unwrap().into_request();
    let answer = Answer::of(
        workbench::called("password-login", password_login::handle(&state, request, NOW)).await,
    );
    assert_eq!((answer.status, &answer.body["message"]), (401, &json!("Invalid credentials")));
}
