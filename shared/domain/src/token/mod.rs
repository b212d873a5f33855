//! What a signed-in client holds.

pub mod access;
pub mod refresh;
