//! The identity provider: its clients among the organizations, its users in a realm of their own
//! among the users, its access tokens among the sessions.

mod client;
mod token;
mod user;

pub use client::SsoClients;
pub use token::{SignedOut, SsoTokens};
pub use user::SsoUsers;

/// What became of enrolling a client or a user.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// It is new.
    Enrolled,
    /// It was there before and is as it was; what an interrupted enrolment had left out is there now.
    AlreadyThere,
    /// Another user has this id.
    IdTaken,
    /// Another user has this email.
    EmailTaken,
}
