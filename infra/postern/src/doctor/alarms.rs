//! The alarms: whether one is on, and whether somebody is told.

use runtime::service::{Client, Service};
use serde_json::{Value, json};

use super::Finding;
use super::resources::Resources;
use crate::operator::Operator;

const CHECK: &str = "alarms";

/// How many alarms CloudWatch describes at once.
const PAGE: usize = 100;

pub(super) async fn check(operator: &Operator, resources: &Resources) -> Vec<Finding> {
    let names = match resources.alarms().await {
        Ok(names) => names,
        Err(error) => return vec![Finding::failed(CHECK, error)],
    };
    if names.is_empty() {
        let remedy = "`make deploy` makes them (infra/watch)";
        return vec![Finding::wrong(CHECK, "the stack has no alarms", remedy)];
    }
    match described(operator, &names).await {
        Ok(alarms) => findings(&names, &alarms),
        Err(error) => vec![Finding::failed(CHECK, error)],
    }
}

/// How many alarms the stack has, and the names of those that are on.
pub(super) async fn on(
    operator: &Operator,
    resources: &Resources,
) -> anyhow::Result<(usize, Vec<String>)> {
    let alarms = described(operator, &resources.alarms().await?).await?;
    Ok((alarms.len(), alarms.iter().filter(|alarm| is_on(alarm)).map(name).collect()))
}

fn name(alarm: &Value) -> String {
    alarm["AlarmName"].as_str().unwrap_or_default().to_owned()
}

fn is_on(alarm: &Value) -> bool {
    alarm["StateValue"] == "ALARM"
}

async fn described(operator: &Operator, names: &[String]) -> anyhow::Result<Vec<Value>> {
    let client = Client::new(&operator.aws, Service::CloudWatch);
    let mut all = Vec::new();
    for names in names.chunks(PAGE) {
        let body = json!({ "AlarmNames": names, "MaxRecords": PAGE });
        let mut page = client.call("DescribeAlarms", &body).await?;
        if let Value::Array(alarms) = page["MetricAlarms"].take() {
            all.extend(alarms);
        }
    }
    Ok(all)
}

fn findings(names: &[String], alarms: &[Value]) -> Vec<Finding> {
    let mut findings: Vec<_> = alarms
        .iter()
        .filter(|alarm| is_on(alarm))
        .map(|alarm| {
            // It ends with a link to the runbook.
            let description = alarm["AlarmDescription"].as_str().unwrap_or("docs/runbook.md");
            Finding::wrong(format!("alarm {}", name(alarm)), "is on", description)
        })
        .collect();
    let tells_nobody = |alarm: &&Value| {
        let has_actions = alarm["AlarmActions"].as_array().is_some_and(|all| !all.is_empty());
        alarm["ActionsEnabled"] == false || !has_actions
    };
    let silent: Vec<_> = alarms.iter().filter(tells_nobody).map(name).collect();
    if !silent.is_empty() {
        let found = format!("{} tell nobody: {}", silent.len(), silent.join(", "));
        let remedy = "`aws cloudwatch enable-alarm-actions --alarm-names …`, or deploy again";
        findings.push(Finding::wrong(format!("{CHECK}: actions"), found, remedy));
    }
    let found: Vec<_> = alarms.iter().map(name).collect();
    let missing: Vec<_> = names.iter().filter(|name| !found.contains(name)).cloned().collect();
    if !missing.is_empty() {
        let found = format!("deleted by hand: {}", missing.join(", "));
        let remedy = "change RunbookUrl or another parameter of the alarms, and deploy: CloudFormation makes anew only what changes";
        findings.push(Finding::wrong(format!("{CHECK}: missing"), found, remedy));
    }
    if findings.is_empty() {
        findings.push(Finding::good(CHECK, format!("{}, none is on", alarms.len())));
    }
    findings
}
