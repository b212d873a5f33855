//! One attempt at a password, and the room that there is for it.

use domain::decide::Admission;
use domain::id::{Nonce, OrganizationId};
use domain::identifier::Identity;
use domain::limits::{Limit, Window};
use domain::time::Timestamp;

use crate::store::{Challenges, Counter};

/// Counted before anything is compared, so that parallel guesses don't outrun the count, and taken
/// back when the password turns out to be right. Without a limit nothing is counted.
pub struct Attempt {
    counter: Counter,
    nonce: Nonce,
    limit: Limit,
    window: Window,
}

impl Attempt {
    /// A fresh one for this identity.
    #[must_use]
    pub fn new(
        organization: &OrganizationId,
        identity: &Identity,
        limit: Limit,
        now: Timestamp,
    ) -> Self {
        let window = Window::quarter_hour(now);
        let counter = Counter::passwords(organization, identity, window);
        Self { counter, nonce: Nonce::random(), limit, window }
    }

    /// Counts it, if there is room.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn count(&self, challenges: &Challenges) -> anyhow::Result<Admission> {
        match self.limit {
            Some(limit) => challenges.count(&self.counter, &self.nonce, limit).await,
            None => Ok(Admission::Admitted),
        }
    }

    /// Takes it out of the count again.
    ///
    /// # Errors
    /// As [`Attempt::count`].
    pub async fn take_back(&self, challenges: &Challenges) -> anyhow::Result<()> {
        match self.limit {
            Some(_) => challenges.take_back(&self.counter, &self.nonce).await,
            None => Ok(()),
        }
    }

    /// Seconds until there is room again, if there is none.
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> u64 {
        self.window.seconds_left(now)
    }
}
