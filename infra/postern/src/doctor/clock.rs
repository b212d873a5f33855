//! Compares this machine's clock with AWS's: a sign-out is effective until five seconds after this
//! machine's time.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use domain::time::Timestamp;
use runtime::clock;
use runtime::outage::{is_unavailable, sdk_error};
use runtime::resources::TableName;

use super::Finding;
use crate::operator::Operator;

/// Of a sign-out's five seconds, its write may take two.
const TOLERATED_MS: i64 = 3000;

pub(super) async fn check(operator: &Operator) -> Finding {
    let check = "clock";
    let table = match operator.variable(TableName::Organizations.variable()) {
        Ok(table) => table,
        Err(failure) => return Finding::failed(check, failure),
    };
    let date = DateHeader::default();
    let call = operator.aws.dynamodb().describe_table().table_name(table);
    let before = clock::now();
    let answer = call.customize().interceptor(date.clone()).send().await;
    let after = clock::now();
    if let Err(error) = answer.map_err(|error| sdk_error(&error, "DescribeTable"))
        && is_unavailable(&error)
    {
        return Finding::failed(check, error);
    }
    let Some(theirs) = date.read() else {
        return Finding::warning(check, "AWS sent no date", "check the clock by hand");
    };
    // The header has whole seconds, and was written between the call and its answer.
    let ahead = before.millis() - theirs.millis() - 1000;
    let behind = theirs.millis() - after.millis();
    let off = ahead.max(behind).max(0);
    let found = format!("differs from AWS's by {off} ms or more");
    let remedy = "set this machine's clock (chrony, systemd-timesyncd): sign-outs depend on it";
    Finding::judged(off <= TOLERATED_MS, check, found, remedy)
}

/// Records the `Date` header of a response.
#[derive(Clone, Debug, Default)]
struct DateHeader(Arc<Mutex<Option<String>>>);

impl DateHeader {
    fn read(&self) -> Option<Timestamp> {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let date = DateTime::from_str(text.as_deref()?, Format::HttpDate).ok()?;
        Some(Timestamp::from_seconds(date.secs()))
    }
}

impl Intercept for DateHeader {
    fn name(&self) -> &'static str {
        "DateHeader"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}
