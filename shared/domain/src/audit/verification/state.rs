//! How far a verification came, in bytes: the next one goes on from there.

use std::collections::HashMap;

use super::chains::{Chains, Counts, Head};
use super::key::{Key, Salt};
use super::seals::{Link, Seals};
use super::sightings::Sightings;
use crate::audit::hour::Hour;

/// The first bytes, with the version of the form.
const MAGIC: &[u8] = b"postern audit verification 2\n";

/// The bytes are not those of a verification, or of another version's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the state of a verification, or that of another version")]
pub struct InvalidState;

/// The bytes of a verification.
pub fn write(chains: &Chains, seals: &Seals) -> Vec<u8> {
    let mut into = MAGIC.to_vec();
    into.extend_from_slice(&chains.salt.0);
    match &seals.last {
        None => into.push(0),
        Some(last) => {
            into.push(1);
            into.extend_from_slice(&last.hour.start().seconds().to_be_bytes());
            text(&mut into, &last.digest);
            text(&mut into, &last.kid);
            text(&mut into, last.next_kid.as_deref().unwrap_or_default());
        }
    }
    count(&mut into, chains.heads.len());
    for (key, head) in &chains.heads {
        into.extend_from_slice(key);
        into.extend_from_slice(&head.balance.to_be_bytes());
        into.extend_from_slice(&head.expires);
    }
    count(&mut into, chains.writes.len());
    for key in &chains.writes {
        into.extend_from_slice(key);
    }
    for found in found(&chains.counts) {
        into.extend_from_slice(&found.to_be_bytes());
    }
    count(&mut into, chains.put_back.len());
    for change in &chains.put_back {
        text(&mut into, change);
    }
    count(&mut into, chains.sightings.0.len());
    for (hour, lines) in &chains.sightings.0 {
        text(&mut into, hour);
        count(&mut into, lines.len());
        for line in lines {
            into.extend_from_slice(line);
        }
    }
    into
}

/// The verification in these bytes.
pub fn read(bytes: &[u8]) -> Result<(Chains, Seals), InvalidState> {
    let mut from = Reader(bytes.strip_prefix(MAGIC).ok_or(InvalidState)?);
    let salt = Salt(from.array()?);
    let last = match from.array::<1>()? {
        [0] => None,
        [1] => {
            let hour = Hour::starting_at(i64::from_be_bytes(from.array()?)).ok_or(InvalidState)?;
            let (digest, kid, next) = (from.text()?, from.text()?, from.text()?);
            Some(Link { hour, digest, kid, next_kid: (!next.is_empty()).then_some(next) })
        }
        _ => return Err(InvalidState),
    };
    let mut heads = HashMap::new();
    for _ in 0..from.count()? {
        let key: Key = from.array()?;
        let balance = i8::from_be_bytes(from.array()?);
        let expires = from.array()?;
        heads.insert(key, Head { balance, is_met: false, is_new: false, expires });
    }
    let writes = (0..from.count()?).map(|_| from.array()).collect::<Result<_, _>>()?;
    let mut counts = Counts::default();
    for found in found_mut(&mut counts) {
        *found = u64::from_be_bytes(from.array()?);
    }
    let put_back = (0..from.count()?).map(|_| from.text()).collect::<Result<_, _>>()?;
    let mut sightings = Sightings::default();
    for _ in 0..from.count()? {
        let (hour, count) = (from.text()?, from.count()?);
        let lines = (0..count).map(|_| from.array()).collect::<Result<_, _>>()?;
        sightings.0.insert(hour, lines);
    }
    if !from.0.is_empty() {
        return Err(InvalidState);
    }
    let chains = Chains { salt, heads, writes, put_back, sightings, counts, ..Chains::default() };
    Ok((chains, Seals { last }))
}

/// The counts that are findings.
fn found(counts: &Counts) -> [u64; 4] {
    [counts.malformed, counts.foreign, counts.late, counts.put_back]
}

fn found_mut(counts: &mut Counts) -> [&mut u64; 4] {
    [&mut counts.malformed, &mut counts.foreign, &mut counts.late, &mut counts.put_back]
}

fn text(into: &mut Vec<u8>, text: &str) {
    count(into, text.len());
    into.extend_from_slice(text.as_bytes());
}

fn count(into: &mut Vec<u8>, count: usize) {
    into.extend_from_slice(&u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn bytes(&mut self, count: usize) -> Result<&[u8], InvalidState> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(InvalidState)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], InvalidState> {
        self.bytes(N)?.try_into().map_err(|_| InvalidState)
    }

    fn count(&mut self) -> Result<usize, InvalidState> {
        usize::try_from(u64::from_be_bytes(self.array()?)).map_err(|_| InvalidState)
    }

    fn text(&mut self) -> Result<String, InvalidState> {
        let count = self.count()?;
        String::from_utf8(self.bytes(count)?.to_vec()).map_err(|_| InvalidState)
    }
}
