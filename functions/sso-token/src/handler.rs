//! `GET` and `POST /api/1.0/sso/token/{access_token}`: return the user that an access token belongs to.

mod user_info;

use domain::decide::Grant;
use domain::fence;
use domain::id::UserId;
use domain::sso::User;
use domain::time::Timestamp;
use domain::token::sso::AccessToken;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use runtime::telemetry;
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
        telemetry::failed_step("CLIENT_NOT_ALLOWED");
        return Err(Refusal::ClientRefused);
    }
    let token = token?;
    let user = user(state, grant, valid_after, now).await?.map_err(refused)?;
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

/// The user of a grant; else the step for the log.
async fn user(
    state: &State,
    grant: Option<Grant>,
    valid_after: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Result<User, &'static str>> {
    let (user, issued_at) = match grant {
        None => return Ok(Err("TOKEN_REFUSED")),
        Some(Grant::SignedOut { .. }) => return Ok(Err("SIGNED_OUT")),
        Some(Grant::Issued { expires_at, .. }) if expires_at <= now => {
            return Ok(Err("TOKEN_EXPIRED"));
        }
        Some(Grant::Issued { user, issued_at, .. }) => (UserId::from(user), issued_at),
    };
    telemetry::user(&user);
    Ok(match state.users.find(&user).await? {
        None => Err("USER_UNKNOWN"),
        Some(user) if !user.is_enabled() => Err("USER_DISABLED"),
        Some(user) if user.admits(issued_at) && fence::admits(valid_after, issued_at) => Ok(user),
        Some(_) => Err("SIGNED_OUT"),
    })
}

/// One answer for all reasons; the log has the step.
fn refused(step: &'static str) -> Refusal {
    telemetry::failed_step(step);
    Refusal::TokenRefused
}
