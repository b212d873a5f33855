//! `POST /api/v1/users/auth/verify-otp`: exchanges a code for an access and a refresh token.

use domain::decide::Redemption;
use domain::id::{OtpId, UserId};
use domain::identifier::Identity;
use domain::organization::Organization;
use domain::otp::Code;
use domain::time::Timestamp;
use domain::token::access::{self, Claims};
use domain::token::refresh::RefreshToken;
use platform::http::{self, Body, Request, Response};
use platform::keys::KeyRings;
use platform::portal::{self, Addressee, Portal, PortalError, Tokens};
use platform::store::{Challenges, Claimed, Session, Sessions, Users};
use serde::Deserialize;

/// What the endpoint needs.
pub struct State {
    /// Tenants by API key.
    pub portal: Portal,
    /// Codes.
    pub challenges: Challenges,
    /// Families of refresh tokens.
    pub sessions: Sessions,
    /// Users.
    pub users: Users,
    /// Keys that identities are computed under.
    pub identifier_keys: KeyRings,
    /// Keys that codes are derived under.
    pub otp_keys: KeyRings,
    /// Keys that sign access tokens.
    pub access_keys: KeyRings,
}

impl State {
    /// Fetches keys and opens connections ahead of the first request.
    pub async fn prime(&self) {
        let keys = async {
            tokio::join!(
                self.identifier_keys.prime(),
                self.otp_keys.prime(),
                self.access_keys.prime()
            )
        };
        tokio::join!(self.portal.prime(), keys);
    }
}

#[derive(Deserialize)]
struct VerifyOtp {
    #[serde(flatten)]
    addressee: Addressee,
    code: String,
}

/// Exchanges a code for tokens: claims an attempt, compares, puts the facts, redeems.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PortalError> {
    let organization = state.portal.organization(&request, now).await?;
    let body: VerifyOtp = http::json(&request)?;
    let identifier = body.addressee.identifier()?;
    let code = Code::parse(&body.code).map_err(|_| PortalError::Validation)?;
    let keys = state.identifier_keys.current(now).await?;
    let identity = Identity::of(&keys.current.bytes, &organization.id, &identifier);

    // Counted before it is compared: parallel guesses must not outrun the count.
    let (claimed, user) = tokio::try_join!(
        state.challenges.claim(&organization.id, &identity, now),
        state.users.identified(&organization.id, &identity),
    )?;
    let otp_id =
        compare(state, claimed, &code, now).await?.ok_or(PortalError::InvalidCredentials)?;
    sign_in(state, &organization, &identity, &otp_id, user, now).await
}

/// The challenge that the code is right for. Without one, the same work against a dummy.
async fn compare(
    state: &State,
    claimed: Claimed,
    code: &Code,
    now: Timestamp,
) -> Result<Option<OtpId>, PortalError> {
    match claimed {
        Claimed::Granted { otp_id, code: live } => {
            let key = state.otp_keys.find(&live.key_id, now).await?;
            let is_right = code.digest(&key.bytes, &otp_id).matches(&live.digest);
            Ok(is_right.then_some(otp_id))
        }
        Claimed::Refused => {
            let keys = state.otp_keys.current(now).await?;
            let dummy = code.digest(&keys.current.bytes, &OtpId::random());
            let _ = dummy.matches(&RefreshToken::random().digest());
            Ok(None)
        }
    }
}

/// Facts first: a family and a token that nobody holds. The redemption, last, makes them count.
async fn sign_in(
    state: &State,
    organization: &Organization,
    identity: &Identity,
    otp_id: &OtpId,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Response<Body>, PortalError> {
    // An identifier of nobody takes the same way, with a user that can't be found.
    let user_id = user.unwrap_or_else(UserId::random);
    let session = Session::start(&organization.id, &user_id, now);
    let refresh_token = RefreshToken::random();
    let digest = refresh_token.digest();
    let ((), (), user) = tokio::try_join!(
        state.sessions.put_family(&session, &digest, now),
        state.sessions.put_pointer(&session, &digest),
        state.users.owner(&organization.id, identity, &user_id),
    )?;
    // Judged as the access token will be: by the second.
    let user = user.filter(|user| user.admits(now.whole_second()));
    let user = user.ok_or(PortalError::InvalidCredentials)?;

    let keys = state.access_keys.current(now).await?;
    let claims = Claims::new(&user, &session.family, now);
    let access_token = access::sign(&claims, &keys).map_err(anyhow::Error::from)?;
    match state.challenges.redeem(&organization.id, identity, otp_id, &digest).await? {
        Redemption::Redeemed => Ok(portal::ok(&Tokens::bearer(&access_token, &refresh_token))),
        _ => Err(PortalError::InvalidCredentials),
    }
}
