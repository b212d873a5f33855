//! The lines of the trail, page by page.

use domain::time::Timestamp;
use runtime::log_group::{LogGroup, LogLine, Query};
use runtime::resources::{AUDIT_LOG_GROUP, CHANGES};

use crate::failure::Result;
use crate::operator::Operator;

/// The trail.
pub(super) struct Trail(LogGroup);

impl Trail {
    pub(super) fn open(operator: &Operator) -> Result<Self> {
        operator.open(|aws| LogGroup::new(aws, AUDIT_LOG_GROUP)).map(Self)
    }

    /// Reads the lines that were written in a time, in its order.
    pub(super) async fn read(
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
            let page = self.0.page(&query, next.as_deref()).await?;
            page.lines.into_iter().try_for_each(&mut each)?;
            next = page.next;
            if next.is_none() {
                return Ok(());
            }
        }
    }
}
