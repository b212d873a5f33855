//! Batches of streams that are handled as a whole.

use std::time::Instant;

use domain::time::Timestamp;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::Value;

use crate::clock;
use crate::invocation::{self, Invocation};
use crate::run::Event;
use crate::telemetry;

/// The records of a batch, as Lambda delivers them. None of them is parsed: a function that must not
/// lose one decides itself what to do about a record of another form.
#[derive(Deserialize)]
pub struct Records {
    #[serde(rename = "Records")]
    pub records: Vec<Value>,
}

/// After an error, Lambda delivers the whole batch again. A handler returns the outcome, for the log.
impl Event<anyhow::Result<&'static str>> for Records {
    type Reply = ();

    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> anyhow::Result<&'static str>,
        event: Value,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let records = invocation::parse::<Self>(event)?;
        let started = Instant::now();
        let handled = invocation.calling(&invocation.request_id, handle(records, clock::now()));
        let measured = telemetry::measured(handled).await;
        telemetry::background(invocation, &measured, started.elapsed());
        measured.0.map(drop).map_err(|_| Error::from("the batch was not handled"))
    }
}
