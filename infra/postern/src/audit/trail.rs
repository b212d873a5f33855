//! The lines of the trail, page by page.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::time::Timestamp;
use runtime::log_group::{LogGroup, LogLine, Query};
use runtime::resources::{AUDIT_LOG_GROUP, CHANGES};

use crate::failure::Result;
use crate::operator::Operator;

/// Whether a text can stand in a filter of CloudWatch as it is.
pub(crate) fn is_quotable(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\*".contains(&byte);
    (1..=2048).contains(&text.len()) && text.bytes().all(is_plain)
}

/// No line is from after this instant, the last of the year 9999. The clock that lines have is not this machine's.
pub(crate) const END: Timestamp = Timestamp::from_seconds(253_402_300_799);

/// The trail.
pub(crate) struct Trail {
    group: LogGroup,
    /// The time of the newest line that was read, in milliseconds.
    newest: AtomicI64,
}

impl Trail {
    pub(crate) fn open(operator: &Operator) -> Result<Self> {
        let group = operator.open(|aws| LogGroup::new(aws, AUDIT_LOG_GROUP))?;
        Ok(Self { group, newest: AtomicI64::new(i64::MIN) })
    }

    pub(crate) fn name(&self) -> &str {
        self.group.name()
    }

    /// When the newest line that was read was written, if one was.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let millis = self.newest.load(Ordering::Relaxed);
        (millis != i64::MIN).then(|| Timestamp::from_millis(millis))
    }

    /// Reads the lines that were written in a time, in its order.
    pub(crate) async fn read(
        &self,
        from: Timestamp,
        until: Timestamp,
        pattern: &str,
        mut each: impl FnMut(LogLine) -> Result<()>,
    ) -> Result<()> {
        // CloudWatch refuses a time that ends before it begins.
        if until <= from {
            return Ok(());
        }
        let query = Query { streams: CHANGES, from, until, pattern };
        let mut next = None;
        loop {
            let page = self.group.page(&query, next.as_deref()).await?;
            if let Some(newest) = page.lines.iter().map(|line| line.at.millis()).max() {
                self.newest.fetch_max(newest, Ordering::Relaxed);
            }
            page.lines.into_iter().try_for_each(&mut each)?;
            next = page.next;
            if next.is_none() {
                return Ok(());
            }
        }
    }
}
