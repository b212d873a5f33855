//! Calls of functions, which this stack or `cargo lambda watch` runs.

use anyhow::{Context, Result, anyhow};
use axum::body::Bytes;

use crate::runtime::{Outcome, Runtime};

/// What runs the functions.
pub(crate) enum Functions {
    /// This stack.
    Here(Runtime),
    /// `cargo lambda watch`, through Lambda's Invoke API.
    Watch { http: reqwest::Client, url: String },
}

impl Functions {
    pub(crate) fn watch(url: String) -> Self {
        Self::Watch { http: reqwest::Client::new(), url }
    }

    /// Lets the functions forget what they have cached. `cargo lambda watch` can't.
    pub(crate) async fn renew(&self) {
        if let Self::Here(runtime) = self {
            runtime.renew().await;
        }
    }

    /// Calls a function; `None` if it was not found.
    pub(crate) async fn invoke(&self, name: &str, payload: Bytes) -> Result<Option<Outcome>> {
        match self {
            Self::Here(runtime) => Ok(runtime.invoke(name, payload).await),
            Self::Watch { http, url } => {
                let url = format!("{url}/2015-03-31/functions/{name}/invocations");
                let sent = http.post(&url).body(payload).send().await;
                let response = sent
                    .with_context(|| format!("no answer from {url}; start `cargo lambda watch`"))?;
                match response.status().as_u16() {
                    404 => return Ok(None),
                    200..300 => {}
                    status => return Err(anyhow!("cargo lambda watch answered {status}: {url}")),
                }
                let failed = response.headers().contains_key("x-amz-function-error");
                let body = response.bytes().await?;
                Ok(Some(if failed { Outcome::Failed(body) } else { Outcome::Answered(body) }))
            }
        }
    }
}
