//! The SDK's HTTP connector, which replaces the network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::authors::Change;
use crate::connections::Connections;
use crate::dynamodb::{Answer, Dispatch};
use crate::fault::{Fault, Late, Operation, Plan};
use crate::inbox::Inbox;
use crate::logs::Logs;
use crate::mutation::Mutation;
use crate::secrets::Secrets;

pub(crate) fn client(connector: Connector) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}

/// The network, and the services behind it.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) dispatch: Dispatch,
    pub(crate) inbox: Inbox,
    pub(crate) secrets: Secrets,
    pub(crate) logs: Logs,
    pub(crate) mutation: Mutation,
    pub(crate) plan: Arc<Mutex<Plan>>,
    pub(crate) late: Arc<Mutex<Vec<Late>>>,
    pub(crate) images: Arc<Mutex<HashMap<String, String>>>,
    pub(crate) connections: Arc<Connections>,
    /// What was changed, in order.
    pub(crate) changes: Arc<tokio::sync::Mutex<Vec<Change>>>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let _connection = connector.connections.take(request.uri());
            // Other tasks may run here, as while waiting for a network.
            tokio::task::yield_now().await;
            let answer = connector.answer(&request).await?;
            let status = StatusCode::try_from(answer.status).map_err(other)?;
            Ok(HttpResponse::new(status, SdkBody::from(answer.body)))
        })
    }
}

impl Connector {
    async fn answer(&self, request: &HttpRequest) -> Result<Answer, ConnectorError> {
        let body = request.body().bytes().unwrap_or_default();
        let body = std::str::from_utf8(body).map_err(other)?;
        match request.headers().get("x-amz-target") {
            Some(target) if target.starts_with("DynamoDB") => self.dynamodb(target, body).await,
            Some(target) if target.starts_with("Logs_") => {
                self.logs.answer(target, body).map_err(other)?.ok_or_else(lost)
            }
            Some(target) => self.secrets.answer(target, body).map_err(other),
            None => self.inbox.answer(body).map_err(other),
        }
    }

    async fn dynamodb(&self, target: &str, body: &str) -> Result<Answer, ConnectorError> {
        let operation = Operation::parse(target, body).map_err(other)?;
        let body = &self.mutation.apply(&operation, body).map_err(other)?;
        let fault = lock(&self.plan).decide(&operation);
        self.mutation.record(&operation, body, fault).map_err(other)?;
        let apply = || async { self.apply(&operation, target, body).await.map_err(other) };
        match fault {
            Fault::None => apply().await,
            Fault::LostBefore => Err(lost()),
            Fault::LostAfter => apply().await.and(Err(lost())),
            Fault::Duplicated => apply().await.and(apply().await),
            Fault::ErrorAfter => apply().await.and(Ok(error(500, "InternalServerError"))),
            Fault::Error => Ok(error(500, "InternalServerError")),
            Fault::Throttled => Ok(error(400, "ThrottlingException")),
            Fault::Silence => std::future::pending().await,
            Fault::Stale => match self.stale(&operation) {
                Some(image) => Ok(image),
                None => apply().await,
            },
            Fault::Late => {
                let late = Late { target: target.to_owned(), body: body.to_owned() };
                lock(&self.late).push(late);
                Err(lost())
            }
        }
    }

    /// Applies a call, and stores the image that a write replaces. In the embedded database nothing else is
    /// applied meanwhile, so the images show what the write changed.
    pub(crate) async fn apply(
        &self,
        operation: &Operation,
        target: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        if !operation.is_write() {
            return self.dispatch.call(target, body).await;
        }
        let mut changes = self.changes.lock().await;
        let request: Value = serde_json::from_str(body)?;
        let pk =
            if request["Key"].is_null() { &request["Item"]["pk"] } else { &request["Key"]["pk"] };
        let read = json!({"TableName": request["TableName"], "Key": {"pk": pk}}).to_string();
        let image = self.dispatch.call("DynamoDB_20120810.GetItem", &read).await?.body;
        let before: Value = serde_json::from_str(&image)?;
        lock(&self.images).insert(operation.key.clone(), image);
        if !self.dispatch.is_embedded() {
            drop(changes);
            return self.dispatch.call(target, body).await;
        }
        let answer = self.dispatch.call(target, body).await?;
        let after = self.dispatch.call("DynamoDB_20120810.GetItem", &read).await?.body;
        let after: Value = serde_json::from_str(&after)?;
        changes.extend(Change::of(operation, &request, &before["Item"], &after["Item"]));
        Ok(answer)
    }

    /// The older image that an eventually consistent read may return.
    fn stale(&self, operation: &Operation) -> Option<Answer> {
        if operation.is_strong || operation.is_write() {
            return None;
        }
        let body = lock(&self.images).get(&operation.key).cloned()?;
        Some(Answer { status: 200, body })
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn error(status: u16, code: &str) -> Answer {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}")}).to_string();
    Answer { status, body }
}

/// The SDK's error for a try without an answer.
fn lost() -> ConnectorError {
    ConnectorError::timeout("the answer was lost".into())
}

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}
