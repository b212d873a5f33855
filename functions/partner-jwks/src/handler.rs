//! `GET /.well-known/jwks.json`: the public keys of the partner surface's tokens.

use domain::secret::Secret;
use domain::time::Timestamp;
use lambda_http::http::{HeaderValue, StatusCode, header};
use platform::http::{self, Body, Request, Response};
use platform::partner::{Keys, PartnerError};

/// Caches may keep the set for five minutes: a new key is published for longer before it signs.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// What the endpoint needs.
pub struct State {
    /// What is published.
    pub keys: Keys,
}

/// Answers every key that can still verify something, or that nothing has changed.
///
/// # Errors
/// `Unavailable` when a dependency is down, or no key was published yet.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PartnerError> {
    let keys = state.keys.shown(now).await?;
    let set = keys.jwk_set(now).map_err(anyhow::Error::from)?;
    let etag = format!("\"{}\"", Secret::new(set.as_str()).digest().as_str());
    let mut response = Response::new(Body::Text(set));
    if is_held(&request, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::Empty;
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    let etag = HeaderValue::try_from(etag).map_err(anyhow::Error::from)?;
    headers.insert(header::ETAG, etag);
    Ok(response)
}

/// Whether the caller holds the set already (RFC 9110 §13.1.2: a weak comparison).
fn is_held(request: &Request, etag: &str) -> bool {
    let held = http::header(request, "if-none-match").unwrap_or_default();
    let strong = |tag: &str| tag.trim().trim_start_matches("W/") == etag;
    held == "*" || held.split(',').any(strong)
}
