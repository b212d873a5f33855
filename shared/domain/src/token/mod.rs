//! Tokens, and the keys that sign them.

pub mod access;
mod hs512;
pub mod jwks;
pub mod partner;
pub mod password;
pub mod refresh;
mod rs256;
pub mod signing_key;
pub mod signing_ring;
pub mod sso;

pub use hs512::TokenError;
