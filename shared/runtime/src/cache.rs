//! A small map whose entries expire.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::time::Timestamp;

/// More entries are not worth caching: an instance serves one call at a time.
const CAPACITY: usize = 1024;

/// Caches up to 1024 values for `lifetime` each.
#[derive(Debug)]
pub struct Cache<K, V> {
    lifetime: Duration,
    entries: Mutex<HashMap<K, (Timestamp, V)>>,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, entries: Mutex::default() }
    }

    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (stored_at, value) = entries.get(key)?;
        (now.since(*stored_at) < self.lifetime).then(|| value.clone())
    }

    pub fn put(&self, key: K, value: V, now: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.retain(|_, (stored_at, _)| now.since(*stored_at) < self.lifetime);
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(key, (now, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_expire_and_never_pile_up() {
        let cache = Cache::new(Duration::from_mins(1));
        let at = Timestamp::from_seconds;
        cache.put(0, "zero", at(0));
        assert_eq!(cache.get(&0, at(59)), Some("zero"));
        assert_eq!(cache.get(&0, at(60)), None);
        for key in 0..10_000 {
            cache.put(key, "filler", at(100));
        }
        let cached = (0..10_000).filter(|key| cache.get(key, at(100)).is_some()).count();
        assert!((1..=CAPACITY).contains(&cached), "{cached}");
    }
}
