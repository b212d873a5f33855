//! Something from elsewhere that an instance keeps for a while, then looks at again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use domain::time::Timestamp;

/// How long a new value is waited for while one is held: a request that can be answered with what is
/// here must not spend its time on a source that says nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// One value, with the time at which it was fetched.
pub(crate) struct Kept<T> {
    lifetime: Duration,
    pause: Duration,
    held: Mutex<Held<T>>,
}

struct Held<T> {
    value: Option<(Arc<T>, Timestamp)>,
    tried_at: Option<Timestamp>,
}

impl<T> Kept<T> {
    /// Nothing yet. Looked at again after `lifetime`, and out of turn at most once per `pause`, so that
    /// callers can't drive fetches.
    pub(crate) fn new(lifetime: Duration, pause: Duration) -> Self {
        let held = Held { value: None, tried_at: None };
        Self { lifetime, pause, held: Mutex::new(held) }
    }

    /// The value. When it is due to be looked at again but can't be, the one we hold is used on.
    pub(crate) async fn current(
        &self,
        fetch: impl Future<Output = anyhow::Result<T>>,
        now: Timestamp,
    ) -> anyhow::Result<Arc<T>> {
        let Some((value, fetched_at)) = self.value() else { return self.fetched(fetch, now).await };
        if now.since(fetched_at) < self.lifetime || self.was_tried_recently(now) {
            return Ok(value);
        }
        self.fetched(soon(fetch), now).await.or_else(|error| {
            tracing::warn!("use on what is held: {error:#}");
            Ok(value)
        })
    }

    /// The value for somebody who misses something in the one that is held: looked at again, unless
    /// that happened just now.
    pub(crate) async fn looked_up(
        &self,
        fetch: impl Future<Output = anyhow::Result<T>>,
        now: Timestamp,
    ) -> anyhow::Result<Arc<T>> {
        match self.value() {
            Some((value, _)) if self.was_tried_recently(now) => Ok(value),
            Some((value, _)) => self.fetched(soon(fetch), now).await.or_else(|error| {
                tracing::warn!("look for what is missing: {error:#}");
                Ok(value)
            }),
            None => self.fetched(fetch, now).await,
        }
    }

    /// How long ago the value was fetched that is held now.
    pub(crate) fn age(&self, now: Timestamp) -> Option<Duration> {
        self.value().map(|(_, fetched_at)| now.since(fetched_at))
    }

    async fn fetched(
        &self,
        fetch: impl Future<Output = anyhow::Result<T>>,
        now: Timestamp,
    ) -> anyhow::Result<Arc<T>> {
        self.with(|held| held.tried_at = Some(now));
        let value = Arc::new(fetch.await?);
        self.with(|held| held.value = Some((Arc::clone(&value), now)));
        Ok(value)
    }

    fn value(&self) -> Option<(Arc<T>, Timestamp)> {
        self.with(|held| held.value.clone())
    }

    fn was_tried_recently(&self, now: Timestamp) -> bool {
        let tried_at = self.with(|held| held.tried_at);
        tried_at.is_some_and(|tried_at| now.since(tried_at) < self.pause)
    }

    fn with<R>(&self, access: impl FnOnce(&mut Held<T>) -> R) -> R {
        access(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn soon<T>(fetch: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, fetch).await.context("nothing was heard of it in time")?
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Counts fetches; fails while told to.
    struct Source {
        kept: Kept<u32>,
        fetches: AtomicU32,
    }

    impl Source {
        fn new() -> Self {
            let kept = Kept::new(Duration::from_mins(5), Duration::from_secs(30));
            Self { kept, fetches: AtomicU32::new(0) }
        }

        fn fetch(&self, works: bool) -> impl Future<Output = anyhow::Result<u32>> {
            std::future::poll_fn(move |_| {
                let nth = self.fetches.fetch_add(1, Ordering::Relaxed);
                std::task::Poll::Ready(if works { Ok(nth) } else { Err(anyhow::anyhow!("down")) })
            })
        }

        async fn current(&self, works: bool, second: i64) -> Option<u32> {
            let now = Timestamp::from_seconds(second);
            self.kept.current(self.fetch(works), now).await.ok().map(|value| *value)
        }

        async fn looked_up(&self, works: bool, second: i64) -> Option<u32> {
            let now = Timestamp::from_seconds(second);
            self.kept.looked_up(self.fetch(works), now).await.ok().map(|value| *value)
        }
    }

    #[tokio::test]
    async fn a_value_is_fetched_once_per_lifetime_and_used_on_in_an_outage() {
        let source = Source::new();
        assert_eq!(source.current(false, 0).await, None);
        assert_eq!(source.current(true, 0).await, Some(1), "with nothing held each call tries");
        assert_eq!(source.current(true, 299).await, Some(1));
        assert_eq!(source.current(false, 300).await, Some(1), "tried, failed, used on");
        assert_eq!(source.current(true, 329).await, Some(1), "just tried");
        assert_eq!(source.kept.age(Timestamp::from_seconds(329)), Some(Duration::from_secs(329)));
        assert_eq!(source.current(true, 330).await, Some(3));
    }

    #[tokio::test]
    async fn looking_for_what_is_missing_fetches_once_per_pause() {
        let source = Source::new();
        assert_eq!(source.looked_up(true, 0).await, Some(0));
        assert_eq!(source.looked_up(true, 29).await, Some(0));
        assert_eq!(source.looked_up(false, 30).await, Some(0));
        assert_eq!(source.looked_up(true, 59).await, Some(0));
        assert_eq!(source.looked_up(true, 60).await, Some(2));
    }

    #[tokio::test]
    async fn a_source_that_says_nothing_is_not_waited_for_while_a_value_is_held() {
        let source = Source::new();
        assert_eq!(source.current(true, 0).await, Some(0));
        let later = Timestamp::from_seconds(300);
        let current = source.kept.current(std::future::pending(), later).await;
        assert_eq!(current.ok().as_deref(), Some(&0));
        let missed =
            source.kept.looked_up(std::future::pending(), later.plus(Duration::from_mins(1)));
        assert_eq!(missed.await.ok().as_deref(), Some(&0));
    }
}
