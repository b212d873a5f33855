//! The chain of seals.

use crate::audit::hour::Hour;
use crate::audit::seal::{HourOfLines, Seal};

/// The chain of seals, up to an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seals {
    pub(super) last: Option<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) hour: Hour,
    pub(super) digest: String,
    pub(super) kid: String,
    pub(super) next_kid: Option<String>,
}

/// What is wrong about an hour's seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is none.
    Missing,
    /// It is no seal, is of another hour, or its signature isn't that of its key.
    Altered,
    /// It is signed by a key that the seal before neither has nor announces.
    OtherKey,
    /// It doesn't name the seal before it.
    NotNext,
    /// The hour's lines are others: some were removed, edited or inserted after they were sealed.
    OtherLines,
}

impl Seals {
    /// The last hour with a seal.
    pub fn hour(&self) -> Option<Hour> {
        self.last.as_ref().map(|last| last.hour)
    }

    /// Adds an hour: its seal, if there is one, and its lines.
    pub fn hour_of(&mut self, hour: Hour, seal: Option<&Seal>, lines: &HourOfLines) -> Vec<Wrong> {
        let Some(seal) = seal else { return vec![Wrong::Missing] };
        let statement = seal.statement().ok().filter(|it| it.hour() == Some(hour));
        let Some(statement) = statement else { return vec![Wrong::Altered] };
        let mut wrong = Vec::new();
        let kid = seal.kid();
        if let Some(last) = &self.last {
            if kid != last.kid && Some(&kid) != last.next_kid.as_ref() {
                wrong.push(Wrong::OtherKey);
            }
            if statement.previous.as_ref() != Some(&last.digest) {
                wrong.push(Wrong::NotNext);
            }
        } else if statement.previous.is_some() {
            wrong.push(Wrong::NotNext);
        }
        if (statement.lines, &statement.hash) != (lines.count(), &lines.hash()) {
            wrong.push(Wrong::OtherLines);
        }
        self.last = Some(Link { hour, digest: seal.digest(), kid, next_kid: statement.next_kid });
        wrong
    }
}
