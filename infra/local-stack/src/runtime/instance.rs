//! One running instance of a function.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::body::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time;
use uuid::Uuid;

use super::launch::Process;
use super::mailbox::{Invocation, Mailboxes};
use super::{Outcome, failure};

/// How long Lambda waits for a function to start.
const INIT: Duration = Duration::from_secs(10);
/// How long an answer waits for the line of its request in the log, which the function wrote before. Only an
/// event that the function can't parse has no line.
const LOG: Duration = Duration::from_millis(200);

/// A process, and the channel to call it. The process ends when this is dropped.
pub(super) struct Instance {
    id: Uuid,
    process: Process,
    calls: mpsc::Sender<Invocation>,
    mailboxes: Arc<Mailboxes>,
}

/// The outcome of a call, and the state of the instance after it.
pub(super) enum Call {
    /// The instance can take another call.
    Done(Outcome),
    /// The instance can't be used any more.
    Broken(Outcome),
    /// The process ended before it took the call. Another instance can take the call.
    NeverTaken(Outcome),
}

impl Instance {
    /// Starts the process with `launch`.
    pub(super) async fn new(
        mailboxes: Arc<Mailboxes>,
        launch: impl FnOnce(Uuid) -> Result<Process>,
    ) -> Result<Self> {
        let id = Uuid::new_v4();
        // Opened before the process starts: a process that polls without a mailbox gets an error.
        let calls = mailboxes.open(id).await;
        match launch(id) {
            Ok(process) => Ok(Self { id, process, calls, mailboxes }),
            Err(error) => {
                mailboxes.close(id).await;
                Err(error)
            }
        }
    }

    pub(super) async fn call(&mut self, payload: Bytes, timeout: Duration) -> Call {
        let id = Uuid::new_v4();
        let logged_before = *self.process.logged.borrow_and_update();
        let ((taken, was_taken), (outcome, ended)) = (oneshot::channel(), oneshot::channel());
        if self.calls.send(Invocation { id, payload, timeout, taken, outcome }).await.is_err() {
            return Call::Broken(failure("Runtime.ExitError", "the instance has ended"));
        }
        tokio::select! {
            biased;
            _ = was_taken => {}
            exit = self.process.child.wait() => return Call::NeverTaken(crashed(id, exit.ok())),
            () = time::sleep(INIT) => return Call::Broken(timed_out(id, INIT)),
        }
        tokio::select! {
            biased;
            Ok(outcome) = ended => {
                self.log_reached(logged_before).await;
                Call::Done(outcome)
            }
            exit = self.process.child.wait() => Call::Broken(crashed(id, exit.ok())),
            () = time::sleep(timeout) => Call::Broken(timed_out(id, timeout)),
        }
    }

    /// Waits until the log has a request more: who gets an answer finds its line.
    async fn log_reached(&mut self, before: u64) {
        let line = self.process.logged.wait_for(|count| *count > before);
        let _ = time::timeout(LOG, line).await;
    }

    /// Ends the process, and removes its mailbox.
    pub(super) async fn end(mut self) {
        self.mailboxes.close(self.id).await;
        drop(self.process.child.kill().await);
    }
}

fn timed_out(id: Uuid, after: Duration) -> Outcome {
    let seconds = after.as_secs_f64();
    failure(
        "Sandbox.Timedout",
        &format!("RequestId: {id} Error: Task timed out after {seconds:.2} seconds"),
    )
}

/// Lambda's report of a process that ended during a call.
fn crashed(id: Uuid, exit: Option<ExitStatus>) -> Outcome {
    let reason = exit.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
    failure(
        "Runtime.ExitError",
        &format!("RequestId: {id} Error: Runtime exited with error: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use anyhow::bail;

    use super::*;

    #[tokio::test]
    async fn the_mailbox_is_there_before_the_process_and_goes_if_that_cannot_start() {
        let mailboxes = Arc::new(Mailboxes::default());
        let mut launched = None;
        let failed = Instance::new(Arc::clone(&mailboxes), |id| {
            let look = pin!(mailboxes.of(id)).poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(look, Poll::Ready(Some(_))));
            launched = Some(id);
            bail!("no such program")
        });
        assert!(failed.await.is_err());
        assert!(mailboxes.of(launched.unwrap()).await.is_none());
    }
}
