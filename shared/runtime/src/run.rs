//! The life of a function: it is wired once, warmed up, and then handles one event after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::time::Timestamp;
use futures_util::FutureExt as _;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;

use crate::aws::Aws;
use crate::clock;
use crate::config::Config;
use crate::http::HelpPage;
use crate::invocation::Invocation;
use crate::telemetry;

/// A kind of event, and how the output `O` of its handler becomes the reply. There are five: HTTP
/// requests, requests to an authorizer, changes from a stream one by one or as a batch, and schedules.
#[expect(async_fn_in_trait, reason = "a function runs on one thread: its futures are never sent")]
pub trait Event<O>: Sized {
    type Reply: Serialize;

    /// Parses one event, calls its handler, logs the outcome, and answers.
    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> O,
        event: Value,
        invocation: &Invocation,
    ) -> Result<Self::Reply, Error>;
}

/// Runs a function: reads the environment, builds the state, warms up, and handles events until Lambda
/// ends the process. `name` is that of the function's package.
pub async fn run<S, E, O>(
    name: &'static str,
    new: impl FnOnce(&Aws) -> anyhow::Result<S>,
    handle: impl AsyncFn(&S, E, Timestamp) -> O,
) -> Result<(), Error>
where
    E: Event<O>,
{
    let config = Config::from_environment();
    clock::follow(&config);
    telemetry::start(&config);
    let help_page = HelpPage::from(&config)?.map(Arc::new);
    let aws = Aws::new(config)?;
    let state = new(&aws)?;
    aws.warm().await;
    // Boxed, because rustc can't lay out the nested types of the handler within the runtime's layers.
    let handle = async |event: E, now: Timestamp| {
        aws.refreshing(handle(&state, event, now).boxed_local(), now).await
    };
    let is_first = AtomicBool::new(true);
    let respond = async |event: LambdaEvent<Value>| {
        let is_first = is_first.swap(false, Ordering::Relaxed);
        let invocation = Invocation::new(name, &event.context, help_page.clone(), is_first);
        E::respond(&handle, event.payload, &invocation).await
    };
    lambda_runtime::run(service_fn(respond)).await
}
