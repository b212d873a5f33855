//! One partner, one organization with one user, and all handlers of the surface in one process.

use runtime::resources::KeyRingName;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context as _;
use domain::credential::{Credential, Credentials};
use domain::decide::Integration;
use domain::id::{ConnectionId, OrganizationId, PartnerId, UserId};
use domain::partner::{Connection, Partner};
use domain::scope::{Scope, Scopes};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::jwks::PublishedKeys;
use domain::token::signing_ring::SigningRing;
use registry::{Change, Rotated, SigningRings};
use runtime::event::Verdict;
use runtime::http::{Body, HttpEvent, Received, Refusal as _, Request, Response};
use serde_json::{Value, json};
use surfaces::partner::Refusal;
use workbench::Workbench;

pub(crate) use workbench::NOW;

pub(crate) const SIGNING: KeyRingName = KeyRingName::PartnerSigning;

/// Made once: an RSA key takes its time.
static RING: LazyLock<Value> = LazyLock::new(|| {
    let text = SigningRing::first().unwrap().text().unwrap();
    serde_json::from_str(text.expose()).unwrap()
});

/// What a caller sees.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    /// For the log alone.
    pub(crate) step: &'static str,
}

impl Answer {
    fn of(result: Result<Response<Body>, Refusal>, now: Timestamp) -> Self {
        let step = result.as_ref().map_or_else(Refusal::step, |_| "OK");
        let received = Received { request_id: "req_1_a", at: now };
        let response = result.unwrap_or_else(|refusal| refusal.response(&received));
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let headers = response.headers().iter();
        Self {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: serde_json::from_slice(response.body().as_ref()).unwrap_or_default(),
            step,
        }
    }

    pub(crate) fn token(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["data"]["accessToken"].as_str().unwrap().to_owned()
    }

    pub(crate) fn detail(&self) -> &str {
        self.body["error"]["detail"].as_str().unwrap_or_default()
    }
}

pub(crate) struct Deployment {
    pub(crate) bench: Workbench,
    pub(crate) partners: registry::Partners,
    pub(crate) connections: registry::Connections,
    pub(crate) jwks: registry::Jwks,
    pub(crate) tenant: Tenant,
    token: partner_token::State,
    validate: partner_validate::State,
    published: partner_jwks::State,
    authorizer: partner_authorizer::State,
}

/// Everything that a partner needs to know to act for an organization.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) partner: PartnerId,
    pub(crate) partner_secret: String,
    pub(crate) organization: OrganizationId,
    pub(crate) organization_secret: String,
    pub(crate) user: UserId,
}

impl Deployment {
    pub(crate) async fn start() -> Arc<Self> {
        Self::with(Scopes::all()).await
    }

    pub(crate) async fn with(scopes: Scopes) -> Arc<Self> {
        let bench = Workbench::start().await.unwrap();
        bench.secrets.put(SIGNING, RING.clone());
        SigningRings::new(&bench.aws).unwrap().begin(NOW).await.unwrap();
        Self::over(bench, None, &scopes).await
    }

    /// A deployment whose operator has not made a key yet.
    pub(crate) async fn without_key() -> Arc<Self> {
        Self::over(Workbench::start().await.unwrap(), None, &Scopes::all()).await
    }

    /// The same deployment seen by another organization of the same partner.
    pub(crate) async fn neighbour(&self) -> Arc<Self> {
        Self::over(self.bench.clone(), Some(&self.tenant), &Scopes::all()).await
    }

    /// The same deployment seen by another partner and its organization.
    pub(crate) async fn rival(&self) -> Arc<Self> {
        Self::over(self.bench.clone(), None, &Scopes::all()).await
    }

    /// The same tenant behind fresh instances of every function.
    pub(crate) fn another_instance(&self) -> Arc<Self> {
        Arc::new(Self::instance(self.bench.clone(), self.tenant.clone()).unwrap())
    }

    async fn over(bench: Workbench, same_partner: Option<&Tenant>, scopes: &Scopes) -> Arc<Self> {
        let tenant = register(&bench, same_partner, scopes).await.unwrap();
        Arc::new(Self::instance(bench, tenant).unwrap())
    }

    fn instance(bench: Workbench, tenant: Tenant) -> anyhow::Result<Self> {
        let aws = &bench.aws;
        Ok(Self {
            partners: registry::Partners::new(aws)?,
            connections: registry::Connections::new(aws)?,
            jwks: registry::Jwks::new(aws)?,
            token: partner_token::State::new(&bench.function("partner-token")?)?,
            validate: partner_validate::State::new(&bench.function("partner-validate")?)?,
            published: partner_jwks::State::new(&bench.function("partner-jwks")?)?,
            authorizer: partner_authorizer::State::new(&bench.function("partner-authorizer")?)?,
            bench,
            tenant,
        })
    }

    /// The five headers, right.
    pub(crate) fn headers(&self) -> Value {
        let it = &self.tenant;
        json!({
            "content-type": "application/json",
            "x-partner-id": it.partner.as_str(), "x-partner-secret": it.partner_secret,
            "x-organization-id": it.organization.as_str(),
            "x-organization-secret": it.organization_secret, "x-user-id": it.user.as_str(),
        })
    }

    pub(crate) async fn ask_token(&self, now: Timestamp) -> Answer {
        self.ask_scopes(&[Scope::CreatePatient.as_str()], now).await
    }

    pub(crate) async fn ask_scopes(&self, scopes: &[&str], now: Timestamp) -> Answer {
        let body = json!({"grantType": "client_credentials", "scope": scopes});
        self.send_token(&self.headers(), &body.to_string(), now).await
    }

    pub(crate) async fn send_token(&self, headers: &Value, body: &str, now: Timestamp) -> Answer {
        let request = request(&json!({"headers": headers, "body": body}));
        Answer::of(
            workbench::called("partner-token", partner_token::handle(&self.token, request, now))
                .await,
            now,
        )
    }

    pub(crate) async fn validate(&self, token: &str, now: Timestamp) -> Answer {
        let Tenant { organization, organization_secret, .. } = &self.tenant;
        self.send_validate(organization.as_str(), &with(token, organization_secret), now).await
    }

    pub(crate) async fn send_validate(
        &self,
        organization: &str,
        headers: &Value,
        now: Timestamp,
    ) -> Answer {
        let parameters = json!({"organization_id": organization});
        let request = request(&json!({"headers": headers, "pathParameters": parameters}));
        Answer::of(
            workbench::called(
                "partner-validate",
                partner_validate::handle(&self.validate, request, now),
            )
            .await,
            now,
        )
    }

    pub(crate) async fn jwks(&self, headers: &Value, now: Timestamp) -> Answer {
        let request = request(&json!({"headers": headers}));
        Answer::of(
            workbench::called("partner-jwks", partner_jwks::handle(&self.published, request, now))
                .await,
            now,
        )
    }

    pub(crate) async fn kids(&self, now: Timestamp) -> Vec<String> {
        let set = self.jwks(&json!({}), now).await.body;
        let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        set["keys"].as_array().unwrap().iter().map(kid).collect()
    }

    pub(crate) async fn authorize(&self, event: &Value, now: Timestamp) -> Verdict {
        let request = serde_json::from_value(event.clone()).unwrap();
        workbench::called(
            "partner-authorizer",
            partner_authorizer::handle(&self.authorizer, request, now),
        )
        .await
        .unwrap()
    }

    pub(crate) async fn connection(&self) -> Connection {
        let connections = store::Connections::new(&self.bench.aws).unwrap();
        let connection = connections.find(&self.tenant.organization, NOW).await.unwrap();
        connection.context("not connected").unwrap()
    }

    /// Marks the organization's connection as integrated.
    pub(crate) async fn integrate(&self, connection: &ConnectionId) -> anyhow::Result<Integration> {
        let connections = store::Connections::new(&self.bench.aws)?;
        connections.integrate(&self.tenant.organization, connection, NOW).await
    }

    pub(crate) async fn partner(&self, id: &PartnerId) -> Option<Partner> {
        store::Partners::new(&self.bench.aws).unwrap().find(id).await.unwrap()
    }

    pub(crate) async fn published_keys(&self) -> PublishedKeys {
        store::Jwks::new(&self.bench.aws).unwrap().published().await.unwrap().unwrap()
    }

    /// Connects the organization anew, to the same partner with the same secret.
    pub(crate) async fn reconnect(&self) {
        let held = self.connection().await;
        let (tenant, current) = (&self.tenant, &held.credentials.current);
        let scopes = Scopes::all();
        let change = self
            .connections
            .connect(&tenant.organization, Some(&held), &tenant.partner, current, &scopes)
            .await;
        assert_eq!(change.unwrap(), Change::Made);
    }

    pub(crate) async fn rotate(&self, now: Timestamp) {
        let rotated = SigningRings::new(&self.bench.aws).unwrap().rotate(now).await.unwrap();
        assert!(matches!(rotated, Rotated::Added(..)), "{rotated:?}");
    }
}

async fn register(
    bench: &Workbench,
    same_partner: Option<&Tenant>,
    scopes: &Scopes,
) -> anyhow::Result<Tenant> {
    let home = bench.tenant(None).await?;
    let user = bench.patient(&home).await?.user;
    let text = || Secret::random().expose().to_owned();
    let tenant = Tenant {
        partner: same_partner.map_or_else(PartnerId::random, |it| it.partner.clone()),
        partner_secret: same_partner.map_or_else(text, |it| it.partner_secret.clone()),
        organization: home.organization.id,
        organization_secret: text(),
        user: user.id,
    };
    let credential = |secret: &str| Credential::of(&Secret::new(secret));
    if same_partner.is_none() {
        let credentials = Credentials::single(credential(&tenant.partner_secret));
        let name = "A Partner".to_owned();
        let partner = Partner { id: tenant.partner.clone(), name, credentials };
        anyhow::ensure!(
            registry::Partners::new(&bench.aws)?.create(&partner).await? == Change::Made
        );
    }
    let credential = credential(&tenant.organization_secret);
    let connections = registry::Connections::new(&bench.aws)?;
    let change = connections
        .connect(&tenant.organization, None, &tenant.partner, &credential, scopes)
        .await?;
    anyhow::ensure!(change == Change::Made);
    Ok(tenant)
}

/// The two headers that go with every call.
pub(crate) fn with(token: &str, secret: &str) -> Value {
    json!({"authorization": format!("Bearer {token}"), "x-organization-secret": secret})
}

fn request(event: &Value) -> Request {
    serde_json::from_value::<HttpEvent>(event.clone()).unwrap().into_request()
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
