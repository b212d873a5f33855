//! What all invocations have in common: parsing the event, and the deadline.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use lambda_runtime::{Context, Error};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::author;
use crate::http::HelpPage;
use crate::outage::Unavailable;

/// The timeout of a warm-up in INIT. The first request fetches what is missing then; its caller has to
/// be answered within three seconds even if a dependency doesn't answer.
const WARM_UP: Duration = Duration::from_millis(400);

/// Every request is answered within this time, even if a dependency doesn't answer.
const DEADLINE: Duration = Duration::from_millis(2500);

/// One invocation of a function.
#[derive(Default)]
pub struct Invocation {
    /// The function, by the name of its folder in `functions`.
    pub name: &'static str,
    /// The name that it was deployed under.
    pub function: String,
    /// Lambda's id of the invocation.
    pub request_id: String,
    pub help_page: Option<Arc<HelpPage>>,
    /// Whether it is the first of its instance, and had to wait for the start.
    pub is_first: bool,
}

impl Invocation {
    pub(crate) fn new(
        name: &'static str,
        context: &Context,
        help_page: Option<Arc<HelpPage>>,
        is_first: bool,
    ) -> Self {
        let function = context.env_config.function_name.clone();
        Self { name, function, request_id: context.request_id.clone(), help_page, is_first }
    }

    /// Runs the call of a request, whose writes name it by this id.
    pub(crate) fn calling<F: Future>(
        &self,
        request_id: &str,
        call: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        author::calling(self.name, [request_id, &self.request_id], call)
    }
}

/// Parses an event. The Lambda runtime could do it, but would log an event that it can't parse.
pub(crate) fn parse<T: DeserializeOwned>(event: Value) -> Result<T, Error> {
    serde_json::from_value(event)
        .map_err(|_| Error::from("this function doesn't accept events of this form"))
}

/// The future's result, or [`Unavailable`] at the deadline. The future is dropped then; the write
/// protocol makes that as harmless as a crash.
pub(crate) async fn in_time<T>(
    future: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let late = |_| Err(anyhow!("the deadline passed").context(Unavailable));
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(late)
}

/// Runs a warm-up, with a timeout.
pub(crate) async fn warmed_up(future: impl Future<Output = anyhow::Result<()>>) {
    match tokio::time::timeout(WARM_UP, future).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("warm-up failed: {error:#}"),
        Err(_) => tracing::warn!("warm-up timed out"),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;

    /// By tokio's own clock, which stands still while there is something to do.
    #[tokio::test(start_paused = true)]
    async fn a_request_is_answered_within_three_seconds_and_a_start_waits_for_less_than_one() {
        let began = Instant::now();
        warmed_up(pending()).await;
        assert_eq!(began.elapsed().as_millis(), 400);
        let late = in_time(pending::<anyhow::Result<()>>()).await.unwrap_err();
        assert!(late.is::<Unavailable>());
        assert_eq!(began.elapsed().as_millis(), 400 + 2500);
        assert_eq!(in_time(async { Ok(7) }).await.unwrap(), 7);
    }
}
