//! SMS by SNS: its sandbox, and what a month may cost.

use std::time::Duration;

use runtime::clock;
use runtime::outage::sdk_error;

use super::Finding;
use super::metric::{Metric, newest};
use crate::failure::Result;
use crate::operator::Operator;

/// SNS's default limit, in US dollars a month.
const DEFAULT_SPEND_LIMIT: f64 = 1.0;

/// The share of the limit from which on an operator should request more: at the limit SNS stops.
const ALMOST_ALL: f64 = 0.8;

/// SNS writes the metric when it sends; who sends no SMS for so long spends little.
const RECENT: Duration = Duration::from_hours(72);

const SANDBOX: &str = "SMS: sandbox";
const LIMIT: &str = "SMS: monthly spend limit";
const SPENT: &str = "SMS: spent this month";

pub(super) async fn check(operator: &Operator) -> Vec<Finding> {
    let (sandbox, limit) = tokio::join!(sandbox(operator), limit(operator));
    let mut findings = vec![sandbox.unwrap_or_else(|failure| Finding::failed(SANDBOX, failure))];
    match limit {
        Ok(limit) => {
            findings.push(spend_limit(limit));
            let spent = spent(operator, limit).await;
            findings.push(spent.unwrap_or_else(|failure| Finding::failed(SPENT, failure)));
        }
        Err(failure) => findings.push(Finding::failed(LIMIT, failure)),
    }
    findings
}

/// That of functions tries once, which is right for a message, and wrong for a clock that is off.
pub(super) fn client(operator: &Operator) -> aws_sdk_sns::Client {
    aws_sdk_sns::Client::new(&operator.aws.sdk_config("SNS"))
}

async fn sandbox(operator: &Operator) -> Result<Finding> {
    let status = client(operator).get_sms_sandbox_account_status().send().await;
    let status = status.map_err(|error| sdk_error(&error, "GetSMSSandboxAccountStatus"))?;
    Ok(if status.is_in_sandbox {
        let found = "is on, so SMS reach only verified numbers";
        let remedy = "to send codes by SMS, leave the sandbox in the SNS console";
        Finding::warning(SANDBOX, found, remedy)
    } else {
        Finding::good(SANDBOX, "off")
    })
}

async fn limit(operator: &Operator) -> Result<f64> {
    let name = "MonthlySpendLimit";
    let attributes = client(operator).get_sms_attributes().attributes(name).send().await;
    let found = attributes.map_err(|error| sdk_error(&error, "GetSMSAttributes"))?;
    let attributes = found.attributes.unwrap_or_default();
    let limit = attributes.get(name).and_then(|text| text.parse().ok());
    Ok(limit.unwrap_or(DEFAULT_SPEND_LIMIT))
}

fn spend_limit(limit: f64) -> Finding {
    let found = format!("{limit} US dollars");
    if limit > DEFAULT_SPEND_LIMIT {
        return Finding::good(LIMIT, found);
    }
    let remedy = "the limit allows some dozens of codes: request more in the SNS console";
    Finding::warning(LIMIT, found, remedy)
}

async fn spent(operator: &Operator, limit: f64) -> Result<Finding> {
    let metric = Metric { namespace: "AWS/SNS", name: "SMSMonthToDateSpentUSD", dimension: None };
    let month = |at: domain::time::Timestamp| at.rfc3339().get(..7).map(str::to_owned);
    let newest = newest(operator, &metric, RECENT).await?;
    let spent = newest.filter(|newest| month(newest.at) == month(clock::now()));
    let Some(spent) = spent else {
        return Ok(Finding::good(SPENT, "no SMS in three days"));
    };
    let found = format!("{} of {limit} US dollars", spent.value);
    let remedy = "at the limit SNS sends no more: request a higher one in the SNS console; docs/runbook.md, \"The spend for SMS is high\"";
    Ok(Finding::judged(spent.value < limit * ALMOST_ALL, SPENT, found, remedy))
}
