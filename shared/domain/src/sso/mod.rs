//! The identity provider: clients and users. All of them share one realm on purpose: one service asks
//! about users whom another service has signed in.

mod user;

use crate::credential::Credentials;
use crate::id::ClientId;

pub use user::{Profile, ProfileKind, RegisteredEmail, User};

/// A system that signs users in or asks about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The value of the client's header `client_id`.
    pub id: ClientId,
    /// The client's long-lived API token, in two slots.
    pub credentials: Credentials,
    /// Whether the client may ask which user an access token belongs to.
    pub reads_user_info: bool,
}
