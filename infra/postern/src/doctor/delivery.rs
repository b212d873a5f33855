//! The way from a stored code to its message: the event source, how late it is, and what was given up.

use anyhow::Context as _;
use runtime::service::{Client, Service};
use serde_json::{Value, json};

use super::Finding;
use super::event_source::{age, is_recorder, judged};
use super::resources::Resources;
use crate::operator::Operator;

/// As in the alarm (infra/watch/alarms.py): a code lives for five minutes.
const LATE_MS: f64 = 30_000.0;
const LATE: &str = "docs/runbook.md, \"Codes are late\"";

const EVENT_SOURCE: &str = "delivery: event source";
const AGE: &str = "delivery: age of records";
const DEAD_LETTERS: &str = "delivery: dead letters";

pub(super) async fn check(operator: &Operator, resources: &Resources) -> Vec<Finding> {
    let (mut findings, dead_letters) =
        tokio::join!(event_sources(operator, resources), dead_letters(operator, resources));
    findings.extend(dead_letters);
    findings
}

async fn event_sources(operator: &Operator, resources: &Resources) -> Vec<Finding> {
    let client = Client::new(&operator.aws, Service::Lambda);
    let mut findings = Vec::new();
    for mapping in resources.of("AWS::Lambda::EventSourceMapping") {
        let path = format!("/2015-03-31/event-source-mappings/{}", mapping.name);
        match client.get("GetEventSourceMapping", &path).await {
            Ok(found) if is_recorder(&found) => {}
            Ok(found) => {
                findings.push(event_source(&mapping.name, &found));
                let age = age(operator, &found).await.map(|age| judged(age, AGE, LATE_MS, LATE));
                findings.push(age.unwrap_or_else(|failure| Finding::failed(AGE, failure)));
            }
            Err(error) => findings.push(Finding::failed(EVENT_SOURCE, error)),
        }
    }
    if findings.is_empty() {
        let remedy = "deploy infra/template.yaml again (docs/deploy.md)";
        let found = "the stack has no event source, so no code is sent";
        findings.push(Finding::wrong(EVENT_SOURCE, found, remedy));
    }
    findings
}

fn event_source(id: &str, mapping: &Value) -> Finding {
    let state = mapping["State"].as_str().unwrap_or("unknown");
    let result = mapping["LastProcessingResult"].as_str().unwrap_or("none yet");
    if state != "Enabled" {
        let found = format!("is {state}, so no code is sent");
        let remedy = format!(
            "`aws lambda update-event-source-mapping --enabled --uuid {id}`; records of the last 24 \
             hours are there yet, but codes live for five minutes"
        );
        return Finding::wrong(EVENT_SOURCE, found, remedy);
    }
    let is_good = ["none yet", "No records processed", "OK"].contains(&result);
    let remedy = "docs/runbook.md, \"Codes are late\"; the log of portal-deliver-otp has the cause";
    Finding::judged(is_good, EVENT_SOURCE, format!("Enabled, last result: {result}"), remedy)
}

async fn dead_letters(operator: &Operator, resources: &Resources) -> Vec<Finding> {
    let client = Client::new(&operator.aws, Service::Sqs);
    let mut findings = Vec::new();
    for queue in resources.of("AWS::SQS::Queue") {
        let found = waiting(&client, &queue.name).await.map(|count| {
            let remedy = "docs/runbook.md, \"Codes were not sent\"";
            Finding::judged(count == 0, DEAD_LETTERS, format!("{count} waiting"), remedy)
        });
        findings.push(found.unwrap_or_else(|error| Finding::failed(DEAD_LETTERS, error)));
    }
    findings
}

/// The messages of a queue.
async fn waiting(client: &Client, url: &str) -> anyhow::Result<u64> {
    let name = "ApproximateNumberOfMessages";
    let body = json!({ "QueueUrl": url, "AttributeNames": [name] });
    let answer = client.call("GetQueueAttributes", &body).await?;
    let count = answer["Attributes"][name].as_str().and_then(|count| count.parse().ok());
    count.context("GetQueueAttributes: an answer without a number of messages")
}
