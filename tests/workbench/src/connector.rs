//! Where the SDK believes that the network begins.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use crate::dynamodb::{Answer, Dispatch};
use crate::fault::{Fault, Late, Operation, Plan};
use crate::inbox::Inbox;
use crate::mutation::Mutation;
use crate::secrets::Secrets;

pub(crate) fn client(
    dispatch: Dispatch,
    inbox: Inbox,
    secrets: Secrets,
    plan: Arc<Mutex<Plan>>,
) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector {
        dispatch,
        inbox,
        secrets,
        plan,
        mutation: Mutation::from_environment(),
    });
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Clone)]
struct Connector {
    dispatch: Dispatch,
    inbox: Inbox,
    secrets: Secrets,
    plan: Arc<Mutex<Plan>>,
    mutation: Mutation,
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
            // A network would let others go first here.
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
            Some(_) => self.secrets.answer(body).map_err(other),
            None => self.inbox.answer(body).map_err(other),
        }
    }

    async fn dynamodb(&self, target: &str, body: &str) -> Result<Answer, ConnectorError> {
        let operation = Operation::parse(target, body).map_err(other)?;
        let body = &self.mutation.apply(&operation, body).map_err(other)?;
        let fault = self.plan.lock().unwrap_or_else(PoisonError::into_inner).decide(&operation);
        let apply = || async { self.dispatch.call(target, body).await.map_err(other) };
        match fault {
            Fault::None => apply().await,
            Fault::LostBefore => Err(lost()),
            Fault::LostAfter => apply().await.and(Err(lost())),
            Fault::Duplicated => apply().await.and(apply().await),
            Fault::ErrorAfter => apply().await.and(Ok(internal_error())),
            Fault::Error => Ok(internal_error()),
            Fault::Silence => std::future::pending().await,
            Fault::Late => {
                let late = Late { target: target.to_owned(), body: body.to_owned() };
                self.plan.lock().unwrap_or_else(PoisonError::into_inner).delay(late);
                Err(lost())
            }
        }
    }
}

fn internal_error() -> Answer {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#;
    Answer { status: 500, body: body.to_owned() }
}

/// What the SDK sees of an attempt that never returned.
fn lost() -> ConnectorError {
    ConnectorError::timeout("the answer was lost".into())
}

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}
