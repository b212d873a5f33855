//! The functions: their processor and their state, as Lambda has them. None is called.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use runtime::service::{Client, Service};
use serde_json::Value;

use super::Finding;
use super::resources::{Resource, Resources};
use crate::operator::Operator;

const CHECK: &str = "functions";

pub(super) async fn check(operator: &Operator, resources: &Resources) -> Vec<Finding> {
    let client = Client::new(&operator.aws, Service::Lambda);
    let expected = resources.parameter("Architecture").unwrap_or_default();
    let functions: Vec<_> = resources.of("AWS::Lambda::Function").collect();
    if functions.is_empty() {
        let remedy = "deploy infra/template.yaml again (docs/deploy.md)";
        return vec![Finding::wrong(CHECK, "the stack has no functions", remedy)];
    }
    let configured = join_all(functions.iter().map(|function| configuration(&client, function)));
    let (mut findings, mut failures) = (Vec::new(), BTreeMap::new());
    for (function, configuration) in functions.iter().zip(configured.await) {
        match configuration {
            Ok(configuration) => findings.extend(finding(&function.id, &configuration, expected)),
            // What is wrong with all of them is said once.
            Err(error) => {
                failures.entry(format!("{error:#}")).or_insert((&function.id, error));
            }
        }
    }
    findings.extend(
        failures.into_values().map(|(id, error)| Finding::failed(format!("function {id}"), error)),
    );
    if findings.is_empty() {
        let found = format!("{} on {expected}, active", functions.len());
        findings.push(Finding::good(CHECK, found));
    }
    findings
}

/// The configuration of the version that is called: the alias decides.
async fn configuration(client: &Client, function: &Resource) -> anyhow::Result<Value> {
    let path = format!("/2015-03-31/functions/{}/configuration?Qualifier=live", function.name);
    client.get("GetFunctionConfiguration", &path).await
}

/// What is wrong with a function.
fn finding(id: &str, configuration: &Value, expected: &str) -> Option<Finding> {
    let text = |name: &str| configuration[name].as_str();
    let check = format!("function {id}");
    // Lambda's default, which old answers leave out.
    let architecture = configuration["Architectures"][0].as_str().unwrap_or("x86_64");
    if architecture != expected {
        let found = format!("is configured for {architecture}, the stack for {expected}");
        let remedy =
            "`make package`, then `make deploy`: it sets Architecture to that of the binaries";
        return Some(Finding::wrong(check, found, remedy));
    }
    let reason = |name: &str| text(name).map(|why| format!(" ({why})")).unwrap_or_default();
    let remedy = "deploy again; if that fails: `aws lambda get-function` has the reason in words";
    match (text("State"), text("LastUpdateStatus")) {
        (Some(state), _) if state != "Active" => {
            let found = format!("is {state}{}, not Active", reason("StateReasonCode"));
            Some(Finding::wrong(check, found, remedy))
        }
        (_, Some("Failed")) => {
            let found = format!("its last update failed{}", reason("LastUpdateStatusReasonCode"));
            Some(Finding::wrong(check, found, remedy))
        }
        _ => None,
    }
}
