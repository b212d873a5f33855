//! The rights that a call of a service needs.

pub(crate) mod dynamodb;
pub(crate) mod others;
