//! The handlers and the store of the partner surface on a real emulator, with the time as a parameter.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

mod authorizer;
mod authors;
mod budget;
mod cut_off;
mod faults;
mod fence;
mod first_call;
mod fixture;
mod isolation;
mod jwks;
mod operator;
mod outage;
mod races;
mod rest;
mod rotation;
mod token;
mod validate;
