//! What a developer does to the stack, and sees of it: requests, faults, tokens, and the clock.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Console, json_of, problem};
use crate::clock;
use crate::demo::{Gone, Wanted};
use crate::faults::Fault;
use crate::gateway::Gateway;
use crate::guard;

/// How many requests a list has, unless it asks for more or less.
const LIMIT: usize = 50;

pub(super) fn router() -> Router<Arc<Console>> {
    Router::new()
        .route("/requests", get(requests).delete(forget))
        .route("/requests/{id}", get(one))
        .route("/faults", get(waiting).post(add).delete(clear))
        .route("/clock", get(time).post(advance).delete(reset))
        .route("/mint", post(mint))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<usize>,
}

async fn requests(State(console): State<Arc<Console>>, page: Query<Page>) -> Response {
    match console.gateway() {
        Ok(gateway) => {
            let requests = gateway.requests.newest_first(page.limit.unwrap_or(LIMIT));
            Json(json!({ "requests": requests })).into_response()
        }
        Err(refusal) => *refusal,
    }
}

async fn forget(State(console): State<Arc<Console>>) -> Response {
    match console.gateway() {
        Ok(gateway) => {
            gateway.requests.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => *refusal,
    }
}

async fn one(State(console): State<Arc<Console>>, Path(id): Path<String>) -> Response {
    let found = match console.gateway() {
        Ok(gateway) => gateway.requests.find(&id),
        Err(refusal) => return *refusal,
    };
    match found {
        Some(details) => Json(details).into_response(),
        None => problem(
            StatusCode::NOT_FOUND,
            "no request has this id; take it from GET /requests, or from an answer's X-Request-Id",
        ),
    }
}

async fn waiting(State(console): State<Arc<Console>>) -> Response {
    match console.gateway() {
        Ok(gateway) => Json(json!({ "faults": gateway.faults.waiting() })).into_response(),
        Err(refusal) => *refusal,
    }
}

async fn add(State(console): State<Arc<Console>>, headers: HeaderMap, body: Bytes) -> Response {
    let (gateway, fault) = match (console.gateway(), read::<Fault>(&headers, &body)) {
        (Ok(gateway), Ok(fault)) => (gateway, fault),
        (Err(refusal), _) | (_, Err(refusal)) => return *refusal,
    };
    let added = fault.check().and_then(|()| {
        let route = fault.route.as_deref().map(|route| gateway.route(route)).transpose()?;
        gateway.faults.add(fault.of_route(route))
    });
    match added {
        Ok(fault) => (StatusCode::CREATED, Json(fault)).into_response(),
        Err(error) => problem(StatusCode::BAD_REQUEST, &format!("{error:#}")),
    }
}

async fn clear(State(console): State<Arc<Console>>) -> Response {
    match console.gateway() {
        Ok(gateway) => {
            gateway.faults.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => *refusal,
    }
}

async fn time() -> Json<Value> {
    let now = clock::now().whole_second().rfc3339().replace(".000Z", "Z");
    Json(json!({ "now": now, "offsetSeconds": clock::ahead().as_secs() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Advance {
    advance: String,
}

async fn advance(State(console): State<Arc<Console>>, headers: HeaderMap, body: Bytes) -> Response {
    let wanted = match read::<Advance>(&headers, &body) {
        Ok(wanted) => wanted,
        Err(refusal) => return *refusal,
    };
    match clock::span(&wanted.advance).and_then(|span| console.clock.advance(span)) {
        Ok(()) => time().await.into_response(),
        Err(error) => problem(StatusCode::BAD_REQUEST, &format!("{error:#}")),
    }
}

async fn reset(State(console): State<Arc<Console>>) -> Response {
    if let Err(error) = console.clock.reset() {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}"));
    }
    // What they cached in the future would be good for hours.
    console.functions.renew().await;
    time().await.into_response()
}

async fn mint(State(console): State<Arc<Console>>, headers: HeaderMap, body: Bytes) -> Response {
    let wanted = match read::<Wanted>(&headers, &body) {
        Ok(wanted) => wanted,
        Err(refusal) => return *refusal,
    };
    match console.demo.tokens.mint(wanted, clock::now()).await {
        Ok(token) => {
            (StatusCode::CREATED, Json(json!({ "token": token.expose() }))).into_response()
        }
        Err(error) => {
            // What the demo data lacks, a developer deleted.
            let is_gone = error.is::<Gone>();
            let status =
                if is_gone { StatusCode::CONFLICT } else { StatusCode::INTERNAL_SERVER_ERROR };
            problem(status, &format!("{error:#}"))
        }
    }
}

/// The JSON of a body; a form of another site can't send that.
fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Box<Response>> {
    guard::require_json(headers)
        .map_err(|refusal| Box::new(problem(refusal.status(), refusal.message())))?;
    json_of(body)
}

impl Console {
    fn gateway(&self) -> Result<&Gateway, Box<Response>> {
        self.gateway.as_deref().ok_or_else(|| {
            let message = "this stack doesn't serve the API: start it without --services";
            Box::new(problem(StatusCode::CONFLICT, message))
        })
    }
}
