//! `GET` and `POST /api/1.0/sso/token/{access_token}`: return the user that an access token belongs to.

mod user_info;

use domain::decide::Grant;
use domain::fence;
use domain::secret::Digest;
use domain::sso::User;
use domain::time::Timestamp;
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
    let (client, valid_after) = tokio::try_join!(client, state.realm.valid_after(now))?;
    if !client.reads_user_info {
        return Err(Refusal::ClientRefused);
    }
    let token = sso::access_token(&request)?;
    let user =
        user(state, &token.digest(), valid_after, now).await?.ok_or(Refusal::TokenRefused)?;
    Ok(http::reply(200, &UserInfo::new(&user, &token, client.user_info)))
}

async fn user(
    state: &State,
    token: &Digest,
    valid_after: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Option<User>> {
    match state.tokens.find(token).await? {
        Some(Grant::Issued { user, issued_at, expires_at })
            if now < expires_at && fence::admits(valid_after, issued_at) =>
        {
            let user = state.users.find(&user.into()).await?;
            Ok(user.filter(|user| user.admits(issued_at)))
        }
        Some(Grant::Issued { .. } | Grant::SignedOut { .. }) | None => Ok(None),
    }
}
