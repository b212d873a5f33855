//! The portal's handlers and store on a real emulator, with the time as a parameter.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

mod authorizer;
mod authors;
mod budget;
mod budgets;
mod deliver_otp;
mod deliveries;
mod faults;
mod fence;
mod fenced_codes;
mod first_call;
mod keys;
mod logout;
mod me;
mod outage;
mod races;
mod refresh_token;
mod repetitions;
mod rest;
mod sandbox;
mod send_otp;
mod stateful;
mod users;
mod verify_otp;
