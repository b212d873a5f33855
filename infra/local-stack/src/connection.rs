//! Serves HTTP where a connection may have to close without an answer, which axum's server can't.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// The wait after a connection could not be accepted: this process may have no file left.
const ACCEPT_WAIT: Duration = Duration::from_millis(100);

/// The connection closes without an answer.
#[derive(Debug)]
pub(crate) struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection closes without an answer")
    }
}

impl std::error::Error for Lost {}

/// Serves until the runtime ends.
pub(crate) async fn serve<A>(
    listener: TcpListener,
    answer: impl Fn(Request<Body>, SocketAddr) -> A + Clone + Send + Sync + 'static,
) where
    A: Future<Output = Result<Response<Body>, Lost>> + Send + 'static,
{
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            sleep(ACCEPT_WAIT).await;
            continue;
        };
        let answer = answer.clone();
        drop(tokio::spawn(async move {
            let service = service_fn(|request: Request<_>| answer(request.map(Body::new), from));
            let mut server = http1::Builder::new();
            let server = server.timer(TokioTimer::new());
            // An error is the client's, or a connection that was meant to close.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        }));
    }
}
