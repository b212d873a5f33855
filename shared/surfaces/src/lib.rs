//! The four surfaces. Each has its refusals with their envelope, and authenticates its callers by API
//! key, header, secret or token.

pub mod admission;
pub mod fence;
pub mod partner;
pub mod password;
pub mod password_check;
pub mod portal;
pub mod sso;

#[cfg(test)]
mod refusals {
    //! What snapshots of refusals have in common.

    use domain::time::Timestamp;
    use runtime::http::{self, Body, Received, Refusal, Response};

    /// Refusals as their callers see them, one a line.
    pub(crate) fn shown(refusals: &[impl Refusal]) -> String {
        let received = Received { request_id: "r", at: Timestamp::from_millis(0) };
        let lines = refusals.iter().map(|refusal| {
            let response = refusal.response(&received);
            assert_explained(refusal, response.status().as_u16());
            let own = own_headers(&response);
            let body = String::from_utf8_lossy(response.body().as_ref());
            format!("{} {own} {body}", response.status().as_u16())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// `docs/errors.md` has a heading for the refusal.
    pub(crate) fn assert_explained<R: Refusal>(refusal: &R, status: u16) {
        let anchor = http::anchor(R::SURFACE, status, refusal.word());
        let heading = format!("\n### {anchor}\n");
        assert!(include_str!("../../../docs/errors.md").contains(&heading), "{anchor}");
    }

    /// The headers that only some refusals have. Every 401, and no other status, has a challenge.
    pub(crate) fn own_headers(response: &Response<Body>) -> String {
        let text = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        let challenge = text("www-authenticate");
        let status = response.status();
        assert_eq!(challenge.is_some(), status == 401, "{challenge:?} with {status}");
        let own = [challenge, text("retry-after")].into_iter().flatten();
        format!("[{}]", own.collect::<Vec<_>>().join("; "))
    }
}
