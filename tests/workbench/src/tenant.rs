//! An organization with a patient, and its requests.

use anyhow::Context as _;
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity, Phone};
use domain::limits::{Limit, PASSWORD_ATTEMPTS, SENDS_PER_DAY};
use domain::organization::{Organization, Sandbox};
use domain::secret::Secret;
use domain::sender::WebDomain;
use domain::time::Timestamp;
use domain::user::User;
use registry::{Addition, ApiKeys, Creation, Fences, Organizations, Update, Users};
use runtime::http::{Body, Request};
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use serde_json::Value;

use crate::{NOW, Workbench};

/// An organization and its API key.
#[derive(Clone)]
pub struct Tenant {
    /// The organization.
    pub organization: Organization,
    /// The plain `cv-api-key`.
    pub api_key: String,
}

/// A user who can sign in.
#[derive(Clone)]
pub struct Patient {
    /// The user as stored.
    pub user: User,
    /// The identity of the email address.
    pub identity: Identity,
    /// The plain email address.
    pub email: String,
    /// The plain phone number.
    pub phone: String,
}

impl Workbench {
    /// Creates an organization; `None` means the highest limit of sends. That of passwords is the highest.
    pub async fn tenant(&self, sends_per_day: Option<Limit>) -> anyhow::Result<Tenant> {
        let id = OrganizationId::random();
        let organization = Organization {
            domain: Some(WebDomain::parse("demo.postern.example")?),
            sends_per_day: sends_per_day.unwrap_or(SENDS_PER_DAY.highest()),
            password_attempts: PASSWORD_ATTEMPTS.highest(),
            ..Organization::new(id, "Demo Clinic".into())
        };
        self.admit(organization).await
    }

    /// Creates a sandbox organization.
    pub async fn sandbox(&self, ends_at: Option<Timestamp>) -> anyhow::Result<Tenant> {
        let (id, name) = (OrganizationId::random(), "Sandbox".into());
        self.admit(Organization::sandbox(id, name, Sandbox { ends_at })).await
    }

    async fn admit(&self, organization: Organization) -> anyhow::Result<Tenant> {
        let api_key = format!("key-of-{}", organization.id);
        self.organizations()?.save(&organization).await?;
        let digest = Secret::new(api_key.clone()).digest();
        let addition = ApiKeys::new(&self.aws)?.add(&organization.id, &digest, NOW).await?;
        anyhow::ensure!(addition == Addition::Added, "a new organization accepts an API key");
        Ok(Tenant { organization, api_key })
    }

    /// Creates a user with an email address and a phone number.
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
        let creation = self.users()?.create(&user, NOW).await?;
        anyhow::ensure!(creation == Creation::Created, "a new user is created");
        let identity = identities.into_iter().next().context("the user has no email address")?;
        Ok(Patient { user, identity, email, phone })
    }

    /// The users, for operators.
    pub fn users(&self) -> anyhow::Result<Users> {
        Users::new(&self.aws)
    }

    /// The organizations, for operators.
    pub fn organizations(&self) -> anyhow::Result<Organizations> {
        Organizations::new(&self.aws)
    }

    /// Updates a user.
    pub async fn update(
        &self,
        user: &User,
        change: impl Fn(&mut User) + Send,
    ) -> anyhow::Result<Update> {
        let users = self.users()?;
        let Some(read) = users.find(&user.organization, &user.id).await? else {
            return Ok(Update::NotFound);
        };
        users.update(&read, change, NOW).await
    }

    /// Disables a user.
    pub async fn disable(&self, user: &User) -> anyhow::Result<()> {
        let update = self.update(user, |user| user.disabled = true).await?;
        anyhow::ensure!(matches!(update, Update::Updated(_)), "the user exists");
        Ok(())
    }

    /// Ends a user's sessions and tokens that were created at or before `bound`.
    pub async fn end_sessions(&self, user: &User, bound: Timestamp) -> anyhow::Result<()> {
        self.users()?.end_sessions(&user.organization, &user.id, bound).await
    }

    /// Fences an organization, by an operator's clock.
    pub async fn fence(&self, id: &OrganizationId, clock: Timestamp) -> anyhow::Result<Timestamp> {
        let bound = Fences::new(&self.aws)?.organization(id, || clock).await?;
        self.settle();
        bound.context("the organization exists")
    }

    /// The identities of a user.
    pub async fn identities(&self, user: &User) -> anyhow::Result<Vec<Identity>> {
        let keys = KeyRings::new(&self.aws, KeyRingName::Identifier)?.current(NOW).await?;
        let of = |identifier: &Identifier| {
            Identity::of(&keys.current.bytes, &user.organization, identifier)
        };
        Ok(user.identifiers().iter().map(of).collect())
    }
}

/// A POST with a JSON body and the organization's API key.
pub fn post(tenant: &Tenant, body: &Value) -> anyhow::Result<Request> {
    let mut request = Request::new(Body::Text(body.to_string()));
    let headers = request.headers_mut();
    headers.insert("cv-api-key", tenant.api_key.parse().context("an API key")?);
    headers.insert("content-type", "application/json".parse().context("a media type")?);
    Ok(request)
}
