//! `GET` and `POST /api/1.0/sso/token/{access_token}`: return the user that an access token belongs to.

mod user_info;

use domain::decide::Grant;
use domain::fence;
use domain::sso::User;
use domain::time::Timestamp;
use domain::token::sso::AccessToken;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use store::{SsoTokens, SsoUsers};
use surfaces::sso::{self, ClientPair, Clients, Realm, Refusal};

use user_info::UserInfo;

pub struct State {
    clients: Clients,
    realm: Realm,
    tokens: SsoTokens,
    users: SsoUsers,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(4);
        Ok(Self {
            clients: Clients::new(aws)?,
            realm: Realm::new(aws)?,
            tokens: SsoTokens::new(aws)?,
            users: SsoUsers::new(aws)?,
        })
    }
}

/// Returns the user of a token, which any client may have got. Both reads are strongly consistent: they
/// see every acknowledged sign-out and every disabled account.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let pair = ClientPair::of(&request).or_in_query(&request);
    let client = state.clients.authenticate_pair(pair, now);
    let token = sso::access_token(&request);
    let (client, valid_after, grant) =
        tokio::try_join!(client, state.realm.valid_after(now), grant(state, &token))?;
    if !client.reads_user_info {
        return Err(Refusal::ClientRefused);
    }
    let token = token?;
    let user = user(state, grant, valid_after, now).await?.ok_or(Refusal::TokenRefused)?;
    Ok(http::reply(200, &UserInfo::new(&user, &token, client.user_info)))
}

/// The grant of a token, if the path has one.
async fn grant(
    state: &State,
    token: &Result<AccessToken, Refusal>,
) -> Result<Option<Grant>, Refusal> {
    let Ok(token) = token else { return Ok(None) };
    Ok(state.tokens.find(&token.digest()).await?)
}

async fn user(
    state: &State,
    grant: Option<Grant>,
    valid_after: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Option<User>> {
    match grant {
        Some(Grant::Issued { user, issued_at, expires_at })
            if now < expires_at && fence::admits(valid_after, issued_at) =>
        {
            let user = state.users.find(&user.into()).await?;
            Ok(user.filter(|user| user.admits(issued_at)))
        }
        Some(Grant::Issued { .. } | Grant::SignedOut { .. }) | None => Ok(None),
    }
}
