//! Types, cryptography, tokens and decisions that all functions share.
//!
//! The crate is pure: it uses no AWS service, socket, clock or environment variable. Callers pass the
//! time as a [`time::Timestamp`]. Only the constructors of secrets and ids generate random values.

#![warn(missing_docs)]

pub mod audit;
pub mod author;
pub mod credential;
pub mod decide;
pub mod delivery;
pub mod emergency;
mod encoding;
mod entropy;
pub mod fence;
pub mod fingerprint;
pub mod id;
pub mod idempotency_key;
pub mod identifier;
pub mod issued;
pub mod key;
pub mod limits;
pub mod locale;
mod mac;
mod mailbox;
pub mod organization;
pub mod otp;
pub mod partner;
pub mod password;
pub mod request_id;
pub mod scope;
pub mod secret;
pub mod sender;
pub mod sms;
pub mod source;
pub mod sso;
pub mod text;
pub mod time;
pub mod token;
pub mod user;
