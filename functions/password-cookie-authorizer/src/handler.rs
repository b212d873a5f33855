//! API Gateway Lambda authorizer for other teams' APIs: checks the token of a password login in its
//! cookie.

use domain::secret::Secret;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::{AuthorizerRequest, Verdict};
use runtime::http;
use surfaces::password::{Authorizer, Presented, Refusal, cookie};

pub struct State {
    authorizer: Authorizer,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { authorizer: Authorizer::new(aws)? })
    }
}

/// Allows a request whose cookie is a valid token for this API and for the organization in its header,
/// if that organization accepts cookies. The `Authorization` header is ignored:
/// `password-authorizer` takes it.
pub async fn handle(
    state: &State,
    request: AuthorizerRequest,
    now: Timestamp,
) -> anyhow::Result<Verdict> {
    // API Gateway may cache the answer under one of two headers, and the token may be in the other.
    if request.repeats("cookie") {
        return Ok(http::denied(&Refusal::TokenRequired, now));
    }
    let cookie = |name: String| request.cookie(&name).map(Secret::new);
    let presented = |api: &_| cookie(cookie::name(api)).map(Presented::Cookie);
    state.authorizer.verdict(&request, presented, now).await
}
