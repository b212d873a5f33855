//! The four tables, compared with the template.

use aws_sdk_dynamodb::types::{
    PointInTimeRecoveryStatus, StreamViewType, TableDescription, TableStatus, TimeToLiveStatus,
};
use runtime::outage::{is_unavailable, sdk_error};
use runtime::resources::TableName;

use super::Finding;
use crate::failure::Result;
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

const TABLES: [Expected; 4] = [
    Expected {
        table: TableName::Organizations,
        is_lasting: true,
        has_ttl: false,
        has_stream: false,
    },
    Expected { table: TableName::Users, is_lasting: true, has_ttl: false, has_stream: false },
    Expected { table: TableName::Challenges, is_lasting: false, has_ttl: true, has_stream: true },
    Expected { table: TableName::Sessions, is_lasting: false, has_ttl: true, has_stream: false },
];

pub(super) async fn check(operator: &Operator) -> Result<Vec<Finding>> {
    let client = operator.aws.dynamodb();
    let mut findings = Vec::new();
    for expected in &TABLES {
        let name = operator.variable(expected.table.variable())?;
        let described = client.describe_table().table_name(name).send().await;
        let table = match described.map_err(|error| sdk_error(&error, "DescribeTable")) {
            Ok(described) => described.table.unwrap_or_else(|| TableDescription::builder().build()),
            Err(error) if is_unavailable(&error) => return Err(error.into()),
            Err(error) => {
                findings.push(Finding::failed(expected.table.variable(), &error));
                continue;
            }
        };
        findings.extend(settings(expected, name, &table));
        if expected.has_ttl {
            findings.push(time_to_live(&client, expected, name).await?);
        }
        if expected.is_lasting {
            findings.push(backups(&client, expected, name).await?);
        }
    }
    Ok(findings)
}

fn settings(expected: &Expected, name: &str, table: &TableDescription) -> Vec<Finding> {
    let check = |what: &str| format!("{} {what}", expected.table.variable());
    let is_active = table.table_status() == Some(&TableStatus::Active);
    let status = table.table_status().map_or("no status", TableStatus::as_str);
    let found = format!("{name}: {status}");
    let mut findings = vec![Finding::judged(is_active, expected.table.variable(), found, REDEPLOY)];
    if expected.has_stream {
        let view = table.stream_specification().and_then(|stream| stream.stream_view_type());
        let is_good = view == Some(&StreamViewType::NewAndOldImages);
        let found = view.map_or("no stream, so codes are not sent", StreamViewType::as_str);
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
    expected: &Expected,
    name: &str,
) -> Result<Finding> {
    let check = format!("{} time to live", expected.table.variable());
    let described = client.describe_time_to_live().table_name(name).send().await;
    let described = match described.map_err(|error| sdk_error(&error, "DescribeTimeToLive")) {
        Ok(described) => described.time_to_live_description,
        Err(error) if is_unavailable(&error) => return Err(error.into()),
        Err(error) => return Ok(Finding::failed(check, &error)),
    };
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
    expected: &Expected,
    name: &str,
) -> Result<Finding> {
    let check = format!("{} point-in-time recovery", expected.table.variable());
    let described = client.describe_continuous_backups().table_name(name).send().await;
    let described = match described.map_err(|error| sdk_error(&error, "DescribeContinuousBackups"))
    {
        Ok(described) => described.continuous_backups_description,
        Err(error) if is_unavailable(&error) => return Err(error.into()),
        Err(error) => return Ok(Finding::failed(check, &error)),
    };
    let recovery = described.as_ref().and_then(|it| it.point_in_time_recovery_description());
    let status = recovery.and_then(|recovery| recovery.point_in_time_recovery_status());
    let is_good = status == Some(&PointInTimeRecoveryStatus::Enabled);
    let found = status.map_or("DISABLED", PointInTimeRecoveryStatus::as_str);
    Ok(Finding::judged(is_good, check, found, REDEPLOY))
}
