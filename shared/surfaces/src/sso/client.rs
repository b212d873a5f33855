//! Authentication of clients by their id and API token.

use std::sync::Arc;
use std::time::Duration;

use domain::credential;
use domain::id::{ClientId, UserId};
use domain::secret::Secret;
use domain::sso::Client;
use domain::time::Timestamp;
use lambda_http::Request;
use runtime::aws::Aws;
use runtime::cache::Cache;
use runtime::http;
use runtime::telemetry;
use store::{SsoClients, SsoUsers};

use super::refusal::Refusal;

/// How long an instance caches a client, or that it was not found.
const CACHED: Duration = Duration::from_mins(1);

/// The id and the API token that a request presents. Either may be missing.
pub struct ClientPair {
    id: Option<ClientId>,
    token: Option<Secret>,
}

impl ClientPair {
    /// The pair in the headers: the id in `client_id`, or in `client-id` if a proxy drops names with an
    /// underscore, and the API token in `X-Auth-Token`.
    pub fn of(request: &Request) -> Self {
        let id = http::header(request, "client_id").or_else(|| http::header(request, "client-id"));
        let token = http::header(request, "x-auth-token");
        Self { id: id.map(ClientId::for_lookup), token: token.map(Secret::new) }
    }

    /// What the headers lack, from the query: one published client sends it there.
    pub fn or_in_query(self, request: &Request) -> Self {
        let query = |name| http::query_parameter(request, name);
        let id = || query("client_id").or_else(|| query("client-id")).map(ClientId::for_lookup);
        let token = || query("X-Auth-Token").map(Secret::new);
        Self { id: self.id.or_else(id), token: self.token.or_else(token) }
    }
}

pub struct Clients {
    stored: SsoClients,
    users: SsoUsers,
    cache: Cache<ClientId, Option<Arc<Client>>>,
}

impl Clients {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let (stored, users) = (SsoClients::new(aws)?, SsoUsers::new(aws)?);
        Ok(Self { stored, users, cache: Cache::new(CACHED) })
    }

    /// The client of a request, by its headers.
    pub async fn authenticate(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Client>, Refusal> {
        self.authenticate_pair(ClientPair::of(request), now).await
    }

    /// The client with this id and this API token. An unknown id takes the same steps.
    pub async fn authenticate_pair(
        &self,
        pair: ClientPair,
        now: Timestamp,
    ) -> Result<Arc<Client>, Refusal> {
        let id = pair.id.ok_or_else(|| refused("CLIENT_REQUIRED"))?;
        let token = pair.token.ok_or_else(|| refused("CLIENT_REQUIRED"))?;
        let client = self.find(&id, now).await?;
        let credentials = client.as_ref().map(|client| &client.credentials);
        let is_right = credential::check(credentials, &token);
        let client = client.ok_or_else(|| refused("CLIENT_UNKNOWN"))?;
        telemetry::client(&id);
        if is_right { Ok(client) } else { Err(refused("CLIENT_TOKEN_WRONG")) }
    }

    /// The client with this id, unless the user who represents it may not sign in.
    async fn find(&self, id: &ClientId, now: Timestamp) -> anyhow::Result<Option<Arc<Client>>> {
        if let Some(found) = self.cache.get(id, now) {
            return Ok(found);
        }
        let representative = UserId::from(id.clone());
        let (client, representative) =
            tokio::try_join!(self.stored.find(id), self.users.find(&representative))?;
        let is_enabled = representative.is_none_or(|user| user.is_enabled());
        let client = client.filter(|_| is_enabled).map(Arc::new);
        self.cache.put(id.clone(), client.clone(), now);
        Ok(client)
    }
}

/// One answer for all reasons; the log has the step.
fn refused(step: &'static str) -> Refusal {
    telemetry::failed_step(step);
    Refusal::ClientRefused
}
