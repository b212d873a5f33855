//! The password surface: a user of an organization gets a token for one API with user name and password.

mod api;
mod authentication;
mod authorizer;
pub mod cookie;
mod lifetime;
mod organization;
mod refusal;
mod users;

pub use self::api::Apis;
pub use self::authentication::{Authentication, Presented, Principal};
pub use self::authorizer::Authorizer;
pub use self::lifetime::token_lifetime;
pub use self::organization::{Organizations, organization_id};
pub use self::refusal::Refusal;
pub use self::users::OrganizationUsers;
