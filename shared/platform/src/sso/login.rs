//! Email and password of a user: signing in takes them, and so does signing out.

use std::num::NonZeroU32;

use domain::decide::Admission;
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity};
use domain::limits::{DEFAULT_PASSWORD_ATTEMPTS, Limit};
use domain::password::{Hasher, Password, Verdict};
use domain::sso::User;
use domain::time::Timestamp;
use lambda_http::Request;

use super::SsoError;
use crate::attempt::Attempt;
use crate::http;
use crate::keys::KeyRings;
use crate::store::{Challenges, SsoUsers};
use crate::telemetry;

/// Checks logins.
pub struct Logins {
    /// Counters of attempts.
    pub challenges: Challenges,
    /// Users.
    pub users: SsoUsers,
    /// Keys that identities are computed under.
    pub identifier_keys: KeyRings,
    /// Checks passwords, one at a time.
    pub hasher: Hasher,
}

/// A right password, and whose it is.
pub struct Login {
    /// The user as of now.
    pub user: User,
    password: Password,
    verdict: Verdict,
    attempt: Attempt,
}

impl Logins {
    /// Fetches the keys ahead of the first request.
    pub async fn prime(&self) {
        self.identifier_keys.prime().await;
    }

    /// The user whose email and password are in the request's form: counts the attempt, finds the
    /// user, compares. An email of nobody takes the same way.
    ///
    /// # Errors
    /// `LoginRefused`, `RateLimited`, and `Unavailable`.
    pub async fn check(&self, request: &Request, now: Timestamp) -> Result<Login, SsoError> {
        let (email, password) = credentials(request).await?;
        let keys = self.identifier_keys.current(now).await?;
        let realm = OrganizationId::sso();
        let identity = Identity::of(&keys.current.bytes, &realm, &email);

        let attempt = Attempt::new(&realm, &identity, limit(), now);
        let (admission, user_id) =
            tokio::try_join!(attempt.count(&self.challenges), self.users.identified(&identity),)?;
        if admission == Admission::OverLimit {
            return Err(SsoError::RateLimited);
        }
        // An email of nobody takes the same way, with a user that can't be found.
        let user = self.users.find(&user_id.unwrap_or_else(UserId::random)).await?;

        let hash = user.as_ref().and_then(|user| user.password.as_ref());
        let verdict = self.hasher.check(&password, hash);
        let admitted = |user: &User| verdict != Verdict::Wrong && user.admits(now);
        let user = user.filter(admitted).ok_or(SsoError::LoginRefused)?;
        Ok(Login { user, password, verdict, attempt })
    }

    /// Takes the attempt out of the count again. That it can't be done is not worth refusing a right
    /// password for.
    pub async fn take_back(&self, login: &Login) {
        telemetry::forgive(login.attempt.take_back(&self.challenges).await);
    }

    /// Notes a sign-in: in the user's `last_login`, with a new hash if the old one is outdated, and
    /// out of the count of attempts. None of it is worth refusing a right password for.
    pub async fn note_sign_in(&self, login: &Login, now: Timestamp) {
        let Login { user, password, verdict, .. } = login;
        let rehash = async {
            match (&user.password, verdict) {
                (Some(old), Verdict::RightButOutdated) => {
                    self.users.rehash(user.id, old, &self.hasher.hash(password)).await
                }
                _ => Ok(()),
            }
        };
        let signed_in = self.users.signed_in(user.id, now);
        let ((), noted, rehashed) = tokio::join!(self.take_back(login), signed_in, rehash);
        telemetry::forgive(noted);
        telemetry::forgive(rehashed);
    }
}

/// The realm has no settings of its own. Attempts are counted per email, not per client: a portal
/// signs everybody in under one client pair, and would be locked out by a few who mistype.
fn limit() -> Limit {
    NonZeroU32::new(DEFAULT_PASSWORD_ATTEMPTS)
}

async fn credentials(request: &Request) -> Result<(Identifier, Password), SsoError> {
    let mut form = http::form(request).await?;
    let email = Email::parse(&form.take("email").unwrap_or_default());
    let password = Password::parse(form.take("password").unwrap_or_default());
    match (email, password) {
        (Ok(email), Ok(password)) => Ok((Identifier::Email(email), password)),
        _ => Err(SsoError::LoginRefused),
    }
}
