//! `POST /v1/token`: the secrets of a partner and an organization for a token.

mod credentials;
mod grant;

use std::time::Instant;

use domain::scope::Scopes;
use domain::time::Timestamp;
use domain::token::partner::{self as token, Claims, LIFETIME};
use domain::token::signing::{SIGNED_ON, SigningRing};
use platform::http::{self, Body, Request, Response};
use platform::keys::KeyRings;
use platform::partner::{Answer, PartnerError};
use platform::store::{Partners, Users};
use serde::Serialize;

use credentials::Credentials;
use grant::GrantRequest;

/// What the endpoint needs.
pub struct State {
    /// Partners and their connections.
    pub partners: Partners,
    /// Users.
    pub users: Users,
    /// Keys that sign tokens.
    pub signing_keys: KeyRings<SigningRing>,
}

impl State {
    /// Fetches keys and opens connections ahead of the first request.
    pub async fn prime(&self) {
        tokio::join!(self.partners.prime(), self.signing_keys.prime());
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

/// Checks the five headers, then the body, and grants what is both asked for and allowed.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down or there is no key yet.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PartnerError> {
    let started = Instant::now();
    let credentials = Credentials::of(&request)?;
    let connection = credentials.check(&state.partners, &state.users, now).await?;
    let asked = http::json::<GrantRequest>(&request)?.scopes()?;

    let scope = asked.granted(&connection.scopes);
    let Credentials { partner, organization, user, .. } = credentials;
    let claims = Claims::new(partner, organization, user, scope, now);
    let ring = state.signing_keys.current_within(SIGNED_ON, now).await?;
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
    anyhow::anyhow!("no key signs yet").context(platform::aws::Unavailable)
}
