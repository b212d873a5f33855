//! What a write meant. Every race is settled by one conditional write on one item; these functions
//! read its outcome from the item that DynamoDB returns when the condition was lost, or from one
//! strong read when every answer was lost. The model checker runs the same functions.

mod attempt;
mod challenge;
mod family;
mod grant;
mod integration;

pub use attempt::{Admission, admission};
pub use challenge::{Challenge, Claim, Issue, LiveCode, Redemption, claim, issue, redemption};
pub use family::{
    Family, IDEMPOTENT_RETRY, Presentation, Revocation, RevocationReason, Rotation, SLOW_COPY,
    Successor, rotation,
};
pub use grant::{Grant, SignOut, sign_out};
pub use integration::{Integration, integration};
