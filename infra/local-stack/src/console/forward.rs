//! `/gateway/…`: forwards requests of the page at `/api` to the API, with the rest of the path.
//!
//! The API has another origin than the page, and no CORS. The path is forwarded unchanged: parsing it as
//! a URL would resolve dots and double slashes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::any;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::problem;

const PREFIX: &str = "/gateway";
/// The timeout of API Gateway.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Headers of one connection, which are not forwarded.
const OF_THE_CONNECTION: [&str; 6] =
    ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// `api` is the API's address, e.g. `http://127.0.0.1:9000`.
pub(super) fn router<S: Clone + Send + Sync + 'static>(api: &str) -> Router<S> {
    let authority: Arc<str> = api.trim_start_matches("http://").into();
    Router::new()
        .route(&format!("{PREFIX}/"), any(answer))
        .route(&format!("{PREFIX}/{{*path}}"), any(answer))
        .with_state(authority)
}

async fn answer(State(authority): State<Arc<str>>, request: Request) -> Response {
    match timeout(TIMEOUT, forward(&authority, request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => problem(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
        Err(_) => problem(StatusCode::GATEWAY_TIMEOUT, "the API did not answer in time"),
    }
}

async fn forward(authority: &str, mut request: Request) -> Result<Response> {
    let target = target(request.uri()).context("not a path of the API")?;
    *request.uri_mut() = target;
    let headers = request.headers_mut();
    remove(headers, |name| OF_THE_CONNECTION.contains(&name) || is_of_page(name));
    headers.insert(header::HOST, HeaderValue::from_str(authority)?);

    let stream = TcpStream::connect(authority).await;
    let stream = stream.with_context(|| format!("no answer from http://{authority}"))?;
    let (mut api, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The task ends with the exchange; `send_request` returns its error.
    drop(tokio::spawn(connection));
    let mut response = api.send_request(request).await.context("the API gave no answer")?;
    remove(response.headers_mut(), |name| OF_THE_CONNECTION.contains(&name));
    Ok(response.map(Body::new))
}

fn target(uri: &Uri) -> Option<Uri> {
    uri.path_and_query()?.as_str().strip_prefix(PREFIX)?.parse().ok()
}

/// Whether a browser added the header to name the page. The guard has checked these; other clients
/// don't send them.
fn is_of_page(name: &str) -> bool {
    name.starts_with("sec-") || ["origin", "referer"].contains(&name)
}

fn remove(headers: &mut HeaderMap, is_removed: impl Fn(&str) -> bool) {
    let names: Vec<_> = headers.keys().filter(|name| is_removed(name.as_str())).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::guard::{self, Hosts};

    const ANSWER: &[u8] = b"HTTP/1.1 418 I'm a teapot\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
        set-cookie: a=1\r\nset-cookie: b=2\r\nx-odd: \xe9\r\ncontent-length: 3\r\n\r\n{\"\xff";

    /// An API that takes one request. Returns its address, and the request's bytes once it is over.
    async fn api() -> (String, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"the end") {
                assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
            }
            stream.write_all(ANSWER).await.unwrap();
            bytes
        });
        (url, received)
    }

    /// What the console answers to a request, byte for byte.
    async fn ask(api: &str, request: &[u8]) -> Vec<u8> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let router = guard::guarded(router(api).with_state(()), Hosts::Loopback);
        let console = axum::serve(listener, router);
        let console = tokio::spawn(console.into_future());
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        console.abort();
        answer
    }

    /// Lines of a message, whose headers have no order.
    fn sorted(message: &[u8]) -> Vec<String> {
        let text = message.escape_ascii().to_string();
        let mut lines: Vec<_> = text.split("\\r\\n").map(str::to_owned).collect();
        lines.sort();
        lines
    }

    #[tokio::test]
    async fn request_and_answer_pass_unchanged() {
        let (api, received) = api().await;
        let answer = ask(
            &api,
            b"PATCH /gateway//a/../%2e%2E/%C3%A9%2f?x=1&x=%20&y HTTP/1.1\r\n\
              host: 127.0.0.1:9001\r\norigin: http://127.0.0.1:9001\r\nsec-fetch-site: same-origin\r\n\
              referer: http://127.0.0.1:9001/api\r\nconnection: close\r\n\
              x-one: a\r\nx-one: b\r\nx-odd: \xe9\r\ncontent-length: 9\r\n\r\n\xff\nthe end",
        )
        .await;
        let host = format!("host: {}\r\n", api.trim_start_matches("http://"));
        let expected = [
            b"PATCH //a/../%2e%2E/%C3%A9%2f?x=1&x=%20&y HTTP/1.1\r\n",
            host.as_bytes(),
            b"x-one: a\r\nx-one: b\r\nx-odd: \xe9\r\ncontent-length: 9\r\n\r\n\xff\nthe end",
        ]
        .concat();
        assert_eq!(sorted(&received.await.unwrap()), sorted(&expected));
        let closing = [ANSWER, b"\r\nconnection: close"].concat();
        assert_eq!(sorted(&answer), sorted(&closing));
    }

    #[tokio::test]
    async fn another_site_and_a_rebound_name_reach_nothing() {
        // Nothing listens there, so a request that passed would be a 502.
        let api = "http://127.0.0.1:1";
        for (method, headers, status) in [
            ("GET", "host: 127.0.0.1:9001\r\norigin: https://evil.example", "403 Forbidden"),
            ("OPTIONS", "host: 127.0.0.1:9001\r\norigin: null", "403 Forbidden"),
            ("GET", "host: 127.0.0.1:9001\r\nsec-fetch-site: cross-site", "403 Forbidden"),
            ("POST", "host: evil.example:9001", "421 Misdirected Request"),
            ("GET", "host: 127.0.0.1:9001", "502 Bad Gateway"),
        ] {
            let request =
                format!("{method} /gateway/a HTTP/1.1\r\n{headers}\r\nconnection: close\r\n\r\n");
            let answer = String::from_utf8(ask(api, request.as_bytes()).await).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{headers}: {answer}");
            assert!(!answer.contains("access-control-"), "{answer}");
        }
    }

    #[test]
    fn only_the_prefix_is_cut_off() {
        let cut = |uri: &str| target(&uri.parse().unwrap()).map(|target| target.to_string());
        assert_eq!(cut("/gateway/?a=/gateway/"), Some("/?a=/gateway/".into()));
        assert_eq!(cut("/gateway/gateway/a"), Some("/gateway/a".into()));
        assert_eq!(cut("/gateway//evil.example/"), Some("//evil.example/".into()));
        assert_eq!(cut("http://evil.example/gateway/a"), Some("/a".into()));
        assert_eq!(cut("/other/a"), None);
    }
}
