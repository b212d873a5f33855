//! The portal surface: patients sign in with a one-time code.

mod answer;
mod api_key;
mod authentication;
mod issue;
mod refusal;
mod request;
mod source;

pub use self::answer::{Empty, Tokens, ok};
pub use self::api_key::ApiKeys;
pub use self::authentication::{Authentication, Principal};
pub use self::issue::Issue;
pub use self::refusal::Refusal;
pub use self::request::{Fields, idempotency_key};
pub use self::source::{Counted, END_USER_IP, Sources, log_source, source};
