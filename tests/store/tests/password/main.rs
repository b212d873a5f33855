//! The handlers and the store of password logins on a real emulator, with the time as a parameter.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

mod account;
mod authorizer;
mod authors;
mod budget;
mod enumeration;
mod faults;
mod fence;
mod first_call;
mod fixture;
mod login;
mod outage;
mod races;
mod rehash;
mod rest;
