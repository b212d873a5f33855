//! The tables, compared with the template.

use anyhow::Context as _;
use aws_sdk_dynamodb::types::{
    KeySchemaElement, PointInTimeRecoveryStatus, StreamViewType, TableDescription, TableStatus,
    TimeToLiveStatus,
};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use runtime::outage::sdk_error;
use runtime::resources::TableName;

use super::Finding;
use crate::operator::Operator;

const REDEPLOY: &str =
    "deploy infra/template.yaml again, or change the setting by hand as in there";

struct Expected {
    table: TableName,
    /// Whether the table needs backups: without its items, no user could sign in.
    is_lasting: bool,
    has_ttl: bool,
    has_stream: bool,
}

const TABLES: [Expected; 5] = [
    Expected { table: TableName::Organizations, is_lasting: true, has_ttl: true, has_stream: true },
    Expected { table: TableName::Users, is_lasting: true, has_ttl: true, has_stream: true },
    Expected { table: TableName::Challenges, is_lasting: false, has_ttl: true, has_stream: true },
    Expected { table: TableName::Sessions, is_lasting: false, has_ttl: true, has_stream: true },
    Expected { table: TableName::Audit, is_lasting: true, has_ttl: false, has_stream: false },
];

/// The checks of all tables: each is a check of its own.
pub(super) fn checks(
    operator: &Operator,
) -> impl Iterator<Item = LocalBoxFuture<'_, Vec<Finding>>> {
    TABLES.iter().map(|expected| check(operator, expected).boxed_local())
}

async fn check(operator: &Operator, expected: &Expected) -> Vec<Finding> {
    let variable = expected.table.variable();
    let name = match operator.variable(variable) {
        Ok(name) => name,
        Err(failure) => return vec![Finding::failed(variable, failure)],
    };
    let client = operator.aws.dynamodb();
    let mut findings = match described(&client, name).await {
        Ok(table) => settings(expected, name, &table),
        Err(error) => return vec![Finding::failed(variable, error)],
    };
    let of = |what: &str| format!("{variable} {what}");
    if expected.has_ttl {
        let check = of("time to live");
        let finding = time_to_live(&client, name, &check).await;
        findings.push(finding.unwrap_or_else(|error| Finding::failed(check, error)));
    }
    if expected.is_lasting {
        let check = of("point-in-time recovery");
        let finding = backups(&client, name, &check).await;
        findings.push(finding.unwrap_or_else(|error| Finding::failed(check, error)));
    }
    findings
}

async fn described(
    client: &aws_sdk_dynamodb::Client,
    name: &str,
) -> anyhow::Result<TableDescription> {
    let described = client.describe_table().table_name(name).send().await;
    let described = described.map_err(|error| named(name, sdk_error(&error, "DescribeTable")))?;
    described.table.context("DescribeTable: an answer without a table")
}

fn named(table: &str, error: anyhow::Error) -> anyhow::Error {
    error.context(format!("table {table}"))
}

fn settings(expected: &Expected, name: &str, table: &TableDescription) -> Vec<Finding> {
    let check = |what: &str| format!("{} {what}", expected.table.variable());
    let is_active = table.table_status() == Some(&TableStatus::Active);
    let status = table.table_status().map_or("no status", TableStatus::as_str);
    let found = format!("{name}: {status}");
    let mut findings = vec![Finding::judged(is_active, expected.table.variable(), found, REDEPLOY)];
    let keys: Vec<_> = table.key_schema().iter().map(KeySchemaElement::attribute_name).collect();
    if keys != ["pk"] {
        let remedy = "it is no table of Postern: run `eval \"$(postern env --stack NAME)\"`";
        findings.push(Finding::wrong(
            check("key"),
            format!("{}, not pk", keys.join(" and ")),
            remedy,
        ));
    }
    if expected.has_stream {
        let view = table.stream_specification().and_then(|stream| stream.stream_view_type());
        let is_good = view == Some(&StreamViewType::NewAndOldImages);
        let found =
            view.map_or("no stream, so its changes are not recorded", StreamViewType::as_str);
        findings.push(Finding::judged(is_good, check("stream"), found, REDEPLOY));
    }
    if expected.is_lasting {
        findings.push(match table.deletion_protection_enabled() {
            Some(true) => Finding::good(check("deletion protection"), "on"),
            _ => Finding::wrong(check("deletion protection"), "off", REDEPLOY),
        });
    }
    findings
}

async fn time_to_live(
    client: &aws_sdk_dynamodb::Client,
    name: &str,
    check: &str,
) -> anyhow::Result<Finding> {
    let described = client.describe_time_to_live().table_name(name).send().await;
    let described = described.map_err(|error| named(name, sdk_error(&error, "DescribeTimeToLive")));
    let described = described?.time_to_live_description;
    let attribute = described.as_ref().and_then(|described| described.attribute_name());
    let status = described.as_ref().and_then(|described| described.time_to_live_status());
    let is_good = attribute == Some("ttl") && status == Some(&TimeToLiveStatus::Enabled);
    let found = format!(
        "{} {}",
        attribute.unwrap_or("no attribute"),
        status.map_or("DISABLED", TimeToLiveStatus::as_str)
    );
    Ok(Finding::judged(is_good, check, found, REDEPLOY))
}

async fn backups(
    client: &aws_sdk_dynamodb::Client,
    name: &str,
    check: &str,
) -> anyhow::Result<Finding> {
    let action = "DescribeContinuousBackups";
    let described = client.describe_continuous_backups().table_name(name).send().await;
    let described = described.map_err(|error| named(name, sdk_error(&error, action)))?;
    let described = described.continuous_backups_description;
    let recovery = described.as_ref().and_then(|it| it.point_in_time_recovery_description());
    let status = recovery.and_then(|recovery| recovery.point_in_time_recovery_status());
    let is_good = status == Some(&PointInTimeRecoveryStatus::Enabled);
    let found = status.map_or("DISABLED", PointInTimeRecoveryStatus::as_str);
    Ok(Finding::judged(is_good, check, found, REDEPLOY))
}
