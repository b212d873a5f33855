//! A line of a log group's file.

use std::borrow::Cow;
use std::io::Result;

use serde::{Deserialize, Serialize};

/// An event, or without a message the creation of a stream.
#[derive(Deserialize, Serialize)]
pub(super) struct Line<'l> {
    pub(super) stream: Cow<'l, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Stored<'l>>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Stored<'l> {
    pub(super) number: u64,
    pub(super) timestamp: i64,
    pub(super) ingested: i64,
    pub(super) message: Cow<'l, str>,
}

impl<'l> Line<'l> {
    pub(super) fn of_stream(name: &'l str) -> Self {
        Self { stream: name.into(), event: None }
    }

    pub(super) fn parse(line: &'l [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(line)
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
