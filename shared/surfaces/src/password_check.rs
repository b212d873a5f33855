//! The sequence that checks a password, for both surfaces with passwords: count the attempt, read the
//! account, compare the password, and remove the attempt from the count if the password was right.

use domain::decide::Admission;
use domain::fence;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::{Identifier, Identity};
use domain::limits::{Limit, Window};
use domain::password::{Hasher, Password, PasswordHash, Verdict};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::telemetry;
use store::{Counter, Counters};

/// The accounts of one realm: those of an organization, or of the identity provider.
#[expect(async_fn_in_trait, reason = "a function runs on one thread: its futures are never sent")]
pub trait Accounts {
    type User;

    /// The id of the user that an identity leads to.
    async fn identified(&self, identity: &Identity) -> anyhow::Result<Option<UserId>>;

    /// The user with this id, if the user owns the identity.
    async fn find(&self, identity: &Identity, id: &UserId) -> anyhow::Result<Option<Self::User>>;

    fn hash(user: &Self::User) -> Option<&PasswordHash>;

    /// Whether the user may sign in.
    fn is_enabled(user: &Self::User) -> bool;

    /// The instant of the user's latest sign-out everywhere.
    fn valid_after(user: &Self::User) -> Option<Timestamp>;

    /// Replaces the hash `old` of a password by `new`.
    async fn rehash(
        &self,
        user: &Self::User,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> anyhow::Result<()>;
}

pub struct Credentials {
    pub realm: OrganizationId,
    pub identifier: Identifier,
    pub password: Password,
}

/// The result of checking a password.
#[must_use]
pub enum PasswordCheck<U> {
    /// The password is right, and the user may sign in. The attempt is still counted.
    Right(Login<U>),
    /// The user was not found or may not sign in, or the password is wrong.
    Wrong,
    /// The password is right, but a sign-out of the user everywhere is not over. Nothing is counted.
    SignOutNotOver {
        /// Seconds until it is over.
        retry_after: u64,
    },
    /// There were too many attempts for this identifier. Nothing was compared.
    OverLimit {
        /// Seconds until the window ends.
        retry_after: u64,
    },
}

/// A user who gave the right password.
pub struct Login<U> {
    pub user: U,
    password: Password,
    is_outdated: bool,
    attempt: Attempt,
}

/// Checks passwords, one at a time.
pub struct Passwords {
    counters: Counters,
    identifier_keys: KeyRings,
    hasher: Hasher,
}

impl Passwords {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(2);
        Ok(Self {
            counters: Counters::new(aws)?,
            identifier_keys: KeyRings::new(aws, KeyRingName::Identifier)?,
            hasher: Hasher::new(),
        })
    }

    /// Checks a password. The attempt is counted before the password is compared, so that parallel
    /// attempts can't exceed the limit, and an attempt over the limit doesn't cost a hash. An unknown
    /// identifier takes the same steps, with a random user id.
    pub async fn check<A: Accounts>(
        &self,
        accounts: &A,
        credentials: Credentials,
        limit: Limit,
        now: Timestamp,
    ) -> anyhow::Result<PasswordCheck<A::User>> {
        let Credentials { realm, identifier, password } = credentials;
        let keys = self.identifier_keys.permanent(now).await?;
        let identity = Identity::of(&keys.current.bytes, &realm, &identifier);
        let attempt = Attempt::new(&realm, &identity, limit, now);
        let (admission, id) =
            tokio::try_join!(attempt.count(&self.counters), accounts.identified(&identity))?;
        match admission {
            Admission::OverLimit => {
                let retry_after = attempt.window.seconds_left(now);
                return Ok(PasswordCheck::OverLimit { retry_after });
            }
            Admission::Admitted => {}
        }
        let id = id.unwrap_or_else(UserId::random);
        let user = accounts.find(&identity, &id).await?;
        if user.is_some() {
            telemetry::user(&id);
        }
        let verdict = self.hasher.check(&password, user.as_ref().and_then(A::hash));
        let is_outdated = match verdict {
            Verdict::Wrong => {
                let is_unknown = user.is_none();
                telemetry::failed_step(if is_unknown { "USER_UNKNOWN" } else { "PASSWORD_WRONG" });
                return Ok(PasswordCheck::Wrong);
            }
            Verdict::Right => false,
            Verdict::RightButOutdated => true,
        };
        let Some(user) = user.filter(A::is_enabled) else {
            telemetry::failed_step("USER_REFUSED");
            return Ok(PasswordCheck::Wrong);
        };
        if let Some(retry_after) = fence::seconds_left(A::valid_after(&user), now) {
            telemetry::warn_if_failed(attempt.take_back(&self.counters).await);
            return Ok(PasswordCheck::SignOutNotOver { retry_after });
        }
        Ok(PasswordCheck::Right(Login { user, password, is_outdated, attempt }))
    }

    /// Removes the attempt from the count. If that fails, it is only logged: the password was right.
    pub async fn take_back<U>(&self, login: &Login<U>) {
        telemetry::warn_if_failed(login.attempt.take_back(&self.counters).await);
    }

    /// Replaces an outdated hash. If that fails, it is only logged: the password was right.
    pub async fn rehash<A: Accounts>(&self, accounts: &A, login: &Login<A::User>) {
        if let (true, Some(old)) = (login.is_outdated, A::hash(&login.user)) {
            let new = self.hasher.hash(&login.password);
            telemetry::warn_if_failed(accounts.rehash(&login.user, old, &new).await);
        }
    }
}

/// One attempt, and the window in which it counts.
struct Attempt {
    counter: Counter,
    nonce: Nonce,
    limit: Limit,
    window: Window,
}

impl Attempt {
    fn new(realm: &OrganizationId, identity: &Identity, limit: Limit, now: Timestamp) -> Self {
        let window = Window::quarter_hour(now);
        let counter = Counter::passwords(realm, identity, window);
        Self { counter, nonce: Nonce::random(), limit, window }
    }

    async fn count(&self, counters: &Counters) -> anyhow::Result<Admission> {
        counters.count(&self.counter, &self.nonce, self.limit).await
    }

    async fn take_back(&self, counters: &Counters) -> anyhow::Result<()> {
        counters.take_back(&self.counter, &self.nonce).await
    }
}
