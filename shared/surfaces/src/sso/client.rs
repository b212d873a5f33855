//! Authentication of clients by two headers.

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
use store::{SsoClients, SsoUsers};

use super::refusal::Refusal;

/// How long an instance caches a client, or that it was not found.
const CACHED: Duration = Duration::from_mins(1);

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

    /// The client with the id in `client_id`, or in `client-id` if a proxy drops names with an
    /// underscore, and with the API token in `X-Auth-Token`. An unknown id takes the same steps.
    pub async fn authenticate(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Client>, Refusal> {
        let id = http::header(request, "client_id").or_else(|| http::header(request, "client-id"));
        let id = id.map(ClientId::for_lookup).ok_or(Refusal::ClientRefused)?;
        let token = http::header(request, "x-auth-token").ok_or(Refusal::ClientRefused)?;
        let client = self.find(&id, now).await?;
        let credentials = client.as_ref().map(|client| &client.credentials);
        let is_right = credential::check(credentials, &Secret::new(token));
        client.filter(|_| is_right).ok_or(Refusal::ClientRefused)
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
