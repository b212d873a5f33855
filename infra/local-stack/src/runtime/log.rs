//! The standard output of a function: its log, which the stack reads and passes on.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::ChildStdout;
use tokio::sync::watch;

use crate::output::Output;
use crate::requests::Requests;

/// Where the log of an instance goes.
pub(super) struct Log {
    /// Whether the role of the function allows it. Else its lines are lost, as in AWS.
    pub(super) is_allowed: bool,
    pub(super) output: Arc<Output>,
    pub(super) requests: Arc<Requests>,
}

impl Log {
    /// Passes each line on, and counts those of requests. Ends with the process.
    pub(super) async fn follow(self, stdout: ChildStdout, count: watch::Sender<u64>) {
        let (mut reader, mut line) = (BufReader::new(stdout), Vec::new());
        while reader.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
            if self.is_allowed {
                self.output.pass_on(&line);
                if self.requests.logged(&line) {
                    count.send_modify(|count| *count += 1);
                }
            }
            line.clear();
        }
    }
}
