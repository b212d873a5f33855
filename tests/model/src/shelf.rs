//! A table as a sorted list: it has few items, and is cheap to copy and to hash.

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shelf<K, V>(Vec<(K, V)>);

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord + Copy, V> Shelf<K, V> {
    fn place(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by(|(found, _)| found.cmp(&key))
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.place(key).ok().and_then(|place| self.0.get(place)).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        match self.place(key) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (key, value)),
        }
    }

    pub(crate) fn remove(&mut self, key: K) {
        self.0.retain(|(found, _)| *found != key);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    /// The values of each key in this shelf and in another one.
    pub(crate) fn join<'s>(
        &'s self,
        other: &'s Self,
    ) -> impl Iterator<Item = (Option<&'s V>, Option<&'s V>)> {
        let added = other.iter().filter(|(key, _)| self.get(*key).is_none());
        let both = self.iter().map(|(key, value)| (Some(value), other.get(key)));
        both.chain(added.map(|(_, value)| (None, Some(value))))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}
