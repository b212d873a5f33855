//! Partners, and the organizations that they act for.

use crate::credential::Credentials;
use crate::entropy;
use crate::id::{ConnectionId, PartnerId};
use crate::scope::Scopes;
use crate::time::Timestamp;

/// A practice-management partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// What operators call it.
    pub name: String,
    /// What it proves itself with.
    pub credentials: Credentials,
}

/// What an organization shares with the one partner that it is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Names this very connection: connecting anew draws another.
    pub id: ConnectionId,
    /// The partner.
    pub partner: PartnerId,
    /// The organization's secrets, which the partner presents.
    pub credentials: Credentials,
    /// What the partner may do.
    pub scopes: Scopes,
    /// When the partner first proved that its token and the organization's secret are right.
    pub integrated_at: Option<Timestamp>,
}

/// A fresh name for a request of this moment, as the contract's examples have them:
/// `req_<milliseconds since the epoch>_<random>`.
pub fn request_id(now: Timestamp) -> String {
    format!("req_{}_{}", now.millis(), entropy::alphanumeric(12))
}
