//! Reads and writes of the four tables that functions need. One conditional write on one item settles
//! each race. If its guard fails, DynamoDB returns the item, and `domain::decide` reads the outcome
//! from it.
//!
//! The guard of every write fails once the write has been applied, and fails for every late copy of it:
//! the SDK retries, and a try that timed out may still be applied seconds later.
//!
//! Reads and writes of operators are in `registry`, which uses [`table`], [`item`] and the definitions
//! of keys and items in the other modules.

pub mod challenge;
pub mod challenge_item;
pub mod connection;
pub mod counter;
pub mod credential_slots;
pub mod delivery;
pub mod item;
pub mod jwks;
pub mod organization;
pub mod partner;
pub mod seal;
pub mod session;
pub mod sms_count;
pub mod sso_client;
pub mod sso_realm;
pub mod sso_token;
pub mod sso_user;
pub mod table;
pub mod user;
pub mod user_item;

pub use challenge::Challenges;
pub use challenge_item::{Due, NewCode};
pub use connection::Connections;
pub use counter::{Counter, Counters};
pub use delivery::Deliveries;
pub use item::Item;
pub use jwks::Jwks;
pub use organization::Organizations;
pub use partner::Partners;
pub use seal::Seals;
pub use session::{Session, Sessions};
pub use sms_count::SmsCounts;
pub use sso_client::SsoClients;
pub use sso_realm::SsoRealm;
pub use sso_token::SsoTokens;
pub use sso_user::SsoUsers;
pub use table::Table;
pub use user::Users;
