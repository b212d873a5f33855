//! Request headers that we read, response headers that we always send.

use domain::secret::Secret;
use lambda_http::http::{HeaderName, HeaderValue, header as name};
use lambda_http::{Body, Request, RequestExt as _, Response};

use super::event::RequestId;

/// Headers of every answer. If an answer sets one of them itself, its value is sent.
const COMMON: [(HeaderName, &str); 4] = [
    (name::CACHE_CONTROL, "no-store"),
    (name::CONTENT_TYPE, "application/json"),
    (name::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (name::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
];

/// The text of a header; `None` if it is absent, blank, or not UTF-8.
pub fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let value = str::from_utf8(request.headers().get(name)?.as_bytes()).ok()?.trim_ascii();
    (!value.is_empty()).then_some(value)
}

/// The token of the `Authorization: Bearer` header.
pub fn bearer(request: &Request) -> Option<Secret> {
    bearer_token(header(request, "authorization")?)
}

/// The token in the value of an `Authorization` header, if the scheme is Bearer (RFC 6750 §2.1), in any
/// letter case (RFC 9110 §11.1).
pub fn bearer_token(authorization: &str) -> Option<Secret> {
    let (_, token) = authorization.split_once(' ').filter(|_| is_bearer(authorization))?;
    let token = token.trim_start();
    (!token.is_empty()).then(|| Secret::new(token))
}

/// Whether the scheme of an `Authorization` header is Bearer, with or without a token.
pub fn is_bearer(authorization: &str) -> bool {
    let scheme = authorization.split(' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer")
}

/// The value of a cookie.
pub fn cookie<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    cookie_value(header(request, "cookie")?, name)
}

/// The value of a cookie in the text of a `Cookie` header (RFC 6265 §4.2.1), without the quotes that it
/// may have. Of several cookies with this name, the first that is not empty.
pub fn cookie_value<'t>(cookies: &'t str, name: &str) -> Option<&'t str> {
    let pairs = cookies.split(';').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(found, _)| found.trim() == name).map(|(_, value)| {
        let value = value.trim();
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        quoted.unwrap_or(value)
    });
    values.find(|value| !value.is_empty())
}

/// A parameter of the route's path.
pub fn path_parameter<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.path_parameters_ref()?.first(name)
}

/// A parameter of the query, by its name in any letter case, as a header's; `None` if it is absent or
/// blank.
pub fn query_parameter<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let mut parameters = request.query_string_parameters_ref()?.iter();
    let (_, value) = parameters.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    Some(value.trim_ascii()).filter(|value| !value.is_empty())
}

/// The id of the request: API Gateway's, unless the surface generated its own. Empty if the event had
/// no id.
pub fn request_id(request: &Request) -> &str {
    request.extensions().get::<RequestId>().map_or("", |id| id.0.as_str())
}

pub(super) fn set_request_id(request: &mut Request, request_id: &str) {
    request.extensions_mut().insert(RequestId(request_id.to_owned()));
}

pub(super) fn common(mut response: Response<Body>, request_id: &str) -> Response<Body> {
    let headers = response.headers_mut();
    for (name, value) in COMMON {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", request_id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let cookies = "a=1; xb=2; b=3=4;c=;b=5; B=6";
        let value = |name| cookie_value(cookies, name);
        assert_eq!((value("a"), value("b"), value("B")), (Some("1"), Some("3=4"), Some("6")));
        assert_eq!((value("c"), value("d"), value("")), (None, None, None));
    }

    #[test]
    fn a_cookie_may_be_quoted_and_the_first_that_is_not_empty_counts() {
        for (cookies, expected) in [
            ("a=\"1\"", Some("1")),
            ("$Version=\"1\"; a=\"1\";$Path=\"/\"", Some("1")),
            (" a = \"1\" ", Some("1")),
            ("a=;a=\"\"; a=1; a=2", Some("1")),
            ("a=\"1", Some("\"1")),
            ("a=\"", Some("\"")),
            ("a=\"\"", None),
            ("a=", None),
            ("a", None),
        ] {
            assert_eq!(cookie_value(cookies, "a"), expected, "{cookies}");
        }
    }

    #[test]
    fn a_bearer_scheme_is_one_with_or_without_a_token() {
        for bearer in ["Bearer x", "bearer  x", "BEARER", "Bearer "] {
            assert!(is_bearer(bearer), "{bearer}");
        }
        for other in ["Basic x", "Bearerx", "", "x Bearer", "Basic x,Bearer y"] {
            assert!(!is_bearer(other), "{other}");
            assert!(bearer_token(other).is_none(), "{other}");
        }
    }
}
