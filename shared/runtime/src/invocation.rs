//! What every call of a function has in common, whatever its event: how it is read, and how long it
//! may take.

use std::time::Duration;

use anyhow::anyhow;
use lambda_runtime::{Context, Error};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::outage::Unavailable;

/// INIT warms up for no longer than this; what isn't there then is fetched by the first request,
/// whose caller has to be answered within three seconds even if a dependency is silent.
const WARM_UP: Duration = Duration::from_millis(400);

/// Every request is answered within this, whatever a dependency does.
const DEADLINE: Duration = Duration::from_millis(2500);

/// One call: who is called, and what Lambda calls the call.
pub struct Invocation {
    pub function: String,
    pub request_id: String,
}

impl From<&Context> for Invocation {
    fn from(context: &Context) -> Self {
        let function = context.env_config.function_name.clone();
        Self { function, request_id: context.request_id.clone() }
    }
}

/// An event as a `T`. The runtime would parse it for us, and log what it could not parse: the event.
pub(crate) fn parse<T: DeserializeOwned>(event: Value) -> Result<T, Error> {
    serde_json::from_value(event)
        .map_err(|_| Error::from("the event has another form than this function takes"))
}

/// The future's result, or [`Unavailable`] at the deadline. What it was doing then is dropped; the
/// write protocol makes that as harmless as a crash.
pub(crate) async fn in_time<T>(
    future: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let late = |_| Err(anyhow!("the deadline passed").context(Unavailable));
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(late)
}

/// Runs what INIT does ahead of the first request, but not for longer than it should take.
pub(crate) async fn prepared(future: impl Future<Output = anyhow::Result<()>>) {
    match tokio::time::timeout(WARM_UP, future).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("warm-up failed: {error:#}"),
        Err(_) => tracing::warn!("warm-up took too long"),
    }
}
