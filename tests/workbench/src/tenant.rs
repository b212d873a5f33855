//! A tenant with a patient, and requests as a partner sends them.

use std::num::NonZeroU32;

use anyhow::Context as _;
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity, Phone};
use domain::organization::Organization;
use domain::secret::Secret;
use domain::user::User;
use platform::http::{Body, Request};
use platform::store::{ApiKeyAddition, Creation, Revision};
use serde_json::Value;

use crate::{NOW, Workbench};

/// An organization and its API key.
#[derive(Clone)]
pub struct Tenant {
    /// Its settings.
    pub organization: Organization,
    /// The plain `cv-api-key`.
    pub api_key: String,
}

/// A user who can sign in.
#[derive(Clone)]
pub struct Patient {
    /// As stored.
    pub user: User,
    /// What the address is stored under.
    pub identity: Identity,
    /// Address, plain.
    pub email: String,
    /// Number, plain.
    pub phone: String,
}

impl Workbench {
    /// A partner organization, with a limit of codes per day if one is given.
    ///
    /// # Errors
    /// DynamoDB can't be reached.
    pub async fn tenant(&self, sends_per_day: Option<NonZeroU32>) -> anyhow::Result<Tenant> {
        let id = OrganizationId::random();
        let organization = Organization {
            name: "Demo Clinic".into(),
            partner: true,
            domain: Some("demo.postern.example".into()),
            locale: None,
            sender_address: None,
            sms_sender: None,
            sends_per_day,
            password_attempts: None,
            password_cookie: false,
            id,
        };
        let api_key = format!("key-of-{}", organization.id);
        let organizations = self.aws.organizations()?;
        organizations.save(&organization).await?;
        let digest = Secret::new(api_key.clone()).digest();
        let addition = organizations.add_api_key(&organization.id, &digest, NOW).await?;
        anyhow::ensure!(addition == ApiKeyAddition::Added, "a fresh organization has room");
        Ok(Tenant { organization, api_key })
    }

    /// A user of a tenant, reachable by address and number.
    ///
    /// # Errors
    /// DynamoDB can't be reached.
    pub async fn patient(&self, tenant: &Tenant) -> anyhow::Result<Patient> {
        let id = UserId::random();
        let email = format!("{id}@example.com");
        let digits: String = id.as_str().bytes().map(|byte| char::from(b'0' + byte % 10)).collect();
        let phone = format!("+1555{}", &digits[..10]);
        let user = User {
            organization: tenant.organization.id.clone(),
            email: Some(Email::parse(&email)?),
            phone: Some(Phone::parse(&phone)?),
            username: None,
            password: None,
            role: "PATIENT".into(),
            access_role: "MEMBER".into(),
            locale: None,
            disabled: false,
            sessions_valid_after: None,
            id,
        };
        let identities = self.identities(&user).await?;
        let creation = self.aws.users()?.create(&user, &identities).await?;
        anyhow::ensure!(creation == Creation::Created, "a fresh user is new");
        let identity = identities.into_iter().next().context("an address")?;
        Ok(Patient { user, identity, email, phone })
    }

    /// Refuses a user everywhere from now on.
    ///
    /// # Errors
    /// DynamoDB can't be reached, or there is no such user.
    pub async fn disable(&self, organization: &OrganizationId, id: &UserId) -> anyhow::Result<()> {
        let revision = self.aws.users()?.set_disabled(organization, id, true).await?;
        anyhow::ensure!(matches!(revision, Revision::Revised(_)), "there is such a user");
        Ok(())
    }

    /// The identities that a user can be reached by.
    ///
    /// # Errors
    /// The identifier key can't be had.
    pub async fn identities(&self, user: &User) -> anyhow::Result<Vec<Identity>> {
        let keys = self.aws.keys("IDENTIFIER_SECRET")?.current(NOW).await?;
        let of = |identifier: &Identifier| {
            Identity::of(&keys.current.bytes, &user.organization, identifier)
        };
        Ok(user.identifiers().iter().map(of).collect())
    }
}

/// A POST with a JSON body and the tenant's API key.
///
/// # Errors
/// The key is no header's value.
pub fn post(tenant: &Tenant, body: &Value) -> anyhow::Result<Request> {
    let mut request = Request::new(Body::Text(body.to_string()));
    let headers = request.headers_mut();
    headers.insert("cv-api-key", tenant.api_key.parse().context("an API key")?);
    headers.insert("content-type", "application/json".parse().context("a media type")?);
    Ok(request)
}
