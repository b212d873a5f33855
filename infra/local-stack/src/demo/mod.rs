//! Demo organizations and patients, and demo clients and users of the identity provider. They are
//! created in the same way as the CLI creates real ones.

mod clinics;
mod exchange;
mod partner;
mod tokens;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use domain::author::{Arn, Reason};
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Phone, Username};
use domain::issued::Issued;
use domain::limits::{PASSWORD_ATTEMPTS, SENDS_PER_DAY};
use domain::organization::Organization;
use domain::password::{Hasher, Password};
use domain::scope::{Scope, Scopes};
use domain::secret::Secret;
use domain::sender::WebDomain;
use domain::user::User;
use futures_util::FutureExt as _;
use registry::{Addition, ApiKeys, Creation, Organizations, SealRing, Users};
use runtime::author::Authors;
use runtime::aws::Aws;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::clock;
use crate::template::arn;
use clinics::Clinic;
pub(crate) use clinics::{
    API_KEY, CLINICS, EMAIL, ORGANIZATION, ORGANIZATION_SECRET, PARTNER, PARTNER_SECRET, PASSWORD,
    PHONE, USER, USERNAME,
};
use exchange::Exchange;
pub(crate) use exchange::WALKTHROUGH;
use partner::DemoPartner;
use tokens::Tokens;
pub(crate) use tokens::{Gone, Wanted};

/// The web domain in messages of demo organizations.
const DOMAIN: &str = "demo.postern.example";

/// Creates demo data.
pub(crate) struct Demo {
    organizations: Organizations,
    api_keys: ApiKeys,
    users: Users,
    hasher: Hasher,
    partner: DemoPartner,
    seal_ring: SealRing,
    /// Clients and users of the identity provider.
    pub(crate) exchange: Exchange,
    pub(crate) tokens: Tokens,
}

/// Options of a new organization.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub(crate) struct Options {
    /// Unless the default ones are asked for, the limits are the highest that a deployment's may be, so
    /// that a test never gets a 429 by accident.
    limits: Option<Limits>,
    /// The patient's email address, e.g. one that the local SES refuses.
    email: Option<Email>,
    phone_number: Option<Phone>,
    username: Option<Username>,
    /// By default the patient has no password, because hashing one takes time.
    password: Option<String>,
    /// Whether a password login also sets a cookie.
    #[serde(default)]
    cookie: bool,
    /// The scopes of the demo partner; by default the organization isn't connected to it.
    #[serde(default, deserialize_with = "scopes")]
    scopes: Option<Scopes>,
}

/// Names of scopes. The domain's own reading skips unknown names, which suits requests, but hides a typo here.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Scopes>, D::Error> {
    let Some(names) = Option::<Vec<String>>::deserialize(deserializer)? else { return Ok(None) };
    let scope = |name: &String| {
        let known = Scope::parse(name);
        known.map_err(|error| D::Error::custom(format!("{name}: {error}")))
    };
    names.iter().map(scope).collect::<Result<_, _>>().map(Some)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Limits {
    Default,
}

/// The console's answer about a new organization.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fresh {
    organization_id: OrganizationId,
    api_key: String,
    patient: Patient,
    /// The secret of the connection to the demo partner, if they are connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_secret: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Patient {
    user_id: UserId,
    email: Email,
    phone_number: Phone,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Username>,
}

impl Demo {
    /// Uses the tables and key rings that these environment variables name.
    pub(crate) fn new(environment: &BTreeMap<String, String>) -> Result<Self> {
        let variables = environment.iter().map(|(name, value)| (name.clone(), value.clone()));
        let reason = Reason::parse("demo data")?;
        let caller = || async { Ok(Arn::parse(&arn::caller())?) }.boxed();
        let authors = Authors::operator(Some(reason), caller);
        let aws = Aws::new(variables.collect())?.written_by(authors);
        Ok(Self {
            organizations: Organizations::new(&aws)?,
            api_keys: ApiKeys::new(&aws)?,
            users: Users::new(&aws)?,
            hasher: Hasher::new(),
            partner: DemoPartner::new(&aws)?,
            seal_ring: SealRing::new(&aws)?,
            exchange: Exchange::new(&aws)?,
            tokens: Tokens::new(&aws)?,
        })
    }

    /// Creates the demo data. Repeating it changes nothing.
    pub(crate) async fn create(&self) -> Result<()> {
        self.seal_ring.begin().await.context("generate the key of seals")?;
        self.partner.create().await.context("create the demo partner")?;
        for clinic in CLINICS {
            self.create_clinic(&clinic).await.with_context(|| format!("create {}", clinic.name))?;
        }
        self.exchange.create().await
    }

    /// Whether the demo patient is found by address. If not, the tables were there before, and their
    /// users are stored under other keys.
    pub(crate) async fn can_be_found(&self) -> Result<bool> {
        let organization = OrganizationId::parse(ORGANIZATION)?;
        let address = Identifier::Email(Email::parse(EMAIL)?);
        let identity = self.users.identity(&organization, &address, clock::now()).await?;
        Ok(self.users.owner(&organization, &identity).await?.is_some())
    }

    async fn create_clinic(&self, clinic: &Clinic) -> Result<()> {
        let id = OrganizationId::parse(clinic.id)?;
        let organization = Organization {
            portal_enabled: clinic.portal_enabled,
            password_cookie: clinic.has_cookie,
            ..organization(id, clinic.name, clinic.has_limits)?
        };
        self.save(&organization, clinic.api_key).await?;
        if let Some(secret) = clinic.partner_secret {
            let secret = Secret::new(secret);
            self.partner.connect(&organization.id, &secret, &Scopes::all()).await?;
        }
        for person in clinic.users {
            let phone = person.phone.map(Phone::parse).transpose()?;
            let (id, email) = (UserId::parse(person.id)?, Email::parse(person.email)?);
            let mut user = patient(organization.id.clone(), id, email, phone);
            if let Some(password) = person.password {
                user.username = Some(Username::parse(USERNAME)?);
                user.password = Some(self.hasher.hash(&Password::parse(password)?));
            }
            self.add(&User { disabled: person.disabled, ..user }).await?;
        }
        Ok(())
    }

    /// Creates an organization with one patient, so that each test can have its own.
    pub(crate) async fn organization(&self, options: Options) -> Result<Fresh> {
        let random = Uuid::new_v4();
        let api_key = format!("demo-{}", Uuid::new_v4().simple());
        let email = options.email.map_or_else(
            || Email::parse(&format!("patient-{}@example.com", random.simple())),
            Ok,
        )?;
        // +1 555 2…: the local SNS accepts these numbers, and there are enough to be unique.
        let phone = options.phone_number.map_or_else(
            || Phone::parse(&format!("+15552{:010}", random.as_u128() % 10_000_000_000)),
            Ok,
        )?;
        let organization = Organization {
            password_cookie: options.cookie,
            ..organization(OrganizationId::random(), "Fresh Clinic", options.limits.is_some())?
        };
        let (organization_id, id) = (organization.id.clone(), UserId::random());
        let mut user = patient(organization_id, id, email.clone(), Some(phone.clone()));
        user.username = options.username;
        let password = options.password.map(Password::parse).transpose()?;
        user.password = password.map(|password| self.hasher.hash(&password));
        self.save(&organization, &api_key).await?;
        self.add(&user).await?;
        let username = user.username;
        let patient = Patient { user_id: user.id, email, phone_number: phone, username };
        let mut partner_secret = None;
        if let Some(scopes) = options.scopes {
            let secret = Issued::OrganizationSecret.generate();
            self.partner.connect(&organization.id, &secret, &scopes).await?;
            partner_secret = Some(secret.expose().to_owned());
        }
        Ok(Fresh { organization_id: organization.id, api_key, patient, partner_secret })
    }

    async fn save(&self, organization: &Organization, key: &str) -> Result<()> {
        self.organizations.save(organization).await?;
        let digest = Secret::new(key).digest();
        let addition = self.api_keys.add(&organization.id, &digest, clock::now()).await?;
        ensure!(addition == Addition::Added, "the organization already has two other API keys");
        Ok(())
    }

    async fn add(&self, user: &User) -> Result<()> {
        match self.users.create(user, clock::now()).await? {
            Creation::Created | Creation::AlreadyExists(_) => Ok(()),
            Creation::IdTaken => bail!("user {} already exists, with other identifiers", user.id),
            Creation::IdentifierTaken { by, kind } => bail!("user {by} already has this {kind}"),
            Creation::Conflict => bail!("another process was creating the user at the same time"),
        }
    }
}

/// A demo organization for which the portal is enabled.
fn organization(id: OrganizationId, name: &str, has_limits: bool) -> Result<Organization> {
    let mut organization = Organization::new(id, name.to_owned());
    organization.domain = Some(WebDomain::parse(DOMAIN)?);
    if !has_limits {
        // As high as a deployment's may be: a demo is tried again and again.
        organization.sends_per_day = SENDS_PER_DAY.highest();
        organization.password_attempts = PASSWORD_ATTEMPTS.highest();
    }
    Ok(organization)
}

fn patient(organization: OrganizationId, id: UserId, email: Email, phone: Option<Phone>) -> User {
    User {
        organization,
        id,
        email: Some(email),
        phone,
        username: None,
        password: None,
        role: "patient".to_owned(),
        access_role: "patient".to_owned(),
        locale: None,
        disabled: false,
        sessions_valid_after: None,
    }
}
