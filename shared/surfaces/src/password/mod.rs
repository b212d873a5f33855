//! The password surface: user name and password of an organization give a token for one API.

mod api;
mod authentication;
pub mod cookie;
mod lifetime;
mod organization;
mod refusal;
mod users;

pub use self::api::Apis;
pub use self::authentication::{Authentication, Presented, Principal};
pub use self::lifetime::token_lifetime;
pub use self::organization::{Organizations, organization_id};
pub use self::refusal::Refusal;
pub use self::users::OrganizationUsers;
