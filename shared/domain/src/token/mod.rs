//! What a signed-in client holds.

pub mod access;
mod hs512;
pub mod password;
pub mod refresh;

pub use hs512::Refusal;
