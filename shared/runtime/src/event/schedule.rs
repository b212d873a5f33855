//! Schedules.

use std::time::Instant;

use domain::time::Timestamp;
use lambda_runtime::Error;
use serde_json::Value;

use crate::clock;
use crate::invocation::Invocation;
use crate::run::Event;
use crate::telemetry;

/// A schedule's time has come. It may come twice, and it may come late.
pub struct Tick;

/// A handler returns the outcome, for the log. After an error, Lambda calls again.
impl Event<anyhow::Result<&'static str>> for Tick {
    type Reply = ();

    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> anyhow::Result<&'static str>,
        _event: Value,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let started = Instant::now();
        let handled = invocation.calling(&invocation.request_id, handle(Self, clock::now()));
        let measured = telemetry::measured(handled).await;
        telemetry::background(invocation, &measured, started.elapsed());
        measured.0.map(drop).map_err(|_| Error::from("the scheduled work was not done"))
    }
}
