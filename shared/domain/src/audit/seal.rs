//! Seals: for each hour one signed statement about its lines, which names the seal before it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::hour::Hour;
use crate::encoding;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::token::TokenError;
use crate::token::jwks::PublicKey;
use crate::token::rs256::{self, NotSigned};
use crate::token::signing_key::SigningKey;
use crate::token::signing_ring::SigningRing;

/// The event of a seal's line.
pub const SEALED: &str = "audit.sealed";

const FORM: u8 = 1;

/// The lines of an hour, each once, in the order of their digests.
#[derive(Debug, Default)]
pub struct HourOfLines(BTreeSet<[u8; 32]>);

impl HourOfLines {
    /// Adds a line, unless it is there: a record that was delivered twice gives the same line twice.
    pub fn add(&mut self, line: &str) {
        self.0.insert(Sha256::digest(line.as_bytes()).into());
    }

    /// The number of different lines.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// SHA-256 of the lines' SHA-256 digests, in their order; base64url.
    pub fn hash(&self) -> String {
        let hash = self.0.iter().fold(Sha256::new(), sha2::Digest::chain_update);
        encoding::base64url(&hash.finalize())
    }
}

/// What a seal states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The version of the form.
    audit: u8,
    /// The second at which the hour starts.
    hour: i64,
    /// How many lines the hour has.
    pub lines: usize,
    /// Their hash.
    pub hash: String,
    /// The digest of the seal before; none in the first seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The key that signs from the next seal on, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_kid: Option<String>,
}

impl Statement {
    /// The hour.
    pub fn hour(&self) -> Option<Hour> {
        Hour::starting_at(self.hour)
    }
}

/// A seal as it is stored and written as a line: a JWS in compact form (RFC 7515 §7.1), and the public
/// key that verifies it, so that a seal can be checked without anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    audit: u8,
    event: String,
    /// The hour, for people: `2026-11-27T07`.
    hour: String,
    #[serde(rename = "seal")]
    jws: String,
    n: String,
    e: String,
}

/// The text is no seal, or its signature isn't that of the key beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a seal, or its signature is not that of its key")]
pub struct InvalidSeal;

/// No key of the ring signs yet, or signing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit-signing ring has no key that signs: `postern keys rotate audit-signing`")]
pub struct NotSealed;

impl From<NotSigned> for NotSealed {
    fn from(_: NotSigned) -> Self {
        Self
    }
}

impl Seal {
    /// Seals an hour. A key that isn't the one before it is announced by a seal of that first, so that
    /// who trusts one seal can follow the keys from there.
    pub fn sign(
        hour: Hour,
        lines: &HourOfLines,
        previous: Option<&Self>,
        ring: &SigningRing,
        now: Timestamp,
    ) -> Result<Self, NotSealed> {
        let newest = ring.signer(now).ok_or(NotSealed)?;
        let key = previous.map_or(newest, |previous| previous.successor(newest, ring));
        let newest = newest.public().kid();
        let statement = Statement {
            audit: FORM,
            hour: hour.start().seconds(),
            lines: lines.count(),
            hash: lines.hash(),
            previous: previous.map(Self::digest),
            next_kid: (key.public().kid() != newest).then(|| newest.to_owned()),
        };
        let jws = rs256::sign(&statement, key)?;
        Ok(Self {
            audit: FORM,
            event: SEALED.to_owned(),
            hour: hour.to_string(),
            jws: jws.expose().to_owned(),
            n: key.public().n().to_owned(),
            e: key.public().e().to_owned(),
        })
    }

    /// The key of the seal after this one: the newest, if this seal has or announces it. If the ring
    /// has lost this seal's key, the newest signs without having been announced.
    fn successor<'k>(&self, newest: &'k SigningKey, ring: &'k SigningRing) -> &'k SigningKey {
        let Ok(statement) = self.statement() else { return newest };
        let kid = newest.public().kid();
        if self.kid() == kid || statement.next_kid.as_deref() == Some(kid) {
            return newest;
        }
        let follows = statement.next_kid.unwrap_or_else(|| self.kid());
        ring.keys().find(|key| key.public().kid() == follows).unwrap_or(newest)
    }

    /// Reads a seal's line. Its signature is checked by [`Seal::statement`].
    pub fn parse(line: &str) -> Result<Self, InvalidSeal> {
        let seal: Self = serde_json::from_str(line).map_err(|_| InvalidSeal)?;
        (seal.audit == FORM && seal.event == SEALED).then_some(seal).ok_or(InvalidSeal)
    }

    /// The line of the seal.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// What the seal states, if its signature is that of the key beside it.
    pub fn statement(&self) -> Result<Statement, InvalidSeal> {
        let key = PublicKey::new(self.n.as_str(), self.e.as_str());
        let find = |kid: &str| (kid == key.kid()).then_some(&key);
        let verified: Result<Statement, TokenError> =
            rs256::verify(&Secret::new(self.jws.as_str()), find);
        let statement = verified.map_err(|_| InvalidSeal)?;
        let is_of_hour = statement.hour().is_some_and(|hour| hour.to_string() == self.hour);
        (statement.audit == FORM && is_of_hour).then_some(statement).ok_or(InvalidSeal)
    }

    /// The thumbprint of its key.
    pub fn kid(&self) -> String {
        PublicKey::new(self.n.as_str(), self.e.as_str()).kid().to_owned()
    }

    /// By which the next seal names it: SHA-256, base64url.
    pub fn digest(&self) -> String {
        encoding::base64url(&Sha256::digest(self.jws.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn lines(texts: &[&str]) -> HourOfLines {
        let mut lines = HourOfLines::default();
        for text in texts {
            lines.add(text);
        }
        lines
    }

    #[test]
    fn neither_order_nor_repetition_of_lines_counts() {
        let one = lines(&["a", "b"]);
        let other = lines(&["b", "a", "b"]);
        assert_eq!((one.count(), one.hash()), (other.count(), other.hash()));
        assert_ne!(one.hash(), lines(&["a", "c"]).hash());
        assert_ne!(one.hash(), lines(&["a"]).hash());
    }

    #[test]
    fn a_seal_is_read_as_it_was_written_and_no_part_of_it_can_change() {
        let ring = SigningRing::first().unwrap();
        let hour = Hour::of(NOW);
        let first = Seal::sign(hour, &lines(&["a"]), None, &ring, NOW).unwrap();
        let second = Seal::sign(hour.next(), &lines(&[]), Some(&first), &ring, NOW).unwrap();
        let line = second.line().unwrap();
        let read = Seal::parse(&line).unwrap();
        let statement = read.statement().unwrap();
        assert_eq!((read, statement.hour()), (second.clone(), Some(hour.next())));
        assert_eq!((statement.lines, statement.previous), (0, Some(first.digest())));
        assert_eq!(statement.next_kid, None);
        for (old, new) in
            [("\"hour\":\"2023", "\"hour\":\"2024"), ("\"e\":\"AQAB\"", "\"e\":\"AQAD\"")]
        {
            let altered = line.replace(old, new);
            assert_ne!(altered, line);
            assert_eq!(Seal::parse(&altered).unwrap().statement(), Err(InvalidSeal));
        }
        let payload = second.jws.split('.').nth(1).unwrap();
        let other = encoding::base64url(
            String::from_utf8(encoding::from_base64url(payload).unwrap())
                .unwrap()
                .replace("\"lines\":0", "\"lines\":1")
                .as_bytes(),
        );
        let altered = line.replace(payload, &other);
        assert_eq!(Seal::parse(&altered).unwrap().statement(), Err(InvalidSeal));
        for text in ["", "{}", r#"{"audit":1,"event":"code.issued"}"#] {
            assert_eq!(Seal::parse(text), Err(InvalidSeal));
        }
    }

    #[test]
    fn a_new_key_signs_after_a_seal_of_the_old_one_announced_it() {
        let ring = SigningRing::first().unwrap();
        let hour = Hour::of(NOW);
        let first = Seal::sign(hour, &lines(&[]), None, &ring, NOW).unwrap();
        let ring = ring.rotated(NOW).unwrap();
        let later = NOW.plus(std::time::Duration::from_hours(1));
        let second = Seal::sign(hour.next(), &lines(&[]), Some(&first), &ring, later).unwrap();
        let third =
            Seal::sign(hour.next().next(), &lines(&[]), Some(&second), &ring, later).unwrap();
        assert_eq!(second.kid(), first.kid());
        assert_eq!(second.statement().unwrap().next_kid, Some(third.kid()));
        assert_ne!(third.kid(), first.kid());
        assert_eq!(third.statement().unwrap().next_kid, None);
    }
}
