//! `POST /{api}/auth`: user name and password of an organization for a token.

use std::num::NonZeroU32;
use std::time::Duration;

use domain::decide::Admission;
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Identifier, Identity, Username};
use domain::limits::{DEFAULT_PASSWORD_ATTEMPTS, Limit};
use domain::password::{Hasher, Password, Verdict};
use domain::time::Timestamp;
use domain::token::password::{self as token, Claims};
use domain::user::User;
use platform::attempt::Attempt;
use platform::http::{self, Body, Request, Response};
use platform::keys::KeyRings;
use platform::password::{self, Apis, PasswordError, Tenants, cookie};
use platform::store::{Challenges, Users};
use platform::telemetry;
use serde::{Deserialize, Serialize};

/// What the endpoint needs.
pub struct State {
    /// APIs that there are tokens for.
    pub apis: Apis,
    /// Tenants by the `organization` header.
    pub tenants: Tenants,
    /// Counters of attempts.
    pub challenges: Challenges,
    /// Users.
    pub users: Users,
    /// Keys that identities are computed under.
    pub identifier_keys: KeyRings,
    /// Keys that sign tokens.
    pub access_keys: KeyRings,
    /// Checks passwords, one at a time.
    pub hasher: Hasher,
    /// Life of a token.
    pub lifetime: Duration,
}

impl State {
    /// Fetches keys and opens connections ahead of the first request.
    pub async fn prime(&self) {
        let keys = async { tokio::join!(self.identifier_keys.prime(), self.access_keys.prime()) };
        tokio::join!(self.tenants.prime(), keys);
    }
}

#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

impl Login {
    fn credentials(self) -> Result<(Identifier, Password), PasswordError> {
        let username = Username::parse(&self.username);
        let password = Password::parse(self.password);
        match (username, password) {
            (Ok(username), Ok(password)) => Ok((Identifier::Username(username), password)),
            _ => Err(PasswordError::CredentialsRequired),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoggedIn<'a> {
    token: &'a str,
    expires_in: u64,
    token_type: &'static str,
}

/// Exchanges user name and password for a token: counts the attempt, finds the user, compares, and
/// takes the attempt back. Whoever doesn't exist, user or organization, takes the same way.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PasswordError> {
    let api = state.apis.of(&request)?;
    let id = password::organization_id(&request)?;
    let (username, password) = http::json::<Login>(&request)?.credentials()?;
    let organization = state.tenants.find(&id, now).await?;
    let limit = organization.as_ref().map_or_else(limit_of_nobody, |found| found.password_attempts);
    let keys = state.identifier_keys.current(now).await?;
    let identity = Identity::of(&keys.current.bytes, &id, &username);

    let attempt = Attempt::new(&id, &identity, limit, now);
    let user = admitted(state, &attempt, &id, &identity, now).await?;
    // A disabled organization is as good as none, though its users are there.
    let user = user.filter(|_| organization.is_some());
    let user = compare(state, &attempt, &password, user, now).await?;

    let claims = Claims::new(&user, api, state.lifetime, now);
    let keys = state.access_keys.current(now).await?;
    let token = token::sign(&claims, &keys).map_err(anyhow::Error::from)?;
    let expires_in = state.lifetime.as_secs();
    let body = LoggedIn { token: token.expose(), expires_in, token_type: "Bearer" };
    let mut response = http::reply(200, &body);
    if organization.is_some_and(|organization| organization.password_cookie) {
        cookie::set(&mut response, api, &token, state.lifetime);
    }
    Ok(response)
}

/// An organization that there is none of is one with the usual settings.
fn limit_of_nobody() -> Limit {
    NonZeroU32::new(DEFAULT_PASSWORD_ATTEMPTS)
}

/// The user, once the attempt is counted: parallel guesses must not outrun the count, and a guess too
/// many must not cost a hash.
async fn admitted(
    state: &State,
    attempt: &Attempt,
    organization: &OrganizationId,
    identity: &Identity,
    now: Timestamp,
) -> Result<Option<User>, PasswordError> {
    let (admission, user_id) = tokio::try_join!(
        attempt.count(&state.challenges),
        state.users.identified(organization, identity),
    )?;
    if admission == Admission::OverLimit {
        let retry_after = attempt.retry_after(now);
        return Err(PasswordError::RateLimited { retry_after });
    }
    // A name of nobody takes the same way, with a user that can't be found.
    let user_id = user_id.unwrap_or_else(UserId::random);
    Ok(state.users.owner(organization, identity, &user_id).await?)
}

/// The user, if the password is theirs. Neither taking the attempt back nor a new hash is worth
/// refusing a right password for.
async fn compare(
    state: &State,
    attempt: &Attempt,
    password: &Password,
    user: Option<User>,
    now: Timestamp,
) -> Result<User, PasswordError> {
    let hash = user.as_ref().and_then(|user| user.password.as_ref());
    let verdict = state.hasher.check(password, hash);
    // Judged as the token will be: by the second.
    let admitted = |user: &User| verdict != Verdict::Wrong && user.admits(now.whole_second());
    let user = user.filter(admitted);
    let user = user.ok_or(PasswordError::InvalidCredentials)?;
    let rehash = async {
        match (&user.password, verdict) {
            (Some(old), Verdict::RightButOutdated) => {
                let new = state.hasher.hash(password);
                state.users.rehash(&user.organization, &user.id, old, &new).await
            }
            _ => Ok(()),
        }
    };
    let (taken_back, rehashed) = tokio::join!(attempt.take_back(&state.challenges), rehash);
    telemetry::forgive(taken_back);
    telemetry::forgive(rehashed);
    Ok(user)
}
