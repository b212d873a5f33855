//! The streams and events of one log group, in a file of JSON lines. The memory has only where each event is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result};
use domain::time::Timestamp;

use super::batch::{Event, MAXIMUM_BYTES};
use super::error::Error;
use super::line::{Line, Stored};
use super::place::Place;
use super::query::{Found, Page, Position, Query, Streams};

/// How many events a page looks at, so that a page may be empty although more follow.
const SCANNED: usize = 2000;

/// How large a group may become. An eighth of its events goes then, the oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: u64,
    pub(super) streams: usize,
}

pub(super) struct Group {
    place: Place,
    file: File,
    length: u64,
    bounds: Bounds,
    /// In the order of their positions.
    events: Vec<Entry>,
    streams: Vec<String>,
    by_name: BTreeMap<String, u32>,
    next_number: u64,
}

/// Where an event is in the file.
#[derive(Clone, Copy)]
struct Entry {
    position: Position,
    offset: u64,
    length: u32,
    stream: u32,
}

impl Group {
    pub(super) fn open(place: Place, bounds: Bounds) -> Result<Self> {
        let file = place.open().with_context(|| format!("open {place}"))?;
        Self::read_from(place, file, bounds)
    }

    fn read_from(place: Place, file: File, bounds: Bounds) -> Result<Self> {
        let mut group = Self {
            place,
            file,
            length: 0,
            bounds,
            events: Vec::new(),
            streams: Vec::new(),
            by_name: BTreeMap::new(),
            next_number: 0,
        };
        group.load()?;
        Ok(group)
    }

    /// Reads the file. A last line without its end was being written when the stack ended.
    fn load(&mut self) -> Result<()> {
        (&self.file).rewind()?;
        let mut reader = BufReader::new(self.file.try_clone()?);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            if line.last() != Some(&b'\n') {
                self.file.set_len(self.length)?;
                break;
            }
            let parsed = Line::parse(&line).with_context(|| {
                let (place, at) = (&self.place, self.length);
                format!("{place} is damaged at byte {at}: delete it to go on without its log")
            })?;
            let stream = self.add_stream(&parsed.stream);
            if let Some(event) = &parsed.event {
                let position = Position { timestamp: event.timestamp, number: event.number };
                let (offset, length) = (self.length, u32::try_from(read)?);
                self.events.push(Entry { position, offset, length, stream });
                self.next_number = self.next_number.max(event.number + 1);
            }
            self.length += read as u64;
        }
        self.events.sort_by_key(|entry| entry.position);
        Ok(())
    }

    fn add_stream(&mut self, name: &str) -> u32 {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let id = u32::try_from(self.streams.len()).unwrap_or(u32::MAX);
        self.streams.push(name.to_owned());
        self.by_name.insert(name.to_owned(), id);
        id
    }

    pub(super) fn create_stream(&mut self, name: &str) -> Result<(), Error> {
        if self.by_name.contains_key(name) {
            return Err(Error::StreamExists);
        }
        self.append(&Line::of_stream(name).bytes()?)?;
        self.add_stream(name);
        Ok(())
    }

    pub(super) fn put(
        &mut self,
        stream: &str,
        events: &[Event],
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = *self.by_name.get(stream).ok_or(Error::StreamNotFound)?;
        let (mut lines, mut entries) = (Vec::new(), Vec::new());
        for (event, number) in events.iter().zip(self.next_number..) {
            let stored = Stored {
                number,
                timestamp: event.timestamp,
                ingested: now.millis(),
                message: event.message.as_str().into(),
            };
            let line = Line { stream: stream.into(), event: Some(stored) }.bytes()?;
            let position = Position { timestamp: event.timestamp, number };
            let offset = self.length + lines.len() as u64;
            let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
            entries.push(Entry { position, offset, length, stream: id });
            lines.extend(line);
        }
        self.append(&lines)?;
        self.next_number += entries.len() as u64;
        for entry in entries {
            let at = self.events.partition_point(|it| it.position < entry.position);
            self.events.insert(at, entry);
        }
        if self.events.len() > self.bounds.events || self.length > self.bounds.bytes {
            self.shrink()?;
        }
        Ok(())
    }

    /// Writes all or nothing.
    fn append(&mut self, lines: &[u8]) -> Result<(), Error> {
        if let Err(error) = self.file.write_all_at(lines, self.length) {
            // What was written is overwritten by the next line, or cut off when the file is read.
            let _ = self.file.set_len(self.length);
            return Err(error.into());
        }
        self.length += lines.len() as u64;
        Ok(())
    }

    /// Drops the oldest events, and of streams without events all but the newest.
    fn shrink(&mut self) -> Result<(), Error> {
        let kept = &self.events[self.events.len().div_ceil(8)..];
        let used: BTreeSet<_> = kept.iter().map(|entry| entry.stream).collect();
        let oldest = self.streams.len().saturating_sub(self.bounds.streams);
        let draft = self.place.draft()?;
        let mut writer = BufWriter::new(&draft);
        for (id, name) in (0..).zip(&self.streams) {
            if id as usize >= oldest || used.contains(&id) {
                writer.write_all(&Line::of_stream(name).bytes()?)?;
            }
        }
        for entry in kept {
            writer.write_all(&self.read(entry)?)?;
        }
        writer.flush()?;
        drop(writer);
        self.place.replace()?;
        let group = Self::read_from(self.place.clone(), draft, self.bounds);
        let group = group.map_err(|error| Error::Storage(std::io::Error::other(error)))?;
        let next_number = self.next_number;
        *self = Self { next_number, ..group };
        Ok(())
    }

    fn read(&self, entry: &Entry) -> Result<Vec<u8>, Error> {
        let mut line = vec![0; entry.length as usize];
        self.file.read_exact_at(&mut line, entry.offset)?;
        Ok(line)
    }

    fn found(&self, entry: &Entry) -> Result<Found, Error> {
        let line = self.read(entry)?;
        let line = Line::parse(&line).map_err(std::io::Error::from)?;
        let missing = || Error::Storage(std::io::ErrorKind::InvalidData.into());
        let event = line.event.ok_or_else(missing)?;
        let Position { timestamp, number } = entry.position;
        Ok(Found {
            event_id: format!("{timestamp:020}{number:036}"),
            log_stream_name: line.stream.into_owned(),
            timestamp,
            ingestion_time: event.ingested,
            message: event.message.into_owned(),
        })
    }

    /// The next page of the events from `oldest` on.
    pub(super) fn filter(&self, query: &Query, oldest: Timestamp) -> Result<Page, Error> {
        if let Streams::These(names) = &query.streams
            && names.iter().any(|name| !self.by_name.contains_key(name))
        {
            return Err(Error::StreamNotFound);
        }
        let from = query.from.max(oldest.millis());
        let is_before = |entry: &Entry| {
            entry.position.timestamp < from
                || query.after.is_some_and(|after| entry.position <= after)
        };
        let start = self.events.partition_point(is_before);
        let end = self.events.partition_point(|entry| entry.position.timestamp <= query.to);
        let (mut page, mut bytes) = (Page::default(), 0);
        let mut before = None;
        for (index, entry) in self.events[start..end.max(start)].iter().enumerate() {
            if index == SCANNED || page.events.len() == query.limit {
                page.next = before;
                break;
            }
            if query.streams.have(&self.streams[entry.stream as usize]) {
                let found = self.found(entry)?;
                if query.pattern.matches(&found.message) {
                    bytes += found.message.len();
                    if bytes > MAXIMUM_BYTES && !page.events.is_empty() {
                        page.next = before;
                        break;
                    }
                    page.events.push(found);
                }
            }
            before = Some(entry.position);
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::super::pattern::Pattern;
    use super::super::query::MAXIMUM_EVENTS;
    use super::*;

    const BOUNDS: Bounds = Bounds { events: 100_000, bytes: 1 << 29, streams: 2 };
    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn place() -> PathBuf {
        std::env::temp_dir().join(format!("postern-{}.jsonl", uuid::Uuid::new_v4()))
    }

    fn group(bounds: Bounds) -> Group {
        let group = Group::open(Place::Unnamed(std::env::temp_dir()), bounds);
        let mut group = group.unwrap();
        group.create_stream("a").unwrap();
        group
    }

    fn events(timestamps: impl IntoIterator<Item = i64>) -> Vec<Event> {
        let event = |timestamp| Event { timestamp, message: format!("event {timestamp}") };
        timestamps.into_iter().map(event).collect()
    }

    fn query(pattern: &str) -> Query {
        Query {
            streams: Streams::All,
            from: 0,
            to: i64::MAX,
            pattern: Pattern::parse(pattern).unwrap(),
            limit: MAXIMUM_EVENTS,
            after: None,
        }
    }

    /// The timestamps on each page.
    fn pages(group: &Group, mut query: Query) -> Vec<Vec<i64>> {
        let mut pages = Vec::new();
        loop {
            let page = group.filter(&query, Timestamp::from_millis(0)).unwrap();
            pages.push(page.events.iter().map(|event| event.timestamp).collect());
            query.after = page.next;
            if query.after.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn events_come_in_the_order_of_their_times_within_the_window() {
        let mut group = group(BOUNDS);
        group.create_stream("b").unwrap();
        group.put("a", &events([3, 5]), NOW).unwrap();
        group.put("b", &events([1, 4, 5]), NOW).unwrap();
        assert_eq!(pages(&group, query("")), [[1, 3, 4, 5, 5]]);
        assert_eq!(pages(&group, Query { from: 3, to: 4, ..query("") }), [[3, 4]]);
        assert_eq!(
            pages(&group, Query { limit: 2, ..query("") }),
            [vec![1, 3], vec![4, 5], vec![5]]
        );
        let of_b = || Streams::Prefix("b".to_owned());
        assert_eq!(pages(&group, Query { streams: of_b(), ..query("") }), [[1, 4, 5]]);
        let these = Streams::These(vec!["a".to_owned()]);
        assert_eq!(pages(&group, Query { streams: these, ..query("") }), [[3, 5]]);
        assert_eq!(pages(&group, query("\"event 4\"")), [[4]]);
        let page = group.filter(&query(""), Timestamp::from_millis(4)).unwrap();
        assert_eq!(page.events.len(), 3, "what is older than the retention is not found");
        let ids: BTreeSet<_> = page.events.iter().map(|event| event.event_id.clone()).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn a_page_ends_after_a_megabyte_and_may_be_empty_before_the_end() {
        let mut group = group(BOUNDS);
        let count = i64::try_from(SCANNED).unwrap() + 1;
        group.put("a", &events(0..count), NOW).unwrap();
        let last = format!("\"event {}\"", count - 1);
        assert_eq!(pages(&group, query(&last)), [vec![], vec![count - 1]]);
        let large = Event { timestamp: count, message: "a".repeat(MAXIMUM_BYTES / 2 + 1) };
        group.put("a", &[large.clone(), large], NOW).unwrap();
        let large = Query { from: count, ..query("") };
        assert_eq!(pages(&group, large), [[count], [count]]);
    }

    #[test]
    fn a_stream_is_created_once_and_needed() {
        let mut group = group(BOUNDS);
        assert!(matches!(group.create_stream("a"), Err(Error::StreamExists)));
        assert!(matches!(group.put("b", &events([1]), NOW), Err(Error::StreamNotFound)));
        let these = Query { streams: Streams::These(vec!["b".to_owned()]), ..query("") };
        assert!(matches!(group.filter(&these, NOW), Err(Error::StreamNotFound)));
    }

    #[test]
    fn a_file_survives_without_the_line_that_was_being_written_and_is_private() {
        let path = place();
        let open = || Group::open(Place::Named(path.clone()), BOUNDS).unwrap();
        let mut group = open();
        group.create_stream("a").unwrap();
        group.put("a", &events([2, 1]), NOW).unwrap();
        drop(group);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"{\"stream\":\"a"].concat()).unwrap();
        let mut group = open();
        assert_eq!(pages(&group, query("")), [[1, 2]]);
        group.put("a", &events([3]), NOW).unwrap();
        assert_eq!(pages(&open(), query("")), [[1, 2, 3]]);
        std::fs::write(&path, [&whole[..], b"x\n"].concat()).unwrap();
        let error = Group::open(Place::Named(path.clone()), BOUNDS).err().unwrap();
        assert!(format!("{error:#}").contains("is damaged at byte"), "{error:#}");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn the_oldest_events_go_and_the_newest_streams_stay() {
        let path = place();
        let bounds = Bounds { events: 16, ..BOUNDS };
        let mut group = Group::open(Place::Named(path.clone()), bounds).unwrap();
        for stream in ["unused", "a", "b", "c"] {
            group.create_stream(stream).unwrap();
        }
        for timestamp in 0..17 {
            group.put("a", &events([timestamp]), NOW).unwrap();
        }
        let expected: Vec<_> = (3..17).collect();
        assert_eq!(pages(&group, query("")).concat(), expected);
        assert_eq!(group.streams, ["a", "b", "c"]);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let before = group.next_number;
        group.put("c", &events([20]), NOW).unwrap();
        let read = Group::open(Place::Named(path.clone()), bounds).unwrap();
        assert_eq!(pages(&read, query("")), [[expected, vec![20]].concat()]);
        assert_eq!(read.next_number, before + 1, "a token of before is still right");
        let mut small =
            Group::open(Place::Named(path.clone()), Bounds { bytes: 1, ..bounds }).unwrap();
        small.put("a", &events([21]), NOW).unwrap();
        assert_eq!(small.events.len(), 14);
        std::fs::remove_file(&path).unwrap();
    }
}
