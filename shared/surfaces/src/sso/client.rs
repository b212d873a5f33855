//! The client that a request names in its headers.

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

/// How long a client, or its absence, lives on in an instance.
const CACHED: Duration = Duration::from_mins(1);

/// Authenticates clients.
pub struct Clients {
    known: SsoClients,
    users: SsoUsers,
    cache: Cache<ClientId, Option<Arc<Client>>>,
}

impl Clients {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let (known, users) = (SsoClients::new(aws)?, SsoUsers::new(aws)?);
        Ok(Self { known, users, cache: Cache::new(CACHED) })
    }

    /// The client whose pair a request has: `client_id`, or `client-id` where a proxy drops names with
    /// an underscore, and `X-Auth-Token`. For an unknown id the work is the same.
    pub async fn authenticate(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Client>, Refusal> {
        let id = http::header(request, "client_id").or_else(|| http::header(request, "client-id"));
        let id = id.map(ClientId::meant_by).ok_or(Refusal::ClientRefused)?;
        let token = http::header(request, "x-auth-token").ok_or(Refusal::ClientRefused)?;
        let client = self.find(&id, now).await?;
        let credentials = client.as_ref().map(|client| &client.credentials);
        let is_theirs = credential::check(credentials, &Secret::new(token));
        client.filter(|_| is_theirs).ok_or(Refusal::ClientRefused)
    }

    /// The client of this id, unless the user who represents it is not in good standing.
    async fn find(&self, id: &ClientId, now: Timestamp) -> anyhow::Result<Option<Arc<Client>>> {
        if let Some(found) = self.cache.get(id, now) {
            return Ok(found);
        }
        let representative = UserId::from(id.clone());
        let (client, representative) =
            tokio::try_join!(self.known.find(id), self.users.find(&representative))?;
        let stands = representative.is_none_or(|user| user.is_in_good_standing());
        let client = client.filter(|_| stands).map(Arc::new);
        self.cache.put(id.clone(), client.clone(), now);
        Ok(client)
    }
}
