//! `POST /api/1.0/sso/signout/{access_token}`: ends a user's own access token.

use domain::decide::SignOut;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use serde::Serialize;
use store::SsoTokens;
use surfaces::sso::{self, Clients, Logins, Realm, Refusal};

pub struct State {
    clients: Clients,
    realm: Realm,
    logins: Logins,
    tokens: SsoTokens,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(3);
        Ok(Self {
            clients: Clients::new(aws)?,
            realm: Realm::new(aws)?,
            logins: Logins::new(aws)?,
            tokens: SsoTokens::new(aws)?,
        })
    }
}

#[derive(Serialize)]
struct Confirmation {
    error: bool,
    message: &'static str,
    code: u16,
}

/// Ends the token in the path, if it is live and belongs to the user whose email and password are in the
/// form. Afterwards every service gets a refusal for it.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let client = state.clients.authenticate(&request, now);
    let (_, valid_after) = tokio::try_join!(client, state.realm.valid_after(now))?;
    let login = state.logins.check(&request, now).await?;

    let sign_out = async {
        let token = sso::access_token(&request)?;
        Ok::<_, Refusal>(
            state.tokens.sign_out(&token.digest(), login.user.id, valid_after, now).await?,
        )
    };
    let (signed_out, ()) = tokio::join!(sign_out, state.logins.take_back(&login));
    match signed_out? {
        SignOut::SignedOut => {
            Ok(http::reply(200, &Confirmation { error: false, message: "Signed out", code: 200 }))
        }
        SignOut::NotFound => Err(Refusal::TokenRefused),
    }
}
