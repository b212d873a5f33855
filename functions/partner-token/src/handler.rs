//! `POST /v1/token`: gives a partner a token for one organization and one of its users.

mod credentials;
mod grant;

use std::time::Instant;

use domain::scope::Scopes;
use domain::time::Timestamp;
use domain::token::partner::{self as token, Claims, LIFETIME};
use domain::token::signing_ring::{MAX_RING_AGE, SigningRing};
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use runtime::key_rings::KeyRings;
use runtime::outage::Unavailable;
use serde::Serialize;
use store::{Connections, Partners, Users};
use surfaces::fence;
use surfaces::partner::{Answer, Refusal};

use credentials::{Checked, Credentials};
use grant::GrantRequest;

pub struct State {
    partners: Partners,
    connections: Connections,
    users: Users,
    signing_keys: KeyRings<SigningRing>,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(3);
        Ok(Self {
            partners: Partners::new(aws)?,
            connections: Connections::new(aws)?,
            users: Users::new(aws)?,
            signing_keys: KeyRings::signing(aws)?,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Granted<'g> {
    access_token: &'g str,
    expires_in: u64,
    token_type: &'static str,
    scope: &'g Scopes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    api_version: &'static str,
    /// Milliseconds.
    response_time: u64,
}

/// Checks the five headers, then the body, and grants the scopes that are both requested and allowed.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let started = Instant::now();
    let credentials = Credentials::of(&request)?;
    let Checked { connection, valid_after } =
        credentials.check(&state.partners, &state.connections, &state.users, now).await?;
    let requested = http::json::<GrantRequest>(&request)?.scopes()?;
    fence::require_over(valid_after, now)?;

    let scope = requested.granted(&connection.scopes);
    let Credentials { partner, organization, user, .. } = credentials;
    let claims = Claims::new(partner, organization, user, scope, now);
    let ring = state.signing_keys.current_within(MAX_RING_AGE, now).await?;
    let key = ring.signer(now).ok_or_else(no_key)?;
    let token = token::sign(&claims, key).map_err(anyhow::Error::from)?;

    let granted = Granted {
        access_token: token.expose(),
        expires_in: LIFETIME.as_secs(),
        token_type: "Bearer",
        scope: &claims.scope,
    };
    let response_time = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let success = Answer::new(&request, now, "Token generated successfully", &granted);
    Ok(success.with_meta(Meta { api_version: "1.0", response_time }).response())
}

fn no_key() -> anyhow::Error {
    anyhow::anyhow!("the ring has no key that signs now").context(Unavailable)
}
