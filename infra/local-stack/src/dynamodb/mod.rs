//! The database: embedded, Amazon's DynamoDB Local, or any endpoint.

mod amazon;
pub(crate) mod client;
mod embedded;
mod tables;

use anyhow::Result;

use crate::config::{Config, Source};
use crate::output::Output;
use crate::port::{self, Variable};
use crate::template::Table;
use client::Client;

/// A database that is up. A process of its own ends when this is dropped.
pub(crate) struct DynamoDb {
    /// Where it answers.
    pub(crate) url: String,
    /// What it is, for people.
    pub(crate) description: String,
    _process: Option<amazon::Process>,
}

impl DynamoDb {
    pub(crate) async fn start(config: &Config, output: &Output) -> Result<Self> {
        let kept = config.data.as_deref();
        let place = kept
            .map_or_else(|| "in memory".to_owned(), |folder| format!("in {}", folder.display()));
        match &config.dynamodb {
            Source::Embedded => {
                let listener = port::listen(config.ports.dynamodb, Variable::DynamoDb).await?;
                let url = port::url(&listener)?;
                embedded::serve(listener, kept)?;
                Ok(Self { url, description: format!("embedded, {place}"), _process: None })
            }
            Source::AmazonLocal => {
                let port = port::free(config.ports.dynamodb, Variable::DynamoDb).await?;
                let process = amazon::start(&config.local, port, kept, output).await?;
                let description = format!("Amazon's DynamoDB Local, {place}");
                Ok(Self {
                    url: format!("http://127.0.0.1:{port}"),
                    description,
                    _process: Some(process),
                })
            }
            Source::Endpoint(url) => {
                Ok(Self { url: url.clone(), description: "not ours".to_owned(), _process: None })
            }
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.url.clone())
    }

    /// Creates the tables of the template that are not there yet.
    pub(crate) async fn create_tables(&self, tables: &[Table]) -> Result<()> {
        tables::create(&self.client(), tables).await
    }
}
