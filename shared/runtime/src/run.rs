//! A function's whole life: wired once, warmed up, then one event after the other.

use domain::time::Timestamp;
use futures_util::FutureExt as _;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;

use crate::aws::Aws;
use crate::invocation::Invocation;
use crate::telemetry;

/// A kind of event, and how a handler's outcome `O` becomes Lambda's answer to it. HTTP requests,
/// questions to an authorizer and changes of a stream each have one.
#[expect(async_fn_in_trait, reason = "a function runs on one thread: its futures are never sent")]
pub trait Event<O>: Sized {
    type Reply: Serialize;

    /// Everything that is done with one event: parsed, handled in time, logged, answered.
    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> O,
        event: Value,
        invocation: &Invocation,
    ) -> Result<Self::Reply, Error>;
}

/// Runs a function: reads the environment, builds its state, warms up what the state was built from,
/// and serves until Lambda ends the process.
pub async fn run<S, E, O>(
    new: impl FnOnce(&Aws) -> anyhow::Result<S>,
    handle: impl AsyncFn(&S, E, Timestamp) -> O,
) -> Result<(), Error>
where
    E: Event<O>,
{
    telemetry::start();
    let aws = Aws::from_environment()?;
    let state = new(&aws)?;
    aws.warm().await;
    let handle = async |event: E, now: Timestamp| handle(&state, event, now).await;
    let respond = async |event: LambdaEvent<Value>| {
        let invocation = Invocation::from(&event.context);
        E::respond(&handle, event.payload, &invocation).await
    };
    // Boxed: the runtime's own layers around a handler's nested type are more than rustc follows.
    lambda_runtime::run(service_fn(|event| respond(event).boxed_local())).await
}
