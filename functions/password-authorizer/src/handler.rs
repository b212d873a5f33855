//! API Gateway Lambda authorizer for other teams' APIs: checks the token of a password login in the
//! `Authorization` header.

use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::{AuthorizerRequest, Verdict};
use surfaces::password::{Authorizer, Presented};

pub struct State {
    authorizer: Authorizer,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { authorizer: Authorizer::new(aws)? })
    }
}

/// Allows a request with a valid token for this API and for the organization in its header. Cookies are
/// ignored: `password-cookie-authorizer` takes them.
pub async fn handle(
    state: &State,
    request: AuthorizerRequest,
    now: Timestamp,
) -> anyhow::Result<Verdict> {
    let presented = |_: &_| request.bearer().map(Presented::Bearer);
    state.authorizer.verdict(&request, presented, now).await
}
