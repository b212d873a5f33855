//! `GET /.well-known/jwks.json`: returns the public keys of the partner surface's tokens.

use domain::secret::Secret;
use domain::time::Timestamp;
use lambda_http::http::{HeaderValue, StatusCode, header};
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use surfaces::partner::{Refusal, VerificationKeys};

/// Clients may cache the set for five minutes: a new key is published for longer before it signs.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub struct State {
    keys: VerificationKeys,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { keys: VerificationKeys::new(aws)? })
    }
}

/// Returns every key that may verify a token or, if the caller has the same set, a 304.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let keys = state.keys.to_publish(now).await?;
    let set = keys.jwk_set(now).map_err(anyhow::Error::from)?;
    let etag = format!("\"{}\"", Secret::new(set.as_str()).digest().as_str());
    let mut response = Response::new(Body::Text(set));
    if is_cached(&request, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::Empty;
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    let etag = HeaderValue::try_from(etag).map_err(anyhow::Error::from)?;
    headers.insert(header::ETAG, etag);
    Ok(response)
}

/// Whether the caller has this set (RFC 9110 §13.1.2: a weak comparison).
fn is_cached(request: &Request, etag: &str) -> bool {
    let cached = http::header(request, "if-none-match").unwrap_or_default();
    let matches = |tag: &str| tag.trim().trim_start_matches("W/") == etag;
    cached == "*" || cached.split(',').any(matches)
}
