//! Creation of the template's tables.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::client::{Client, is_refusal};
use crate::template::Table;

/// Creates missing tables, and waits until each is active.
pub(super) async fn create(client: &Client, tables: &[Table]) -> Result<()> {
    for table in tables {
        match client.table("CreateTable", &table.creation).await {
            Ok(_) => {}
            Err(error) if is_refusal(&error, "ResourceInUseException") => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("create the table {}", table.name));
            }
        }
        wait_until_active(client, &table.name).await?;
        if let Some(attribute) = &table.ttl {
            let specification = json!({ "AttributeName": attribute, "Enabled": true });
            let request =
                json!({ "TableName": table.name, "TimeToLiveSpecification": specification });
            client.table("UpdateTimeToLive", &request).await?;
        }
    }
    Ok(())
}

async fn wait_until_active(client: &Client, table: &str) -> Result<()> {
    for _ in 0..100 {
        let description = client.table("DescribeTable", &json!({ "TableName": table })).await?;
        if description["Table"]["TableStatus"] == "ACTIVE" {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the table {table} did not become active within 5 s")
}
