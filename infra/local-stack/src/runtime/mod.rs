//! Lambda: runs the functions' binaries. An instance takes one call at a time; parallel calls get more
//! instances.

pub(crate) mod api;
mod instance;
pub(crate) mod launch;
mod log;
mod mailbox;
mod pool;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;

pub(crate) use launch::Launcher;
pub(crate) use log::Log;
use mailbox::Mailboxes;
use pool::Pool;

use crate::template::Function;

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The function's answer.
    Answered(Bytes),
    /// A function error, as JSON: the function reported an error, crashed or timed out.
    Failed(Bytes),
}

/// The functions, ready to be called.
pub(crate) struct Runtime {
    pools: BTreeMap<String, Arc<Pool>>,
    mailboxes: Arc<Mailboxes>,
}

impl Runtime {
    pub(crate) fn new(functions: &[Function], launcher: Launcher) -> Self {
        let (launcher, mailboxes) = (Arc::new(launcher), Arc::new(Mailboxes::default()));
        let pool = |function: &Function| {
            Arc::new(Pool::new(function.clone(), Arc::clone(&launcher), Arc::clone(&mailboxes)))
        };
        let pools =
            functions.iter().map(|function| (function.name.clone(), pool(function))).collect();
        Self { pools, mailboxes }
    }

    /// Ends all instances, the busy ones after their calls. What they have cached is gone then.
    pub(crate) async fn renew(&self) {
        for pool in self.pools.values() {
            pool.renew().await;
        }
    }

    /// Calls a function; `None` if it was not found.
    pub(crate) async fn invoke(&self, function: &str, payload: Bytes) -> Option<Outcome> {
        let pool = Arc::clone(self.pools.get(function)?);
        // Spawned, because Lambda finishes a call even if the caller disconnects.
        let call = tokio::spawn(async move { pool.invoke(payload).await });
        Some(call.await.unwrap_or_else(|error| failure("Local.Bug", &error.to_string())))
    }
}

/// Lambda's own report of a failed invocation.
fn failure(kind: &str, message: &str) -> Outcome {
    let report = serde_json::json!({ "errorType": kind, "errorMessage": message });
    Outcome::Failed(report.to_string().into())
}
