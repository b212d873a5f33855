//! What a function prints: its log, which the stack reads, stores and passes on.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::watch;

use crate::clock;
use crate::logs::{Error, Event, Logs, MAXIMUM_BYTES, OVERHEAD};
use crate::output::Output;
use crate::requests::Requests;

/// Where the log of an instance, or of `cargo lambda watch`, goes.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) group: String,
    pub(crate) stream: String,
    pub(crate) logs: Arc<Logs>,
    pub(crate) output: Arc<Output>,
    pub(crate) requests: Arc<Requests>,
}

impl Log {
    /// Stores each line and passes it on, and counts those of requests. Ends with the process.
    pub(crate) async fn follow(self, printed: impl AsyncRead + Unpin, count: watch::Sender<u64>) {
        let (mut reader, mut line) = (BufReader::new(printed), Vec::new());
        while reader.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
            self.output.pass_on(&line);
            if let Err(error) = self.store(&line) {
                self.output.line(&format!("a line of {} is not stored: {error}", self.stream));
            }
            if self.requests.logged(&line) {
                count.send_modify(|count| *count += 1);
            }
            line.clear();
        }
    }

    /// Lambda cuts a line that is too long for an event.
    fn store(&self, line: &[u8]) -> Result<(), Error> {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches('\n');
        let message = text[..text.floor_char_boundary(MAXIMUM_BYTES - OVERHEAD)].to_owned();
        if message.is_empty() {
            return Ok(());
        }
        let event = Event { timestamp: clock::now().millis(), message };
        self.logs.put(&self.group, &self.stream, &[event]).map(|_| ())
    }
}
