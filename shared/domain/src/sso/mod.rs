//! The identity provider: clients, and users that they ask about. All of them live in one realm, on
//! purpose: a service asks about users whom another one has signed in.

mod user;

use crate::credential::Credentials;
use crate::id::ClientId;

pub use user::{Profile, ProfileKind, RegisteredEmail, User};

/// A system that signs users in or asks about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What it calls itself in the header `client_id`.
    pub id: ClientId,
    /// What its long-lived API token is compared with.
    pub credentials: Credentials,
    /// Whether it may ask who an access token belongs to.
    pub reads_user_info: bool,
}
