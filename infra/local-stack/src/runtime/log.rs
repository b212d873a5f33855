//! The standard output of a function: its log, which the stack reads and passes on.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::ChildStdout;
use tokio::sync::watch;

use crate::output::Output;
use crate::requests::Requests;

/// Passes each line on, and counts those of requests. Ends with the process.
pub(super) async fn follow(
    stdout: ChildStdout,
    output: Arc<Output>,
    requests: Arc<Requests>,
    count: watch::Sender<u64>,
) {
    let (mut reader, mut line) = (BufReader::new(stdout), Vec::new());
    while reader.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        output.pass_on(&line);
        if requests.logged(&line) {
            count.send_modify(|count| *count += 1);
        }
        line.clear();
    }
}
