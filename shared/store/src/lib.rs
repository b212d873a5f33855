//! What a function's role may do to the four tables. Every race is settled by one conditional write on
//! one item; `domain::decide` reads what losing it means from the item that DynamoDB returns with the
//! loss.
//!
//! The guard of every write is false once the write has been applied and stays false for a late copy
//! of it, because the SDK retries, and an attempt that timed out may still land seconds later.
//!
//! What operators alone do is in `registry`, which builds on [`table`], [`item`] and the keys and
//! forms of items that the other modules define.

pub mod challenge;
pub mod challenge_item;
pub mod connection;
pub mod counter;
pub mod credential_slots;
pub mod item;
pub mod jwks;
pub mod organization;
pub mod partner;
pub mod session;
pub mod sso_client;
pub mod sso_token;
pub mod sso_user;
pub mod table;
pub mod user;
pub mod user_item;

pub use challenge::Challenges;
pub use challenge_item::{Due, NewCode};
pub use connection::Connections;
pub use counter::{Counter, Counters};
pub use item::Item;
pub use jwks::Jwks;
pub use organization::Organizations;
pub use partner::Partners;
pub use session::{Session, Sessions};
pub use sso_client::SsoClients;
pub use sso_token::SsoTokens;
pub use sso_user::SsoUsers;
pub use table::Table;
pub use user::Users;
