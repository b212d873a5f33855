//! The partner surface: a practice-management partner gets a token, validates it with the organization's
//! secret, and then acts for that organization.

mod answer;
mod authentication;
mod keys;
mod presented;
mod refusal;

pub use self::answer::Answer;
pub use self::authentication::{Authentication, Caller};
pub use self::keys::VerificationKeys;
pub use self::presented::Presented;
pub use self::refusal::{CredentialRefusal, InvalidField, Refusal, TokenRefusal};
