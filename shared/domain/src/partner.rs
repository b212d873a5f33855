//! Partners, and their connections to organizations.

use crate::credential::Credentials;
use crate::entropy;
use crate::id::{ConnectionId, PartnerId};
use crate::scope::Scopes;
use crate::time::Timestamp;

/// A practice-management partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Unique in the deployment.
    pub id: PartnerId,
    /// The name for operators.
    pub name: String,
    /// The partner's secret, in two slots.
    pub credentials: Credentials,
}

/// The connection of an organization to its partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Each new connection of an organization has a new id.
    pub id: ConnectionId,
    /// The partner.
    pub partner: PartnerId,
    /// The organization's secret, in two slots. The partner presents it.
    pub credentials: Credentials,
    /// What the partner may do for the organization.
    pub scopes: Scopes,
    /// When the partner first presented a valid token together with the organization's secret.
    pub integrated_at: Option<Timestamp>,
    /// The organization's fence: tokens from at or before it are refused.
    pub valid_after: Option<Timestamp>,
}

/// Generates the id of a request, in the form of the contract's examples:
/// `req_<milliseconds since the epoch>_<random>`.
pub fn request_id(now: Timestamp) -> String {
    format!("req_{}_{}", now.millis(), entropy::alphanumeric(12))
}
