//! Everything of Postern that touches the world: the environment, the clock, HTTP, AWS and the log.
//! Endpoints know this crate and `domain`; this crate knows `domain`; nothing here knows an endpoint.

pub mod attempt;
pub mod aws;
mod cache;
pub mod config;
pub mod courier;
pub mod event;
pub mod fault;
pub mod http;
mod kept;
pub mod keys;
pub mod partner;
pub mod password;
pub mod portal;
pub mod sso;
pub mod store;
pub mod telemetry;
