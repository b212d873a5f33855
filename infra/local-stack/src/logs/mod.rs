//! CloudWatch Logs: the log groups of the template, with what functions print and what callers put into them.

mod batch;
mod error;
mod group;
mod line;
mod pattern;
mod place;
mod query;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;

pub(crate) use batch::{Event, MAXIMUM_BYTES, OVERHEAD, Rejected};
pub(crate) use error::Error;
pub(crate) use pattern::Pattern;
pub(crate) use query::{MAXIMUM_EVENTS, Page, Position, Query, Streams};

use crate::clock;
use crate::template::LogGroup;
use group::{Bounds, Group};
use place::Place;

const BOUNDS: Bounds = Bounds { events: 1_000_000, bytes: 1 << 29, streams: 10_000 };

/// The log groups by name.
pub(crate) struct Logs(BTreeMap<String, (LogGroup, Mutex<Group>)>);

impl Logs {
    /// With a data folder, the events of earlier runs are still there.
    pub(crate) fn open(groups: &[LogGroup], data: Option<&Path>, local: &Path) -> Result<Self> {
        let open = |group: &LogGroup| {
            let stored = Group::open(Place::of(&group.id, data, local), BOUNDS)?;
            Ok((group.name.clone(), (group.clone(), Mutex::new(stored))))
        };
        Ok(Self(groups.iter().map(open).collect::<Result<_>>()?))
    }

    /// In the order of their names.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &LogGroup> {
        self.0.values().map(|(group, _)| group)
    }

    pub(crate) fn create_stream(&self, group: &str, stream: &str) -> Result<(), Error> {
        if stream.is_empty() || stream.len() > 512 || stream.contains([':', '*']) {
            let message = "logStreamName has 1 to 512 characters, and neither ':' nor '*'.";
            return Err(Error::Invalid(message.to_owned()));
        }
        self.group(group)?.1.create_stream(stream)
    }

    pub(crate) fn put(
        &self,
        group: &str,
        stream: &str,
        events: &[Event],
    ) -> Result<Option<Rejected>, Error> {
        let (retention, mut group) = self.group(group)?;
        let now = clock::now();
        let (good, rejected) = batch::check(events, now, retention).map_err(Error::Invalid)?;
        group.put(stream, &events[good], now)?;
        Ok(rejected)
    }

    pub(crate) fn filter(&self, group: &str, query: &Query) -> Result<Page, Error> {
        let (retention, group) = self.group(group)?;
        group.filter(query, clock::now().minus(retention))
    }

    fn group(&self, name: &str) -> Result<(Duration, MutexGuard<'_, Group>), Error> {
        let (group, stored) = self.0.get(name).ok_or(Error::GroupNotFound)?;
        let retention = Duration::from_hours(24 * group.retention_days);
        Ok((retention, stored.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
