//! The handlers and the store of the identity provider on a real emulator, with the time as a
//! parameter.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

mod authors;
mod budget;
mod changes;
mod client;
mod creation;
mod enumeration;
mod faults;
mod fence;
mod first_call;
mod fixture;
mod outage;
mod races;
mod realm;
mod rest;
mod signin;
mod signout;
mod token;
