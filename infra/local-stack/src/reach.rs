//! The API's URL as a caller reaches it: by the address or name in the request's `Host`.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;

/// For a caller of another port of the stack, such as the console's: the API has the same host there.
pub(crate) fn from_another_port(api: &str, headers: &HeaderMap) -> String {
    let port = api.rsplit_once(':').map_or("80", |(_, port)| port);
    match host(headers) {
        Some(host) => format!("http://{}:{port}", host.host()),
        None => api.to_owned(),
    }
}

/// For a caller of the API. A container may show its port under another number.
pub(crate) fn from_the_api(api: &str, headers: &HeaderMap) -> String {
    host(headers).map_or_else(|| api.to_owned(), |host| format!("http://{host}"))
}

/// `localhost` may be another address family than the one that the API listens on.
fn host(headers: &HeaderMap) -> Option<Authority> {
    let host = headers.get(HOST)?.to_str().ok()?.parse::<Authority>().ok()?;
    (!["localhost", "[::1]"].contains(&host.host())).then_some(host)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const API: &str = "http://127.0.0.1:9000";

    fn of(host: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))])
    }

    #[test]
    fn a_caller_of_the_console_reaches_the_api_at_the_same_host() {
        for (host, url) in [
            ("192.168.1.5:9001", "http://192.168.1.5:9000"),
            ("postern:9001", "http://postern:9000"),
            ("[fd00::5]:9001", "http://[fd00::5]:9000"),
            ("localhost:9001", API),
            ("[::1]:9001", API),
            ("127.0.0.1:9001", API),
        ] {
            assert_eq!(from_another_port(API, &of(host)), url, "{host}");
        }
        assert_eq!(from_another_port(API, &HeaderMap::new()), API);
    }

    #[test]
    fn a_caller_of_the_api_reaches_it_at_the_port_that_they_called() {
        for (host, url) in [
            ("192.168.1.5:9000", "http://192.168.1.5:9000"),
            ("postern:8080", "http://postern:8080"),
            ("postern", "http://postern"),
            ("localhost:9000", API),
        ] {
            assert_eq!(from_the_api(API, &of(host)), url, "{host}");
        }
        assert_eq!(from_the_api(API, &HeaderMap::new()), API);
    }
}
