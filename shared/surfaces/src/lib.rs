//! The four surfaces. Each has its refusals with their envelope, and authenticates its callers by API
//! key, header, secret or token.

pub mod partner;
pub mod password;
pub mod password_check;
pub mod portal;
pub mod sso;

#[cfg(test)]
mod refusals {
    //! What snapshots of refusals have in common.

    use domain::time::Timestamp;
    use runtime::http::{Received, Refusal};

    /// Refusals as their callers see them, one a line.
    pub(crate) fn shown(refusals: &[impl Refusal]) -> String {
        let received = Received { request_id: "r", at: Timestamp::from_millis(0) };
        let lines = refusals.iter().map(|refusal| {
            let response = refusal.response(&received);
            let retry_after = response.headers().get("retry-after");
            let body = String::from_utf8_lossy(response.body().as_ref());
            format!("{} {retry_after:?} {body}", response.status().as_u16())
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
