//! Sign-ins while a fence is not over.

use domain::fence::seconds_left;
use domain::time::Timestamp;
use runtime::server_error::ServerError;

/// Refuses a sign-in while the fence of its organization, realm or user is not over: nobody should cache
/// a token that is refused from the beginning.
pub fn require_over(valid_after: Option<Timestamp>, now: Timestamp) -> Result<(), ServerError> {
    match seconds_left(valid_after, now) {
        Some(retry_after) => Err(ServerError::SignOutNotOver { retry_after }),
        None => Ok(()),
    }
}
