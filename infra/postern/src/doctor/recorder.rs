//! The way from a change to its line in the audit trail: an event source for each table, how late the recorder is, and
//! where records go that it could not record.

use std::collections::BTreeMap;

use runtime::resources::TableName;
use runtime::service::{Client, Service};
use serde_json::Value;

use super::Finding;
use super::event_source::{age, is_recorder, judged};
use super::resources::Resources;
use crate::operator::Operator;

/// As in the alarm (infra/watch/alarms.py).
const LATE_MS: f64 = 300_000.0;

const CHECK: &str = "audit trail: event source";
const AGE: &str = "audit trail: age of records";
const DEPLOY: &str = "deploy infra/template.yaml again (docs/deploy.md)";
const LATE: &str = "docs/runbook.md, \"The audit trail is late\"";

pub(super) async fn check(operator: &Operator, resources: &Resources) -> Vec<Finding> {
    let client = Client::new(&operator.aws, Service::Lambda);
    let mut mappings = BTreeMap::new();
    for mapping in resources.of("AWS::Lambda::EventSourceMapping") {
        let path = format!("/2015-03-31/event-source-mappings/{}", mapping.name);
        let found = match client.get("GetEventSourceMapping", &path).await {
            Ok(found) => found,
            Err(error) => return vec![Finding::failed(CHECK, error)],
        };
        if is_recorder(&found) {
            let stream = found["EventSourceArn"].as_str().unwrap_or_default();
            let table = stream.split('/').nth(1).unwrap_or_default().to_owned();
            mappings.insert(table, (mapping.name.clone(), found));
        }
    }
    let mut findings = Vec::new();
    for (table, noun) in TableName::AUDITED {
        let check = format!("{CHECK} of {}", noun.as_str());
        let mapping = operator.variable(table.variable()).map(|name| mappings.get(name));
        findings.push(match mapping {
            Err(failure) => Finding::failed(check, failure),
            Ok(None) => Finding::wrong(check, "none, so its changes are not recorded", DEPLOY),
            Ok(Some((id, mapping))) => event_source(check, id, mapping),
        });
    }
    if let Some((_, mapping)) = mappings.values().next() {
        let age = age(operator, mapping).await.map(|age| judged(age, AGE, LATE_MS, LATE));
        findings.push(age.unwrap_or_else(|failure| Finding::failed(AGE, failure)));
    }
    findings
}

fn event_source(check: String, id: &str, mapping: &Value) -> Finding {
    let state = mapping["State"].as_str().unwrap_or("unknown");
    let result = mapping["LastProcessingResult"].as_str().unwrap_or("none yet");
    if state != "Enabled" {
        let remedy = format!(
            "`aws lambda update-event-source-mapping --enabled --uuid {id}`, today: a stream keeps its records for 24 \
             hours"
        );
        return Finding::wrong(check, format!("is {state}, so no change is recorded"), remedy);
    }
    if !mapping["DestinationConfig"]["OnFailure"]["Destination"].is_string() {
        let found = "has no destination for records that can't be recorded, so they are lost";
        return Finding::wrong(check, found, DEPLOY);
    }
    let is_good = ["none yet", "No records processed", "OK"].contains(&result);
    Finding::judged(is_good, check, format!("Enabled, last result: {result}"), LATE)
}
