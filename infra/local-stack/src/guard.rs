//! Refuses requests of other sites, in front of every port: only the console's page, tools and programs may use the stack.
//!
//! Any site that a developer visits can send requests to 127.0.0.1. A cross-site request names its
//! origin, or can't have JSON without a preflight. If a site's name was rebound to 127.0.0.1, `Host`
//! shows it. That holds with `--bind`, too: `Host` is an address then, which can't be rebound, or a name
//! that the developer gave. What stands for AWS stays on this machine.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Host,
    CrossSite,
    ContentType,
    Elsewhere,
}

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite | Self::Elsewhere => StatusCode::FORBIDDEN,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    pub(crate) fn response(&self) -> Response {
        (self.status(), Json(json!({ "message": self.message() }))).into_response()
    }

    pub(crate) fn message(&self) -> &'static str {
        match self {
            Self::Host => {
                "Host must be 127.0.0.1, localhost or [::1]; with --bind also an address, or a name \
                 that --host gives"
            }
            Self::Elsewhere => "this route answers only programs on the stack's own machine",
            Self::CrossSite => "a page of another site may not send requests to the local stack",
            Self::ContentType => "content-type must be application/json",
        }
    }
}

/// The hosts that a request may name, besides those of this machine.
#[derive(Clone, Debug, Default)]
pub(crate) enum Hosts {
    #[default]
    Loopback,
    /// Any address, and these names.
    Bound(Arc<[String]>),
}

/// Paths of what stands for AWS: secrets, the Runtime API, and calls of functions.
const OF_THIS_MACHINE: [&str; 3] = ["/aws/", "/runtime/", "/2015-03-31/"];

/// All that a port serves, behind the guard.
pub(crate) fn guarded(router: Router, hosts: Hosts) -> Router {
    router.layer(from_fn_with_state(hosts, layer))
}

/// Checks requests before they reach a route.
async fn layer(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    match check(request.headers(), &hosts).and_then(|()| require_place(&request)) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.response(),
    }
}

/// Checks host, origin and site.
pub(crate) fn check(headers: &HeaderMap, hosts: &Hosts) -> Result<(), Refusal> {
    let text = |name| text(headers, name);
    let host = text(header::HOST).filter(|host| hosts.have(host)).ok_or(Refusal::Host)?;
    let has_own_origin =
        text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    let is_own_site =
        text(SEC_FETCH_SITE).is_none_or(|site| matches!(site, "same-origin" | "none"));
    if has_own_origin && is_own_site { Ok(()) } else { Err(Refusal::CrossSite) }
}

fn require_place(request: &Request) -> Result<(), Refusal> {
    let path = request.uri().path();
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_here = from.is_some_and(|ConnectInfo(from)| from.ip().to_canonical().is_loopback());
    let is_open = !OF_THIS_MACHINE.iter().any(|prefix| path.starts_with(prefix));
    if is_open || is_here { Ok(()) } else { Err(Refusal::Elsewhere) }
}

/// Checks the content type of a change: a form can't send JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
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

impl Hosts {
    fn have(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host();
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        !host.contains('@')
            && match self {
                Self::Loopback => matches!(name, "127.0.0.1" | "localhost" | "[::1]"),
                Self::Bound(names) => {
                    address.is_ok_and(|address| !address.is_unspecified())
                        || name == "localhost"
                        || names.iter().any(|own| own.eq_ignore_ascii_case(name))
                }
            }
    }
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
        checked(&headers)
    }

    fn checked(headers: &HeaderMap) -> Result<(), Refusal> {
        check(headers, &Hosts::Loopback)?;
        require_json(headers)
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
            assert_eq!(checked(&HeaderMap::from_iter(headers)), Ok(()), "{host}");
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

    #[test]
    fn a_bound_stack_takes_addresses_and_its_own_names_and_no_rebound_name() {
        let hosts = Hosts::Bound(Arc::from(["postern".to_owned()]));
        for host in
            ["192.168.1.5:9001", "[fe80::1]:9001", "localhost:9001", "Postern:9001", "127.0.0.1"]
        {
            assert!(hosts.have(host), "{host}");
        }
        for host in [
            "evil.example:9001",
            "192.168.1.5.evil.example",
            "a@192.168.1.5",
            "0.0.0.0",
            "[::]",
            "",
        ] {
            assert!(!hosts.have(host), "{host}");
        }
        let headers = |origin: &str| {
            let pairs = [("host", "192.168.1.5:9001"), ("origin", origin)];
            let pairs = pairs.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            HeaderMap::from_iter(pairs)
        };
        assert_eq!(check(&headers("http://192.168.1.5:9001"), &hosts), Ok(()));
        let refused = Err(Refusal::CrossSite);
        assert_eq!(check(&headers("http://evil.example"), &hosts), refused);
    }

    #[test]
    fn what_stands_for_aws_answers_only_this_machine() {
        let asked = |path: &str, from: &str| {
            let mut request = Request::get(path).body(axum::body::Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
            require_place(&request)
        };
        for path in ["/aws/secretsmanager", "/runtime/f/i/2018-06-01/runtime/invocation/next"] {
            assert_eq!(asked(path, "127.0.0.1:5"), Ok(()), "{path}");
            assert_eq!(asked(path, "[::ffff:127.0.0.1]:5"), Ok(()), "{path}");
            assert_eq!(asked(path, "192.168.1.7:5"), Err(Refusal::Elsewhere), "{path}");
        }
        assert_eq!(asked("/messages", "192.168.1.7:5"), Ok(()));
    }
}
