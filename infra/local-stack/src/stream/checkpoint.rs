//! How far a stream has been read. With a data folder, this is stored over restarts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::private_file;

/// The sequence number of the last processed record of each shard.
pub(super) struct Checkpoint {
    state: State,
    file: Option<PathBuf>,
}

#[derive(Default, Deserialize, Serialize)]
struct State {
    stream: String,
    shards: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Each function that reads the stream has a place of its own.
    pub(super) fn open(
        stream: &str,
        (table, function): (&str, &str),
        data: Option<&Path>,
    ) -> Result<Self> {
        let file = data.map(|folder| folder.join(format!("stream-{table}-{function}.json")));
        let stored: State = match &file {
            Some(file) if file.exists() => serde_json::from_slice(&std::fs::read(file)?)
                .with_context(|| format!("read {}", file.display()))?,
            _ => State::default(),
        };
        // If the table was created again, it has a new stream.
        let shards = if stored.stream == stream { stored.shards } else { BTreeMap::new() };
        Ok(Self { state: State { stream: stream.to_owned(), shards }, file })
    }

    pub(super) fn get(&self, shard: &str) -> Option<&str> {
        self.state.shards.get(shard).map(String::as_str)
    }

    pub(super) fn set(&mut self, shard: &str, sequence_number: &str) -> Result<()> {
        self.state.shards.insert(shard.to_owned(), sequence_number.to_owned());
        match &self.file {
            Some(file) => private_file::write(file, &serde_json::to_vec(&self.state)?),
            None => Ok(()),
        }
    }
}
