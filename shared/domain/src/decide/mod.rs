//! Outcomes of writes. One conditional write on one item settles each race. These functions read its
//! outcome from the item that DynamoDB returns with a failed condition, or from one strong read if
//! every answer was lost. The model checker runs the same functions.

mod admission;
mod challenge;
mod family;
mod fence;
mod grant;
mod integration;

pub use admission::{Admission, Clearing, admission, clearing};
pub use challenge::{
    Attempt, Challenge, Issue, KeyedSend, LiveCode, NotLive, Redemption, Resend, Send, attempt,
    issue, not_live, redemption, resend,
};
pub use family::{
    Family, IDEMPOTENT_RETRY, Presentation, Revocation, RevocationReason, Revoked, Rotation,
    SLOW_COPY, Successor, revocation, rotation,
};
pub use fence::fence;
pub use grant::{Grant, SignOut, sign_out};
pub use integration::{Integration, integration};

/// The item doesn't say whether the write was applied: its guard would still pass, so a late copy may
/// apply it, or the item was deleted. Any other answer could be wrong, so the caller has to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the write may or may not have been applied")]
pub struct Unresolved;
