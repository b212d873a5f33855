//! Tokens, and the keys that sign them.

pub mod access;
mod header;
mod hs512;
pub mod jwks;
pub mod partner;
pub mod password;
pub mod refresh;
pub(crate) mod rs256;
pub mod signing_key;
pub mod signing_ring;
pub mod sso;
mod times;

pub use hs512::TokenError;
pub use times::LEEWAY;
