//! A value that an instance fetches, caches for a while, and then refreshes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use domain::time::Timestamp;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::outage::Unavailable;

/// The timeout of a refresh while a value is cached. A request that can use the cached value must not
/// spend its time on a source that doesn't answer.
const REFRESH_TIMEOUT: Duration = Duration::from_millis(500);

type Fetch<T> = Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<T>> + Send + Sync>;

/// One value, with the time at which it was fetched.
pub struct Cached<T> {
    lifetime: Duration,
    pause: Duration,
    fetch: Fetch<T>,
    state: Mutex<State<T>>,
    /// Who needs a value that is being fetched waits for it, instead of fetching it once more.
    turn: tokio::sync::Mutex<()>,
}

struct State<T> {
    value: Option<(Arc<T>, Timestamp)>,
    tried_at: Option<Timestamp>,
}

impl<T> Cached<T> {
    /// Without a value at first. It is refreshed after `lifetime`, and earlier at most once per
    /// `pause`, so that callers can't cause a fetch with each request.
    pub fn new(
        lifetime: Duration,
        pause: Duration,
        fetch: impl Fn() -> BoxFuture<'static, anyhow::Result<T>> + Send + Sync + 'static,
    ) -> Self {
        let state = State { value: None, tried_at: None };
        let (fetch, state) = (Box::new(fetch), Mutex::new(state));
        Self { lifetime, pause, fetch, state, turn: tokio::sync::Mutex::default() }
    }

    /// The value, refreshed if it is stale. If the refresh fails, the cached value.
    pub async fn current(&self, now: Timestamp) -> anyhow::Result<Arc<T>> {
        if let Some(value) = self.fresh(now) {
            return Ok(value);
        }
        let _turn = self.turn.lock().await;
        if let Some(value) = self.fresh(now) {
            return Ok(value);
        }
        match self.cached() {
            Some(stale) => Ok(self.refreshed(stale, now).await),
            None => self.fetched(now).await,
        }
    }

    /// The value as it is cached, however old it is.
    pub fn cached(&self) -> Option<Arc<T>> {
        self.value().map(|(value, _)| value)
    }

    /// The cached value, if it needs no refresh now.
    fn fresh(&self, now: Timestamp) -> Option<Arc<T>> {
        let (value, fetched_at) = self.value()?;
        let is_fresh = now.since(fetched_at) < self.lifetime || self.was_tried_recently(now);
        is_fresh.then_some(value)
    }

    /// The value, if it was fetched within `age`.
    ///
    /// # Errors
    /// [`Unavailable`] also if the cached value is older and could not be refreshed.
    pub async fn current_within(&self, age: Duration, now: Timestamp) -> anyhow::Result<Arc<T>> {
        let value = self.current(now).await?;
        if self.age(now).is_some_and(|cached_for| cached_for > age) {
            return Err(anyhow!("the cached value is too old").context(Unavailable));
        }
        Ok(value)
    }

    /// What `look` finds in the value. If it finds nothing, the value is refreshed, at most once per
    /// pause, and searched again.
    ///
    /// # Errors
    /// [`Unavailable`] also if a stale value has no match: the source may have one.
    pub async fn find<R>(
        &self,
        look: impl Fn(&T) -> Option<R>,
        now: Timestamp,
    ) -> anyhow::Result<Option<R>> {
        let value = self.current(now).await?;
        if let Some(found) = look(&value) {
            return Ok(Some(found));
        }
        let value =
            if self.was_tried_recently(now) { value } else { self.refreshed(value, now).await };
        let found = look(&value);
        let is_stale = self.age(now).is_none_or(|age| age >= self.lifetime);
        if found.is_none() && is_stale {
            return Err(anyhow!("the cached value is stale").context(Unavailable));
        }
        Ok(found)
    }

    fn age(&self, now: Timestamp) -> Option<Duration> {
        self.value().map(|(_, fetched_at)| now.since(fetched_at))
    }

    async fn refreshed(&self, cached: Arc<T>, now: Timestamp) -> Arc<T> {
        let refreshed = tokio::time::timeout(REFRESH_TIMEOUT, self.fetched(now)).await;
        let refreshed = refreshed.context("no answer in time").flatten();
        refreshed.unwrap_or_else(|error| {
            tracing::warn!("refresh failed, serving the cached value: {error:#}");
            cached
        })
    }

    async fn fetched(&self, now: Timestamp) -> anyhow::Result<Arc<T>> {
        self.with(|state| state.tried_at = Some(now));
        let value = Arc::new((self.fetch)().await?);
        self.with(|state| state.value = Some((Arc::clone(&value), now)));
        Ok(value)
    }

    fn value(&self) -> Option<(Arc<T>, Timestamp)> {
        self.with(|state| state.value.clone())
    }

    fn was_tried_recently(&self, now: Timestamp) -> bool {
        let tried_at = self.with(|state| state.tried_at);
        tried_at.is_some_and(|tried_at| now.since(tried_at) < self.pause)
    }

    fn with<R>(&self, access: impl FnOnce(&mut State<T>) -> R) -> R {
        access(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A cached value that can be refreshed without being read.
pub trait Refresh: Send + Sync {
    /// Refreshes the value, if one is cached and it is stale.
    fn refresh_if_stale(&self, now: Timestamp) -> BoxFuture<'_, ()>;
}

impl<T: Send + Sync> Refresh for Cached<T> {
    fn refresh_if_stale(&self, now: Timestamp) -> BoxFuture<'_, ()> {
        async move {
            if self.cached().is_some() {
                // A failure is logged, and the stale value served.
                let _ = self.current(now).await;
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    /// Counts fetches. A test can make it fail or not answer.
    #[derive(Default)]
    struct Switch {
        is_down: AtomicBool,
        is_silent: AtomicBool,
        fetches: AtomicU32,
    }

    struct Source {
        switch: Arc<Switch>,
        cached: Cached<u32>,
    }

    impl Source {
        fn new() -> Self {
            let switch = Arc::new(Switch::default());
            let of_fetch = Arc::clone(&switch);
            let fetch = move || {
                let switch = Arc::clone(&of_fetch);
                async move {
                    let nth = switch.fetches.fetch_add(1, Ordering::Relaxed);
                    if switch.is_silent.load(Ordering::Relaxed) {
                        std::future::pending::<()>().await;
                    }
                    anyhow::ensure!(!switch.is_down.load(Ordering::Relaxed), "down");
                    Ok(nth)
                }
                .boxed()
            };
            let cached = Cached::new(Duration::from_mins(5), Duration::from_secs(30), fetch);
            Self { switch, cached }
        }

        async fn current(&self, works: bool, second: i64) -> Option<u32> {
            self.switch.is_down.store(!works, Ordering::Relaxed);
            let now = Timestamp::from_seconds(second);
            self.cached.current(now).await.ok().map(|value| *value)
        }

        /// Looks for a value that was fetched as the `nth`, from 0, or later.
        async fn find(&self, nth: u32, works: bool, second: i64) -> anyhow::Result<Option<u32>> {
            self.switch.is_down.store(!works, Ordering::Relaxed);
            let look = |value: &u32| (*value >= nth).then_some(*value);
            self.cached.find(look, Timestamp::from_seconds(second)).await
        }
    }

    #[tokio::test]
    async fn a_value_is_fetched_once_per_lifetime_and_served_through_an_outage() {
        let source = Source::new();
        assert_eq!(source.current(false, 0).await, None);
        assert_eq!(source.current(true, 0).await, Some(1), "with nothing cached each call tries");
        assert_eq!(source.current(true, 299).await, Some(1));
        assert_eq!(source.current(false, 300).await, Some(1), "tried, failed, served");
        assert_eq!(source.current(true, 329).await, Some(1), "just tried");
        let age = |age| source.cached.current_within(age, Timestamp::from_seconds(329));
        assert!(age(Duration::from_secs(329)).await.is_ok());
        assert!(age(Duration::from_secs(328)).await.is_err());
        assert_eq!(source.current(true, 330).await, Some(3));
    }

    #[tokio::test]
    async fn callers_at_once_share_one_refresh() {
        let source = Source::new();
        source.cached.refresh_if_stale(Timestamp::from_seconds(0)).await;
        assert_eq!(source.switch.fetches.load(Ordering::Relaxed), 0, "nothing is cached yet");
        assert_eq!(source.current(true, 0).await, Some(0));
        let now = Timestamp::from_seconds(300);
        let (first, (), second) = tokio::join!(
            source.cached.current(now),
            source.cached.refresh_if_stale(now),
            source.cached.current(now),
        );
        assert_eq!((*first.unwrap(), *second.unwrap()), (1, 1));
    }

    #[tokio::test]
    async fn looking_for_something_that_is_missing_fetches_once_per_pause() {
        let source = Source::new();
        assert_eq!(source.find(0, true, 0).await.unwrap(), Some(0));
        assert_eq!(source.find(1, true, 29).await.unwrap(), None, "just fetched");
        assert_eq!(source.find(1, true, 30).await.unwrap(), Some(1));
        assert_eq!(source.find(2, false, 60).await.unwrap(), None, "down, and not stale yet");
        assert_eq!(source.find(3, true, 89).await.unwrap(), None, "just tried");
        assert_eq!(source.find(3, true, 90).await.unwrap(), Some(3));
    }

    #[tokio::test]
    async fn nothing_is_called_missing_from_a_stale_value() {
        let source = Source::new();
        assert_eq!(source.find(0, true, 0).await.unwrap(), Some(0));
        let missing = source.find(9, false, 300).await.unwrap_err();
        assert!(crate::outage::is_unavailable(&missing));
        assert_eq!(
            source.find(0, false, 301).await.unwrap(),
            Some(0),
            "an entry of the stale value is found"
        );
    }

    #[tokio::test]
    async fn a_source_that_does_not_answer_is_not_waited_for_while_a_value_is_cached() {
        let source = Source::new();
        assert_eq!(source.current(true, 0).await, Some(0));
        source.switch.is_silent.store(true, Ordering::Relaxed);
        assert_eq!(source.current(true, 300).await, Some(0));
        assert!(source.find(1, true, 360).await.is_err());
    }
}
