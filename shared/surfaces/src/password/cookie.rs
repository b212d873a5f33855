//! The token as a cookie, which the contract recommends, for organizations that enable it.
//!
//! `__Host-` binds the cookie to this host, over TLS, for all paths (RFC 6265bis §4.1.3.2). No script can
//! read it, and no page of another site can make a browser send it. A request also needs the
//! `organization` header, which no form and no image can send: a second defence against forged requests.

use std::time::Duration;

use domain::id::ApiName;
use domain::secret::Secret;
use domain::time::Timestamp;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::SET_COOKIE;
use lambda_http::{Body, Response};

const ATTRIBUTES: &str = "Path=/; HttpOnly; Secure; SameSite=Strict";

/// The name of the cookie: one for each API, so that a login to one doesn't replace that to another.
pub fn name(api: &ApiName) -> String {
    format!("__Host-postern-{api}")
}

/// Sets the cookie for the lifetime of the token.
pub fn set(
    response: &mut Response<Body>,
    api: &ApiName,
    token: &Secret,
    lifetime: Duration,
    now: Timestamp,
) {
    append(response, api, token.expose(), lifetime, now.plus(lifetime));
}

/// Clears the cookie.
pub fn clear(response: &mut Response<Body>, api: &ApiName) {
    append(response, api, "", Duration::ZERO, Timestamp::from_seconds(0));
}

/// `Expires` says what `Max-Age` says: without it, Java's `CookieManager` takes the cookie for one of
/// RFC 2965, and sends it back in quotes.
fn append(
    response: &mut Response<Body>,
    api: &ApiName,
    value: &str,
    lifetime: Duration,
    expires_at: Timestamp,
) {
    let (name, seconds, date) = (name(api), lifetime.as_secs(), expires_at.http_date());
    let cookie = format!("{name}={value}; Max-Age={seconds}; Expires={date}; {ATTRIBUTES}");
    // Always succeeds: names, tokens and numbers are visible ASCII.
    if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
        cookie.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_set_and_cleared_under_the_same_name_and_path() {
        let api = ApiName::parse("patient").unwrap();
        let mut response = Response::new(Body::Empty);
        let now = Timestamp::from_seconds(784_108_177);
        set(&mut response, &api, &Secret::new("a.b.c"), Duration::from_hours(1), now);
        clear(&mut response, &api);
        let cookies: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
        assert_eq!(
            cookies,
            [
                "__Host-postern-patient=a.b.c; Max-Age=3600; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Path=/; HttpOnly; Secure; SameSite=Strict",
                "__Host-postern-patient=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; Secure; SameSite=Strict",
            ]
        );
    }
}
