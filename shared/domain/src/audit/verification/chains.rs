//! The chains of items: each line's content before has to be that after another line, and the last one
//! that of the table.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::key::{Key, Salt};
use super::sightings::{Sighting, Sightings};
use crate::audit::image::Tag;
use crate::audit::line::{MALFORMED, UNKNOWN};
use crate::time::Timestamp;

/// A content of an item that more lines lead to than away from, or the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Lines that lead to it, less those that lead away.
    pub(super) balance: i8,
    pub(super) is_met: bool,
    /// Whether a line led to it after the tables' reading began.
    pub(super) is_new: bool,
    /// Seconds, or 0: so packed, a million of them take 30 MB.
    pub(super) expires: [u8; 4],
}

/// The chains, as far as lines were read.
#[derive(Clone, Debug, PartialEq)]
pub struct Chains {
    pub(super) salt: Salt,
    pub(super) heads: HashMap<Key, Head>,
    /// The writes of items that last, each with its item.
    pub(super) writes: HashSet<Key>,
    /// The ids of changes whose write the item had before, the first hundred.
    pub put_back: Vec<String>,
    pub(super) sightings: Sightings,
    pub(super) reads_tables: bool,
    /// What was read.
    pub counts: Counts,
}

/// What was read, and what of it can't be part of a chain. A verification that goes on counts what is wrong on from
/// the one before: nothing that was found is ever told for the last time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Different lines.
    pub lines: u64,
    /// Lines that were read before.
    pub repeated: u64,
    /// Lines about records that could not be read.
    pub malformed: u64,
    /// Texts that are no lines.
    pub foreign: u64,
    /// Lines about changes that were older than a stream keeps records.
    pub late: u64,
    /// Lines without an author.
    pub unknown: u64,
    /// Lines whose write the chain has twice.
    pub put_back: u64,
}

/// How many changes are named that put an item back.
const MAX_NAMED: usize = 100;

/// What of a line is checked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Links<'l> {
    #[serde(borrow)]
    event: Cow<'l, str>,
    #[serde(borrow, default)]
    time: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    item: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    before: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    after: Option<Cow<'l, str>>,
    #[serde(default)]
    expires: Option<i64>,
    #[serde(borrow)]
    by: Cow<'l, str>,
    #[serde(borrow, default)]
    write: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    event_id: Cow<'l, str>,
}

/// What is wrong about the chain that a line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// No line leads to the content before this one: a line was removed or edited, this one was inserted,
    /// or the item is older than the trail.
    Beginning,
    /// The table has other content than this line left: a line was removed from the chain's end, or the
    /// item was changed or deleted without one.
    End,
}

impl Default for Chains {
    fn default() -> Self {
        Self {
            salt: Salt::random(),
            heads: HashMap::new(),
            writes: HashSet::new(),
            put_back: Vec::new(),
            sightings: Sightings::default(),
            reads_tables: false,
            counts: Counts::default(),
        }
    }
}

impl Chains {
    /// Adds a line.
    pub fn line(&mut self, text: &str) {
        let Ok(links) = serde_json::from_str::<Links<'_>>(text) else {
            self.counts.foreign += 1;
            return;
        };
        let hour = links.time.as_deref().and_then(|time| time.get(..13)).unwrap_or_default();
        match self.sightings.see(hour, self.salt.key([text, ""])) {
            Sighting::First => {}
            Sighting::Again => {
                self.counts.repeated += 1;
                return;
            }
            Sighting::TooLate => self.counts.late += 1,
        }
        self.counts.lines += 1;
        self.counts.unknown += u64::from(links.by == UNKNOWN);
        let Some(item) = &links.item else {
            if links.event == MALFORMED {
                self.counts.malformed += 1;
            } else {
                self.counts.foreign += 1;
            }
            return;
        };
        // No change leaves an item as it was: somebody inserted the line.
        if links.before == links.after {
            self.counts.foreign += 1;
            return;
        }
        // No write of ours is applied twice: an older copy of the item was put back, with its author.
        if let Some(write) = &links.write
            && !self.writes.insert(self.salt.key([item, write]))
        {
            self.counts.put_back += 1;
            if self.put_back.len() < MAX_NAMED {
                let time = links.time.as_deref().unwrap_or_default();
                let (event, id) = (&links.event, &links.event_id);
                self.put_back.push(format!("{item} at {time}, {event} {id}"));
            }
        }
        if let Some(before) = &links.before {
            self.add(item, before, -1, None);
        }
        if let Some(after) = &links.after {
            self.add(item, after, 1, links.expires);
        }
    }

    fn add(&mut self, item: &str, content: &str, lines: i8, expires: Option<i64>) {
        let key = self.salt.key([item, content]);
        let none = Head { balance: 0, is_met: false, is_new: false, expires: [0; 4] };
        let head = self.heads.entry(key).or_insert(none);
        head.balance = head.balance.saturating_add(lines);
        if lines > 0 {
            head.is_new = self.reads_tables;
            let seconds = expires.map_or(0, |at| u32::try_from(at).unwrap_or(u32::MAX));
            head.expires = seconds.to_be_bytes();
        }
        if head.balance == 0 {
            self.heads.remove(&key);
        }
    }

    /// Says that the tables are read from now on: what a line changes later may not be in what was read.
    pub fn begin_tables(&mut self) {
        self.reads_tables = true;
    }

    /// Adds an item as the table has it. Whether a line left it so.
    pub fn item(&mut self, item: &Tag, content: &Tag) -> bool {
        let key = self.salt.key([item.as_str(), content.as_str()]);
        let head = self.heads.get_mut(&key).filter(|head| head.balance > 0);
        head.map(|head| head.is_met = true).is_some()
    }

    /// How many contents are wrong in one of the two ways. Those of items that DynamoDB may have deleted
    /// because they expired are right.
    pub fn broken(&self, how: Broken, now: Timestamp) -> usize {
        self.heads.values().filter(|head| head.broken(now) == Some(how)).count()
    }

    /// What is wrong about the chain that a line is of, if the line is where it breaks. For a second
    /// reading, which names what the first one found.
    pub fn breaks_at(&self, text: &str, now: Timestamp) -> Option<Broken> {
        let links: Links<'_> = serde_json::from_str(text).ok()?;
        let of = |content: &Option<Cow<'_, str>>, how: Broken| {
            let key = self.salt.key([links.item.as_deref()?, content.as_deref()?]);
            self.heads.get(&key)?.broken(now).filter(|found| *found == how)
        };
        of(&links.before, Broken::Beginning).or_else(|| of(&links.after, Broken::End))
    }
}

impl Head {
    fn broken(self, now: Timestamp) -> Option<Broken> {
        let expires = i64::from(u32::from_be_bytes(self.expires));
        let may_be_gone = expires != 0 && expires <= now.seconds();
        let is_left_so = self.balance == 1 && (self.is_met || self.is_new);
        match self.balance {
            ..=-1 => Some(Broken::Beginning),
            _ if is_left_so || may_be_gone => None,
            _ => Some(Broken::End),
        }
    }
}
