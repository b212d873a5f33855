//! What every Lambda function needs: clients of AWS, configuration, invocations, HTTP, events,
//! telemetry, caches. This crate doesn't know the tables' items or the surfaces.

pub mod author;
pub mod aws;
pub mod cache;
pub mod cached;
pub mod clock;
pub mod config;
pub mod event;
mod field;
pub mod http;
pub mod http_client;
pub mod invocation;
pub mod key_rings;
pub mod log_group;
pub mod outage;
pub mod resources;
mod run;
pub mod secret;
pub mod server_error;
pub mod service;
pub mod telemetry;
mod xml;

pub use lambda_runtime::Error;
pub use run::{Event, run};
