//! What a write meant. Every race is settled by one conditional write on one item; these functions
//! read its outcome from the item that DynamoDB returns when the condition was lost, or from one
//! strong read when every answer was lost. The model checker runs the same functions.

mod admission;
mod challenge;
mod family;
mod grant;
mod integration;

pub use admission::{Admission, admission};
pub use challenge::{
    Attempt, Challenge, Issue, LiveCode, Redemption, Resend, attempt, issue, redemption, resend,
};
pub use family::{
    Family, IDEMPOTENT_RETRY, Presentation, Revocation, RevocationReason, Revoked, Rotation,
    SLOW_COPY, Successor, revocation, rotation,
};
pub use grant::{Grant, SignOut, sign_out};
pub use integration::{Integration, integration};

/// The write was not found applied, but its guard still holds: a late copy may apply it. Or the item
/// that could tell is gone. Any other answer could be wrong, so the caller is told to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the write may or may not have been applied")]
pub struct Unresolved;
