//! Reads and writes of operators: organizations, users and their identifiers, partners, clients, key
//! rings.
//!
//! No function depends on this crate: a function that tries to do an operator's work doesn't compile,
//! and its role doesn't allow it either.

pub mod account;
pub mod api_key;
pub mod audited;
mod checks;
pub mod client;
pub mod codes;
pub mod connection;
pub mod credential_slots;
pub mod emergency;
pub mod explanation;
pub mod fence;
pub mod identifier_ring;
pub mod jwks;
pub mod organization;
pub mod organization_deletion;
pub mod partner;
mod reservation;
mod revision;
pub mod roster;
pub mod scan;
pub mod seal_ring;
pub mod sealed_hours;
pub mod session;
pub mod signing_ring;
pub mod sso_user;
pub mod sso_user_update;
mod switch;
pub mod symmetric_ring;
mod tasks;
mod tombstone;
pub mod unlock;
pub mod user_creation;
pub mod user_deletion;
pub mod user_update;
pub mod users;
mod vault;

pub use account::{Account, End, account, failed_step};
pub use api_key::{Addition, ApiKeyPointer, ApiKeys, MAX_API_KEYS};
pub use audited::{Audited, AuditedItem, AuditedTables};
pub use client::{Clients, RegisteredClient};
pub use codes::Codes;
pub use connection::Connections;
pub use credential_slots::Change;
pub use emergency::Progress;
pub use explanation::{Explanation, explain};
pub use fence::Fences;
pub use identifier_ring::IdentifierRing;
pub use jwks::Jwks;
pub use organization::{Organizations, Registered};
pub use organization_deletion::{Begun, OrganizationDeletion, Swept};
pub use partner::{Partners, RegisteredPartner};
pub use roster::{Realm, Roster, SsoImport};
pub use scan::{Cursor, Page};
pub use seal_ring::SealRing;
pub use sealed_hours::SealedHours;
pub use session::{FamilyOverview, SessionState, Sessions};
pub use signing_ring::{Rotated, SigningRings};
pub use sso_user::{SsoCreation, SsoUsers};
pub use sso_user_update::SsoUpdate;
pub use symmetric_ring::SymmetricRing;
pub use tombstone::Deleted;
pub use unlock::{Unlocked, Unlocks};
pub use user_creation::Creation;
pub use user_update::Update;
pub use users::Users;
