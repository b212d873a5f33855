//! `POST /api/1.0/sso/signin`: exchanges a user's email and password for an access token.

use std::time::Duration;

use domain::time::Timestamp;
use domain::token::sso::AccessToken;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use runtime::telemetry;
use serde::Serialize;
use store::SsoTokens;
use surfaces::fence;
use surfaces::sso::{self, Clients, Logins, Realm, Refusal};

pub struct State {
    clients: Clients,
    realm: Realm,
    logins: Logins,
    tokens: SsoTokens,
    /// How long a token is valid.
    lifetime: Duration,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(3);
        Ok(Self {
            clients: Clients::new(aws)?,
            realm: Realm::new(aws)?,
            logins: Logins::new(aws)?,
            tokens: SsoTokens::new(aws)?,
            lifetime: sso::token_lifetime(aws.config())?,
        })
    }
}

/// No other fields: the JSON mapper of the contract's clients refuses unknown ones.
#[derive(Serialize)]
struct SignedIn<'a> {
    access_token: &'a str,
}

/// Signs a user in, through any client. Every sign-in issues a new token; earlier ones stay valid.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let client = state.clients.authenticate(&request, now);
    let (_, valid_after) = tokio::try_join!(client, state.realm.valid_after(now))?;
    fence::require_over(valid_after, now)?;
    let login = state.logins.check(&request, now).await?;

    let token = AccessToken::random();
    let digest = token.digest();
    let (issued, ()) = tokio::join!(
        state.tokens.issue(&digest, login.user.id, state.lifetime, now),
        state.logins.record_sign_in(&login, now),
    );
    issued?;
    telemetry::count("PasswordAccepted", ("surface", "sso"), now);
    Ok(http::reply(200, &SignedIn { access_token: token.expose() }))
}
