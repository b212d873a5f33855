//! The database: embedded, Amazon's DynamoDB Local, or any endpoint.

mod amazon;
mod answer;
pub(crate) mod client;
mod embedded;
mod port;
mod tables;

use std::sync::Arc;

use anyhow::Result;
use uuid::Uuid;

use crate::config::{Config, Source};
use crate::iam::Permissions;
use crate::output::Output;
use crate::port::Variable;
use crate::template::Table;
use client::{ACCESS_KEY, Client};
use port::Backend;

/// A running database. If it has a child process, that ends when this is dropped.
pub(crate) struct DynamoDb {
    pub(crate) url: String,
    /// For the announcement.
    pub(crate) description: String,
    /// Where the tables are, for the developer: an endpoint of theirs, or this stack's.
    pub(crate) tables_at: String,
    _process: Option<amazon::Process>,
}

impl DynamoDb {
    /// Starts it behind a port of this stack, whatever it is.
    pub(crate) async fn start(
        config: &Config,
        permissions: Arc<Permissions>,
        output: &Output,
    ) -> Result<Self> {
        let data = config.data.as_deref();
        let place = data
            .map_or_else(|| "in memory".to_owned(), |folder| format!("in {}", folder.display()));
        // An endpoint may have the usual port itself.
        let is_elsewhere = matches!(config.dynamodb, Source::Endpoint(_));
        let number = if is_elsewhere { 0 } else { config.ports.dynamodb };
        let listener = crate::port::listen(number, Variable::DynamoDb).await?;
        let url = crate::port::url(&listener)?;
        let remote = |url: String, pass: Option<String>| Backend::Remote {
            http: reqwest::Client::new(),
            url,
            pass: pass.map(|pass| (amazon::PASS, pass)),
        };
        let (backend, description, process) = match &config.dynamodb {
            Source::Embedded => {
                (Backend::Embedded(embedded::open(data)?), format!("embedded, {place}"), None)
            }
            Source::AmazonLocal => {
                let pass = Uuid::new_v4().to_string();
                let own = crate::port::free(0, Variable::DynamoDb).await?;
                let process = amazon::start(&config.local, own, data, &pass, output).await?;
                let backend = remote(format!("http://127.0.0.1:{own}"), Some(pass));
                (backend, format!("Amazon's DynamoDB Local, {place}"), Some(process))
            }
            Source::Endpoint(url) => {
                (remote(url.clone(), None), format!("in front of {url}"), None)
            }
        };
        port::serve(listener, backend, permissions);
        let tables_at = match &config.dynamodb {
            Source::Endpoint(url) => url.clone(),
            Source::Embedded | Source::AmazonLocal => url.clone(),
        };
        Ok(Self { url, description, tables_at, _process: process })
    }

    /// A client with all rights.
    pub(crate) fn client(&self) -> Client {
        self.client_of(ACCESS_KEY)
    }

    /// A client with the rights of a role.
    pub(crate) fn client_of(&self, access_key: &str) -> Client {
        Client::new(self.url.clone(), access_key)
    }

    /// Creates the template's tables, unless they exist.
    pub(crate) async fn create_tables(&self, tables: &[Table]) -> Result<()> {
        tables::create(&self.client(), tables).await
    }
}
