//! `POST /api/v1/users/auth/verify-otp`: exchanges a code for an access token and a refresh token.

use std::time::Duration;

use anyhow::Context as _;
use domain::decide::{Attempt, NotLive, Redemption};
use domain::id::{OtpId, UserId};
use domain::identifier::{Identifier, Identity};
use domain::organization::Organization;
use domain::otp::{Channel, Code};
use domain::secret::Digest;
use domain::time::Timestamp;
use domain::token::access::{self, Claims};
use domain::token::refresh::RefreshToken;
use domain::user::User;
use runtime::author;
use runtime::aws::Aws;
use runtime::http::{Body, Request, Response};
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::server_error::ServerError;
use runtime::telemetry;
use store::{Challenges, Session, Sessions, Users};
use surfaces::fence;
use surfaces::portal::{self, ApiKeys, Fields, Refusal, Sources, Tokens};

/// The timeout of the withdrawal after a sign-in: the code is used up, so the tokens must be delivered in
/// time.
const WITHDRAWAL: Duration = Duration::from_millis(500);

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
        aws.expect_parallel_calls(3);
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

/// Counts the attempt, compares the code, puts the session, redeems the code, and withdraws the user's
/// other codes.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let organization = state.api_keys.organization(&request, now).await?;
    let source = portal::source(&request)?;
    let fields = Fields::of(&request)?;
    let identifier = fields.recipient()?;
    let code = fields.code()?;
    fence::require_over(organization.valid_after, now)?;
    let keys = state.identifier_keys.permanent(now).await?;
    let identity = Identity::of(&keys.current.bytes, &organization.id, &identifier);

    // First, so that a source without a budget uses up no attempt at the code.
    let counted = state.sources.count(&organization, &keys.current.bytes, source, now).await?;
    // Counted before it is compared, so that parallel attempts can't exceed the limit.
    let (nonce, valid_after) = (author::nonce()?, organization.valid_after);
    let (attempt, user) = tokio::try_join!(
        state.challenges.attempt(&organization.id, &identity, &nonce, valid_after, now),
        state.users.identified(&organization.id, &identity),
    )?;
    let otp_id = compare(state, attempt, &code, now).await?.ok_or(Refusal::InvalidCredentials)?;
    let channel = channel_of(&identifier);
    let code = (&otp_id, channel);
    let signed_in = sign_in(state, &organization, &identity, code, user, now).await;
    if let Err(Refusal::ServerError(ServerError::SignOutNotOver { .. })) = signed_in {
        let given_back = state.challenges.give_back(&organization.id, &identity, &nonce);
        let (given_back, ()) = tokio::join!(given_back, state.sources.take_back(counted));
        telemetry::warn_if_failed(given_back);
        return signed_in;
    }
    let signed_in = signed_in?;
    state.sources.take_back(counted).await;
    telemetry::count("CodeAccepted", ("channel", channel.as_str()), now);
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
    let granted = match attempt {
        // Nobody can know the code any more if an operator dropped its key.
        Attempt::Granted { otp_id, code: live } => {
            let key = state.otp_keys.find(&live.key_id, now).await?;
            if key.is_none() {
                telemetry::failed_step("CODE_KEY_DROPPED");
            }
            key.map(|key| (key, otp_id, live))
        }
        Attempt::Refused(reason) => {
            telemetry::failed_step(match reason {
                NotLive::NotFound => "CODE_NOT_FOUND",
                NotLive::Used => "CODE_USED",
                NotLive::Expired => "CODE_EXPIRED",
                NotLive::AttemptsSpent => "ATTEMPTS_SPENT",
                NotLive::OfAnotherTime => "CODE_OF_ANOTHER_TIME",
            });
            None
        }
    };
    let Some((key, otp_id, live)) = granted else {
        let keys = state.otp_keys.current(now).await?;
        let dummy = code.digest(&keys.current.bytes, &OtpId::random());
        let _ = dummy.matches(&RefreshToken::random().digest());
        return Ok(None);
    };
    let is_right = code.digest(&key.bytes, &otp_id).matches(&live.digest);
    if !is_right {
        telemetry::failed_step("CODE_WRONG");
    }
    Ok(is_right.then_some(otp_id))
}

/// Puts the family and its pointer first: no client has the token yet. The redemption, last, makes them
/// count.
async fn sign_in(
    state: &State,
    organization: &Organization,
    identity: &Identity,
    (otp_id, channel): (&OtpId, Channel),
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    // An unknown identifier takes the same steps, with a random user id.
    let user_id = user.unwrap_or_else(UserId::random);
    let session = Session::start(&organization.id, &user_id, now);
    let refresh_token = RefreshToken::random();
    let digest = refresh_token.digest();
    let ((), _, user) = tokio::try_join!(
        state.sessions.put_family(&session, channel, &digest, now),
        state.sessions.put_pointer(&session, &digest),
        state.users.owner(&organization.id, identity, &user_id),
    )?;
    let Some(user) = user else {
        telemetry::failed_step("USER_UNKNOWN");
        return Err(Refusal::InvalidCredentials);
    };
    telemetry::user(&user.id);
    if user.disabled {
        telemetry::failed_step("USER_DISABLED");
        return Err(Refusal::InvalidCredentials);
    }
    fence::require_over(user.sessions_valid_after, now)?;

    let keys = state.access_keys.current(now).await?;
    let claims = Claims::new(&user, &session.family, now);
    let access_token = access::sign(&claims, &keys).map_err(anyhow::Error::from)?;
    match state.challenges.redeem(&organization.id, identity, otp_id, &digest).await? {
        Redemption::Redeemed => {}
        Redemption::LostRace => {
            telemetry::failed_step("CODE_USED");
            return Err(Refusal::InvalidCredentials);
        }
    }
    let withdrawn = withdraw_others(state, &user, identity, &digest, now);
    let withdrawn = tokio::time::timeout(WITHDRAWAL, withdrawn).await;
    telemetry::warn_if_failed(withdrawn.context("withdraw the user's other codes").flatten());
    Ok(portal::ok(&Tokens::bearer(&access_token, &refresh_token)))
}

/// Withdraws the user's codes under other identifiers, now that the sign-in is known to be committed:
/// beside the redemption, one that never lands would have taken a good code away.
async fn withdraw_others(
    state: &State,
    user: &User,
    redeemed: &Identity,
    refresh: &Digest,
    now: Timestamp,
) -> anyhow::Result<()> {
    let keys = state.identifier_keys.permanent(now).await?;
    let email = user.email.clone().map(Identifier::Email);
    let phone = user.phone.clone().map(Identifier::Phone);
    let identities = [email, phone].into_iter().flatten();
    let identities = identities
        .map(|identifier| Identity::of(&keys.current.bytes, &user.organization, &identifier));
    for other in identities.filter(|identity| identity != redeemed) {
        state.challenges.withdraw(&user.organization, &other, refresh, now).await?;
    }
    Ok(())
}
