//! `POST /api/v1/users/auth/verify-otp`: exchanges a code for an access token and a refresh token.

use domain::decide::{Attempt, Redemption};
use domain::id::{OtpId, UserId};
use domain::identifier::{Identifier, Identity};
use domain::organization::Organization;
use domain::otp::{Channel, Code};
use domain::time::Timestamp;
use domain::token::access::{self, Claims};
use domain::token::refresh::RefreshToken;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::telemetry;
use serde::Deserialize;
use store::{Challenges, Session, Sessions, Users};
use surfaces::portal::{self, ApiKeys, Recipient, Refusal, Sources, Tokens};

pub struct State {
    api_keys: ApiKeys,
    challenges: Challenges,
    sessions: Sessions,
    users: Users,
    sources: Sources,
    identifier_keys: KeyRings,
    otp_keys: KeyRings,
    access_keys: KeyRings,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            api_keys: ApiKeys::new(aws)?,
            challenges: Challenges::new(aws)?,
            sessions: Sessions::new(aws)?,
            users: Users::new(aws)?,
            sources: Sources::new(aws)?,
            identifier_keys: KeyRings::new(aws, KeyRingName::Identifier)?,
            otp_keys: KeyRings::new(aws, KeyRingName::Otp)?,
            access_keys: KeyRings::new(aws, KeyRingName::PortalAccess)?,
        })
    }
}

#[derive(Deserialize)]
struct VerifyOtp {
    #[serde(flatten)]
    recipient: Recipient,
    code: String,
}

/// Counts the attempt, compares the code, puts the session, and redeems the code.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let organization = state.api_keys.organization(&request, now).await?;
    let source = portal::source(&request)?;
    let body: VerifyOtp = http::json(&request)?;
    let identifier = body.recipient.identifier()?;
    let code = Code::parse(&body.code).map_err(|_| Refusal::Validation)?;
    let keys = state.identifier_keys.current(now).await?;
    let identity = Identity::of(&keys.current.bytes, &organization.id, &identifier);

    // First, so that a source without a budget uses up no attempt at the code.
    let counted = state.sources.count(&organization, &keys.current.bytes, source, now).await?;
    // Counted before it is compared, so that parallel attempts can't exceed the limit.
    let (attempt, user) = tokio::try_join!(
        state.challenges.attempt(&organization.id, &identity, now),
        state.users.identified(&organization.id, &identity),
    )?;
    let otp_id = compare(state, attempt, &code, now).await?.ok_or(Refusal::InvalidCredentials)?;
    let signed_in = sign_in(state, &organization, &identity, &otp_id, user, now).await?;
    state.sources.take_back(counted).await;
    telemetry::count("CodeAccepted", ("channel", channel_of(&identifier).as_str()), now);
    Ok(signed_in)
}

fn channel_of(identifier: &Identifier) -> Channel {
    match identifier {
        Identifier::Email(_) | Identifier::Username(_) => Channel::Email,
        Identifier::Phone(_) => Channel::Sms,
    }
}

/// The id of the challenge, if the code is right. A refused attempt is compared with a dummy, so that
/// it takes the same work.
async fn compare(
    state: &State,
    attempt: Attempt,
    code: &Code,
    now: Timestamp,
) -> Result<Option<OtpId>, Refusal> {
    match attempt {
        Attempt::Granted { otp_id, code: live } => {
            let key = state.otp_keys.find(&live.key_id, now).await?;
            let is_right = code.digest(&key.bytes, &otp_id).matches(&live.digest);
            if !is_right {
                telemetry::failed_step("CODE_WRONG");
            }
            Ok(is_right.then_some(otp_id))
        }
        Attempt::Refused => {
            let keys = state.otp_keys.current(now).await?;
            let dummy = code.digest(&keys.current.bytes, &OtpId::random());
            let _ = dummy.matches(&RefreshToken::random().digest());
            telemetry::failed_step("CODE_NOT_LIVE");
            Ok(None)
        }
    }
}

/// Puts the family and its pointer first: no client has the token yet. The redemption, last, makes them
/// count.
async fn sign_in(
    state: &State,
    organization: &Organization,
    identity: &Identity,
    otp_id: &OtpId,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    // An unknown identifier takes the same steps, with a random user id.
    let user_id = user.unwrap_or_else(UserId::random);
    let session = Session::start(&organization.id, &user_id, now);
    let refresh_token = RefreshToken::random();
    let digest = refresh_token.digest();
    let ((), (), user) = tokio::try_join!(
        state.sessions.put_family(&session, &digest, now),
        state.sessions.put_pointer(&session, &digest),
        state.users.owner(&organization.id, identity, &user_id),
    )?;
    // Rounded down to a second, because the time in the access token will be.
    let user = user.filter(|user| user.admits(now.whole_second()));
    let Some(user) = user else {
        telemetry::failed_step("USER_REFUSED");
        return Err(Refusal::InvalidCredentials);
    };

    let keys = state.access_keys.current(now).await?;
    let claims = Claims::new(&user, &session.family, now);
    let access_token = access::sign(&claims, &keys).map_err(anyhow::Error::from)?;
    match state.challenges.redeem(&organization.id, identity, otp_id, &digest).await? {
        Redemption::Redeemed => Ok(portal::ok(&Tokens::bearer(&access_token, &refresh_token))),
        Redemption::LostRace => {
            telemetry::failed_step("CODE_USED");
            Err(Refusal::InvalidCredentials)
        }
    }
}
