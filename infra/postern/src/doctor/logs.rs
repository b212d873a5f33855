//! How long logs are stored, and whether each function may write its own.

use std::collections::BTreeMap;

use runtime::service::{Client, Service};
use serde_json::{Value, json};

use super::Finding;
use super::resources::Resources;
use crate::operator::Operator;

const CHECK: &str = "logs: retention";
const STREAMS: &str = "logs: streams";

pub(super) async fn check(operator: &Operator, resources: &Resources) -> Vec<Finding> {
    let client = Client::new(&operator.aws, Service::Logs);
    let names: Vec<_> =
        resources.of("AWS::Logs::LogGroup").map(|group| group.name.as_str()).collect();
    let days = resources.parameter("LogRetentionDays").and_then(|days| days.parse().ok());
    let least: u64 = days.unwrap_or(1);
    let mut found = BTreeMap::new();
    for name in &names {
        match retentions(&client, name).await {
            Ok(groups) => found.extend(groups),
            Err(error) => return vec![Finding::failed(CHECK, error)],
        }
    }
    let mut findings: Vec<_> = names
        .iter()
        .filter_map(|name| {
            let why = match found.get(*name) {
                None => "doesn't exist; the next line makes it, without a retention".to_owned(),
                Some(None) => "is stored for ever".to_owned(),
                Some(Some(days)) if *days < least => {
                    format!("is stored for {days} days, the stack says {least}")
                }
                Some(Some(_)) => return None,
            };
            let remedy = format!(
                "`aws logs put-retention-policy --log-group-name {name} --retention-in-days {least}`"
            );
            Some(Finding::wrong(format!("log {name}"), why, remedy))
        })
        .collect();
    match operator.variable("STACK") {
        Ok(stack) => findings.extend(unwritten(stack, resources)),
        Err(failure) => findings.push(Finding::failed(STREAMS, failure)),
    }
    if findings.is_empty() {
        let found = format!("{} log groups, {least} days or more", names.len());
        findings.push(Finding::good(CHECK, found));
    }
    findings
}

/// The functions whose roles don't let them write: a role names its streams by the beginning of the function's
/// name, which CloudFormation shortens if the stack's name is long.
fn unwritten(stack: &str, resources: &Resources) -> Option<Finding> {
    let may_write = |name: &str, id: &str| name.starts_with(&format!("{stack}-{id}"));
    let functions = resources.of("AWS::Lambda::Function");
    let without: Vec<_> = functions.filter(|it| !may_write(&it.name, &it.id)).collect();
    let first = without.first()?;
    let found = format!(
        "{} of the functions write no log: {} is not called {stack}-{}…",
        without.len(),
        first.name,
        first.id
    );
    let remedy =
        "deploy it as another stack, whose name has at most 17 characters (docs/deploy.md)";
    Some(Finding::wrong(STREAMS, found, remedy))
}

/// The log groups whose names begin so, with the days of their retention.
async fn retentions(client: &Client, prefix: &str) -> anyhow::Result<Vec<(String, Option<u64>)>> {
    let (mut all, mut from) = (Vec::new(), Value::Null);
    loop {
        let mut body = json!({ "logGroupNamePrefix": prefix });
        if !from.is_null() {
            body["nextToken"] = from;
        }
        let mut page = client.call("DescribeLogGroups", &body).await?;
        let groups = page["logGroups"].as_array().into_iter().flatten();
        all.extend(groups.filter_map(|group| {
            let name = group["logGroupName"].as_str()?.to_owned();
            Some((name, group["retentionInDays"].as_u64()))
        }));
        from = page["nextToken"].take();
        if from.is_null() {
            return Ok(all);
        }
    }
}
