//! The crypto and token logic of Postern: types, derivations and decisions, shared by every function.
//!
//! Pure: the crate reaches neither AWS nor a socket, a clock or the environment. Time comes in as a
//! [`time::Timestamp`]; only the constructors of secrets and ids generate random values.

#![warn(missing_docs)]

pub mod credential;
pub mod decide;
mod encoding;
mod entropy;
pub mod id;
pub mod identifier;
pub mod key;
pub mod limits;
pub mod locale;
mod mac;
pub mod organization;
pub mod otp;
pub mod partner;
pub mod password;
pub mod scope;
pub mod secret;
pub mod sender;
pub mod sso;
pub mod time;
pub mod token;
pub mod user;
