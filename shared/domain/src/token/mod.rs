//! What a signed-in client holds.

pub mod access;
mod hs512;
pub mod password;
pub mod refresh;
pub mod sso;

pub use hs512::Refusal;
