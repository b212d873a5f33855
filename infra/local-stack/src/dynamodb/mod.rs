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

/// A running database. If it has a child process, that ends when this is dropped.
pub(crate) struct DynamoDb {
    pub(crate) url: String,
    /// For the announcement.
    pub(crate) description: String,
    _process: Option<amazon::Process>,
}

impl DynamoDb {
    pub(crate) async fn start(config: &Config, output: &Output) -> Result<Self> {
        let data = config.data.as_deref();
        let place = data
            .map_or_else(|| "in memory".to_owned(), |folder| format!("in {}", folder.display()));
        match &config.dynamodb {
            Source::Embedded => {
                let listener = port::listen(config.ports.dynamodb, Variable::DynamoDb).await?;
                let url = port::url(&listener)?;
                embedded::serve(listener, data)?;
                Ok(Self { url, description: format!("embedded, {place}"), _process: None })
            }
            Source::AmazonLocal => {
                let port = port::free(config.ports.dynamodb, Variable::DynamoDb).await?;
                let process = amazon::start(&config.local, port, data, output).await?;
                let description = format!("Amazon's DynamoDB Local, {place}");
                Ok(Self {
                    url: format!("http://127.0.0.1:{port}"),
                    description,
                    _process: Some(process),
                })
            }
            Source::Endpoint(url) => {
                Ok(Self { url: url.clone(), description: "external".to_owned(), _process: None })
            }
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.url.clone())
    }

    /// Creates the template's tables, unless they exist.
    pub(crate) async fn create_tables(&self, tables: &[Table]) -> Result<()> {
        tables::create(&self.client(), tables).await
    }
}
