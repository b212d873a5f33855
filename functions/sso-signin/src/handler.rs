//! `POST /api/1.0/sso/signin`: a user's email and password for an access token.

use std::time::Duration;

use domain::time::Timestamp;
use domain::token::sso::AccessToken;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use serde::Serialize;
use store::SsoTokens;
use surfaces::sso::{self, Clients, Logins, Refusal};

pub struct State {
    clients: Clients,
    logins: Logins,
    tokens: SsoTokens,
    /// Life of a token.
    lifetime: Duration,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            clients: Clients::new(aws)?,
            logins: Logins::new(aws)?,
            tokens: SsoTokens::new(aws)?,
            lifetime: sso::token_lifetime(aws.config())?,
        })
    }
}

/// This field and no other: clients of the contract read the answer with a mapper that refuses more.
#[derive(Serialize)]
struct SignedIn<'a> {
    access_token: &'a str,
}

/// Signs a user in, whichever client asks. Every sign-in gives a token of its own; earlier ones stay
/// good.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    state.clients.authenticate(&request, now).await?;
    let login = state.logins.check(&request, now).await?;

    let token = AccessToken::random();
    let digest = token.digest();
    let (issued, ()) = tokio::join!(
        state.tokens.issue(&digest, login.user.id, state.lifetime, now),
        state.logins.record_sign_in(&login, now),
    );
    issued?;
    Ok(http::reply(200, &SignedIn { access_token: token.expose() }))
}
