//! Refuses requests of other sites: only this page and tools on this machine may use the console to call
//! the API.
//!
//! Any site that a developer visits can send requests to 127.0.0.1. A cross-site request names its
//! origin, or can't have JSON without a preflight. If a site's name was rebound to 127.0.0.1, `Host`
//! shows it.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Host,
    CrossSite,
    ContentType,
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    pub(super) fn message(&self) -> &'static str {
        match self {
            Self::Host => "Host must be 127.0.0.1, localhost or [::1]",
            Self::CrossSite => "only the console's own page may send this request",
            Self::ContentType => "content-type must be application/json",
        }
    }
}

/// Checks requests before they reach a route.
pub(super) async fn layer(request: Request, next: Next) -> Response {
    match check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => problem(refusal.status(), refusal.message()),
    }
}

/// Checks host, origin and site.
fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| text(headers, name);
    let host = text(header::HOST).filter(|host| is_loopback(host)).ok_or(Refusal::Host)?;
    let has_own_origin =
        text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    let is_own_site =
        text(SEC_FETCH_SITE).is_none_or(|site| matches!(site, "same-origin" | "none"));
    if has_own_origin && is_own_site { Ok(()) } else { Err(Refusal::CrossSite) }
}

/// [`check`], and the content type: a form can't send JSON.
pub(super) fn check_json(headers: &HeaderMap) -> Result<(), Refusal> {
    check(headers)?;
    let content_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Refusal::ContentType)
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("not visible ASCII"))
}

fn is_loopback(host: &str) -> bool {
    host.parse::<Authority>().is_ok_and(|authority| {
        !host.contains('@') && matches!(authority.host(), "127.0.0.1" | "localhost" | "[::1]")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [(&str, &str); 4] = [
        ("host", "127.0.0.1:9001"),
        ("origin", "http://127.0.0.1:9001"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
    ];

    /// The page's own headers, one of them replaced, or left out when empty.
    fn with(name: &'static str, value: &str) -> Result<(), Refusal> {
        let mut headers = HeaderMap::new();
        for (own, usual) in OWN {
            let value = if own == name { value } else { usual };
            if !value.is_empty() {
                headers.insert(own, value.parse().unwrap());
            }
        }
        check_json(&headers)
    }

    #[test]
    fn the_page_and_tools_may() {
        assert_eq!(with("", ""), Ok(()));
        assert_eq!(with("content-type", "application/json; charset=utf-8"), Ok(()));
        assert_eq!(with("sec-fetch-site", "none"), Ok(()));
        for host in ["127.0.0.1", "localhost:9001", "[::1]:9001"] {
            let headers = [("host", host), ("content-type", "application/json")];
            let headers =
                headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            assert_eq!(check_json(&HeaderMap::from_iter(headers)), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_name_that_was_rebound_may_not() {
        for host in [
            "",
            "evil.example:9001",
            "127.0.0.1.evil.example",
            "localhost.",
            "a@127.0.0.1",
            "0.0.0.0",
        ] {
            assert_eq!(with("host", host), Err(Refusal::Host), "{host}");
        }
    }

    #[test]
    fn another_site_may_not() {
        for origin in
            ["null", "https://evil.example", "http://127.0.0.1:9002", "https://127.0.0.1:9001"]
        {
            assert_eq!(with("origin", origin), Err(Refusal::CrossSite), "{origin}");
        }
        for site in ["cross-site", "same-site", "nonsense"] {
            assert_eq!(with("sec-fetch-site", site), Err(Refusal::CrossSite), "{site}");
        }
    }

    #[test]
    fn what_a_form_can_send_is_not_taken() {
        for kind in
            ["", "text/plain", "application/x-www-form-urlencoded", "text/plain; application/json"]
        {
            assert_eq!(with("content-type", kind), Err(Refusal::ContentType), "{kind}");
        }
    }
}
