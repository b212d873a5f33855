//! The four tables. Every race is settled by one conditional write on one item; what losing it means
//! is decided by `domain::decide` from the item that DynamoDB returns with the loss.
//!
//! The guard of every write is false once the write has been applied and stays false for a late copy
//! of it, because the SDK retries, and an attempt that timed out may still land seconds later.

mod amend;
mod challenge;
mod counter;
mod item;
mod organization;
mod partner;
mod registry;
mod session;
mod sso;
mod table;
mod user;

pub use challenge::{Challenges, Claimed, Due, Issued, NewCode};
pub use counter::Counter;
pub use item::Item;
pub use organization::Organizations;
pub use partner::{Change, Partners};
pub use registry::{ApiKeyAddition, MAX_API_KEYS, OrganizationPage, Registered};
pub use session::{FamilyOverview, FamilyPage, Revoked, Rotated, Session, Sessions};
pub use sso::{Enrolment, SignedOut, SsoClients, SsoTokens, SsoUsers};
pub use table::{Cursor, Table};
pub use user::{Creation, Revision, UserPage, Users};
