//! Errors of the router itself, in the form of all others: `{"message":"…"}`.

use axum::Router;
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;

use super::problem;

/// The longest message of the router.
const MAXIMUM: usize = 4096;

/// A router whose every refusal is JSON, and says what to do.
pub(crate) fn explained(router: Router) -> Router {
    router.layer(map_response(explain))
}

async fn explain(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_plain = kind.is_none_or(|kind| kind.starts_with("text/plain"));
    if !status.is_client_error() || !is_plain {
        return response;
    }
    let body = to_bytes(response.into_body(), MAXIMUM).await.unwrap_or_default();
    match (status, String::from_utf8_lossy(&body).trim()) {
        (StatusCode::NOT_FOUND, "") => {
            problem(status, "nothing is here; GET /index lists the paths")
        }
        (StatusCode::METHOD_NOT_ALLOWED, "") => {
            problem(status, "not with this method; GET /index lists them")
        }
        (_, text) => problem(status, text),
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::{Path, Query};
    use axum::routing::get;
    use serde_json::Value;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn every_refusal_has_a_message() {
        let router = Router::new()
            .route("/id/{id}", get(async |Path(_): Path<u8>| ""))
            .route("/page", get(async |Query(_): Query<Vec<(String, u8)>>| ""));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, explained(router)).into_future());
        let client = reqwest::Client::new();
        for (request, status) in [
            (client.get(format!("{url}/nowhere")), 404),
            (client.post(format!("{url}/page")), 405),
            (client.get(format!("{url}/id/x")), 400),
            (client.get(format!("{url}/page?limit=x")), 400),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), status);
            let body: Value = answer.json().await.unwrap();
            assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        }
    }
}
