//! The console: its pages, sent messages, dead letters, demo data, and Lambda's Invoke API.

mod attempt;
mod documents;
mod errors;
mod forward;
mod invoke;
mod page;
mod reference;
mod sandbox;
mod trail;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use domain::id::NumericId;
use domain::password::InvalidPassword;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use crate::demo::{self, Demo};
use crate::functions::Functions;
use crate::gateway::Gateway;
use crate::inbox::{Inbox, Message};
use crate::logs::Logs;
use crate::reach;
use crate::stream::DeadLetters;
pub(crate) use attempt::Api;
pub(crate) use errors::explained;

/// The state of the console.
pub(crate) struct Console {
    pub(crate) api: Api,
    pub(crate) functions: Arc<Functions>,
    /// `None` if the developer's `cargo lambda watch` serves the API.
    pub(crate) gateway: Option<Arc<Gateway>>,
    pub(crate) clock: Clock,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) dead_letters: Arc<DeadLetters>,
    pub(crate) demo: Demo,
    pub(crate) logs: Arc<Logs>,
    pub(crate) is_ready: AtomicBool,
}

const INDEX: &str = "\
GET    /                       the page
GET    /api                    the API reference, in Swagger UI
GET    /openapi.yaml           the API reference, for tools
GET    /docs/errors            what each refusal means; also /docs/integrate, /docs/authorizers and
                               /docs/local-stack
*      /gateway/{path}         forwards requests of the API reference to the API
GET    /routes                 the paths of all ports
GET    /ready                  200 once the stack is ready
GET    /messages               the messages that were sent by email and SMS, newest first
DELETE /messages               deletes them
GET    /messages/{id}/html     the HTML of a mail
GET    /requests               the requests to the API, newest first; ?limit=50
GET    /requests/{id}          one of them, by the id here or in its answer's X-Request-Id
DELETE /requests               forgets them
GET    /trail                  the audit trail, newest first; ?user=, ?organization=, ?request=, ?limit=50
GET    /faults                 the answers that will be disturbed
POST   /faults                 disturbs the next answers; body:
                               {\"kind\":\"lost-answer\"|\"lost-request\"|\"slow\"|\"too-many-requests\"|
                               \"unavailable\"|\"gateway-error\",\"route\":\"POST /v1/token\",\"times\":1,
                               \"milliseconds\":3000,\"retryAfter\":1,\"share\":0.3}
DELETE /faults                 disturbs no more
GET    /clock                  the time of the stack
POST   /clock                  moves it forward; body: {\"advance\":\"6h\"}
DELETE /clock                  goes back to the machine's time
POST   /mint                   a token for the demo data; body:
                               {\"surface\":\"portal\"|\"partner\"|\"password\"|\"sso\",
                               \"fault\":\"none\"|\"expired\"|\"foreign\"|\"forged\"}
GET    /dead-letters           stream batches that could not be delivered
GET    /demo                   the API's address, and the demo data
POST   /demo/organizations     creates an organization with one patient; body, all fields optional:
                               {\"limits\":\"default\",\"email\":\"…\",\"phoneNumber\":\"+…\",
                               \"username\":\"…\",\"password\":\"…\",\"cookie\":true,
                               \"scopes\":[\"create:patient\"]}; with scopes, it is connected to
                               the demo partner
POST   /demo/exchange          creates clients and users of the identity provider; body:
                               {\"clients\":[…],\"users\":[…]}, as infra/local-stack/src/demo/exchange.json
DELETE /demo/exchange/users/{id}    deletes such a user
POST   /try                    calls the API:
                               {\"method\":\"GET\",\"path\":\"/…\",\"headers\":{},\"body\":\"…\"}
POST   /2015-03-31/functions/{name}/invocations    Lambda's Invoke API
";

pub(crate) fn router(console: Arc<Console>) -> Router {
    Router::new()
        .merge(page::router())
        .merge(reference::router(&console.api.url))
        .merge(documents::router())
        .merge(forward::router(&console.api.url))
        .merge(sandbox::router())
        .merge(trail::router())
        .route("/index", get(index))
        .route("/ready", get(ready))
        .route("/messages", get(messages).delete(forget))
        .route("/messages/{id}/html", get(mail))
        .route("/dead-letters", get(dead_letters))
        .route("/demo", get(clinics))
        .route("/try", post(attempt).layer(DefaultBodyLimit::max(attempt::MAXIMUM_REQUEST)))
        .route("/demo/organizations", post(organization))
        .route("/demo/exchange", post(import))
        .route("/demo/exchange/users/{id}", delete(delete_user))
        .route("/2015-03-31/functions/{name}/invocations", post(invoke::answer))
        .with_state(console)
}

async fn index() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], INDEX)
}

async fn ready(State(console): State<Arc<Console>>) -> (StatusCode, Json<Value>) {
    let is_ready = console.is_ready.load(Ordering::Relaxed);
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": is_ready })))
}

async fn messages(State(console): State<Arc<Console>>) -> Json<Vec<Message>> {
    Json(console.inbox.newest_first().await)
}

async fn mail(State(console): State<Arc<Console>>, Path(id): Path<Uuid>) -> Response {
    match console.inbox.html(id).await {
        Some(html) => page::file("text/html", page::MAIL, html).into_response(),
        None => problem(StatusCode::NOT_FOUND, "no mail with HTML has this id"),
    }
}

async fn forget(State(console): State<Arc<Console>>) -> StatusCode {
    console.inbox.clear().await;
    StatusCode::NO_CONTENT
}

async fn dead_letters(State(console): State<Arc<Console>>) -> Json<Vec<Value>> {
    Json(console.dead_letters.newest_first().await)
}

async fn clinics(State(console): State<Arc<Console>>, headers: HeaderMap) -> Json<Value> {
    Json(json!({
        "api": reach::from_another_port(&console.api.url, &headers),
        "username": demo::USERNAME,
        "clinics": demo::CLINICS,
        "partner": { "id": demo::PARTNER, "secret": demo::PARTNER_SECRET },
        "exchange": demo::WALKTHROUGH,
    }))
}

async fn attempt(State(console): State<Arc<Console>>, headers: HeaderMap, body: Bytes) -> Response {
    console.api.answer(&headers, &body).await
}

async fn organization(State(console): State<Arc<Console>>, body: Bytes) -> Response {
    let body = if body.is_empty() { Bytes::from("{}") } else { body };
    let options = match json_of(&body) {
        Ok(options) => options,
        Err(refusal) => return *refusal,
    };
    match console.demo.organization(options).await {
        Ok(organization) => (StatusCode::CREATED, Json(organization)).into_response(),
        Err(error) => {
            let is_ours = !error.is::<InvalidPassword>();
            let status =
                if is_ours { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
            problem(status, &format!("{error:#}"))
        }
    }
}

async fn import(State(console): State<Arc<Console>>, body: Bytes) -> Response {
    let roster = match json_of(&body) {
        Ok(roster) => roster,
        Err(refusal) => return *refusal,
    };
    match console.demo.exchange.import(&roster).await {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(error) => problem(StatusCode::CONFLICT, &format!("{error:#}")),
    }
}

async fn delete_user(State(console): State<Arc<Console>>, Path(id): Path<NumericId>) -> Response {
    match console.demo.exchange.delete(id).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => problem(StatusCode::NOT_FOUND, &format!("{error:#}")),
    }
}

/// The JSON of a body.
fn json_of<T: DeserializeOwned>(body: &Bytes) -> Result<T, Box<Response>> {
    let parsed = serde_json::from_slice(body);
    parsed.map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, &in_words_of_json(&error))))
}

/// Serde's message, which names types of Rust, in the words of JSON.
fn in_words_of_json(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    for (rust, json) in [
        ("unknown variant", "unknown value"),
        ("invalid type: sequence", "invalid type: array"),
        ("invalid type: map", "invalid type: object"),
        ("expected a sequence", "expected an array"),
        ("expected a map", "expected an object"),
        ("expected u32", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected f64", "expected a number"),
    ] {
        message = message.replace(rust, json);
    }
    message
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
