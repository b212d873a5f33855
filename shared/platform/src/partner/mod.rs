//! The partner surface: a practice-management partner gets a token, proves it and the organization's
//! secret, and then acts for that organization.

mod authentication;
mod envelope;
mod error;
mod keys;
mod presented;
mod rotation;

pub use self::authentication::{Authentication, Caller};
pub use self::envelope::Answer;
pub use self::error::{CredentialFault, FieldFault, PartnerError, TokenFault};
pub use self::keys::Keys;
pub use self::presented::Presented;
pub use self::rotation::{Rotated, Rotation};
