//! The one sequence that checks a password, for both surfaces that have them: count the attempt, look
//! the account up, compare, take the attempt back if the password was right.

use domain::decide::Admission;
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

/// The accounts of one realm: an organization's users, or the identity provider's.
#[expect(async_fn_in_trait, reason = "a function runs on one thread: its futures are never sent")]
pub trait Accounts {
    type User;

    /// The id of the user that an identity leads to.
    async fn identified(&self, identity: &Identity) -> anyhow::Result<Option<UserId>>;

    /// The user of this id, if the identity is theirs.
    async fn find(&self, identity: &Identity, id: &UserId) -> anyhow::Result<Option<Self::User>>;

    fn hash(user: &Self::User) -> Option<&PasswordHash>;

    /// Whether the user may sign in now.
    fn admits(user: &Self::User, now: Timestamp) -> bool;

    /// Stores a new hash of the password that `old` is a hash of.
    async fn rehash(
        &self,
        user: &Self::User,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> anyhow::Result<()>;
}

/// What a caller presents.
pub struct Credentials {
    pub realm: OrganizationId,
    pub identifier: Identifier,
    pub password: Password,
}

/// What a check came to.
#[must_use]
pub enum PasswordCheck<U> {
    /// The right password of a user who may sign in. The attempt is still counted.
    Right(Login<U>),
    /// No such user, one who may not sign in, or another password.
    Wrong,
    /// Too many attempts for this identifier: nothing was compared.
    OverLimit {
        /// Seconds until the window ends.
        retry_after: u64,
    },
}

/// A right password, and its user.
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
        Ok(Self {
            counters: Counters::new(aws)?,
            identifier_keys: KeyRings::new(aws, KeyRingName::Identifier)?,
            hasher: Hasher::new(),
        })
    }

    /// Checks a password. The attempt is counted before anything is compared, so that parallel guesses
    /// don't outrun the count, and a guess too many doesn't cost a hash. An unknown identifier takes
    /// the same steps, with a user that can't be found.
    pub async fn check<A: Accounts>(
        &self,
        accounts: &A,
        credentials: Credentials,
        limit: Limit,
        now: Timestamp,
    ) -> anyhow::Result<PasswordCheck<A::User>> {
        let Credentials { realm, identifier, password } = credentials;
        let keys = self.identifier_keys.current(now).await?;
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
        let user = accounts.find(&identity, &id.unwrap_or_else(UserId::random)).await?;
        let verdict = self.hasher.check(&password, user.as_ref().and_then(A::hash));
        let is_outdated = match verdict {
            Verdict::Wrong => return Ok(PasswordCheck::Wrong),
            Verdict::Right => false,
            Verdict::RightButOutdated => true,
        };
        Ok(match user.filter(|user| A::admits(user, now)) {
            Some(user) => PasswordCheck::Right(Login { user, password, is_outdated, attempt }),
            None => PasswordCheck::Wrong,
        })
    }

    /// Takes the attempt out of the count again. A failure of that is no reason to refuse a right
    /// password.
    pub async fn take_back<U>(&self, login: &Login<U>) {
        telemetry::forgive(login.attempt.take_back(&self.counters).await);
    }

    /// Replaces an outdated hash. A failure of that is no reason to refuse a right password.
    pub async fn rehash<A: Accounts>(&self, accounts: &A, login: &Login<A::User>) {
        if let (true, Some(old)) = (login.is_outdated, A::hash(&login.user)) {
            let new = self.hasher.hash(&login.password);
            telemetry::forgive(accounts.rehash(&login.user, old, &new).await);
        }
    }
}

/// One attempt, in its counter's window. Without a limit nothing is counted.
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
        match self.limit {
            Some(limit) => counters.count(&self.counter, &self.nonce, limit).await,
            None => Ok(Admission::Admitted),
        }
    }

    async fn take_back(&self, counters: &Counters) -> anyhow::Result<()> {
        match self.limit {
            Some(_) => counters.take_back(&self.counter, &self.nonce).await,
            None => Ok(()),
        }
    }
}
