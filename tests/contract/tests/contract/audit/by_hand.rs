//! Changes that no function and no command made.

use contract::Tenant;
use serde_json::json;

use super::tells;

#[tokio::test]
async fn an_item_that_a_person_changes_in_the_console_is_told_as_of_nobody() {
    let tenant = Tenant::new().await;
    let id = &tenant.organization_id;
    let key = json!({"pk": {"S": format!("ORG#{id}")}});
    let update = json!({
        "Key": key, "UpdateExpression": "SET sendsPerDay = :many",
        "ExpressionAttributeValues": {":many": {"N": "7"}},
    });
    tenant.stack.by_hand("UpdateItem", "ORGANIZATIONS_TABLE", update).await;
    let expected = [
        ("organization.created", 1),
        ("api-key.created", 1),
        ("organization.api-keys-changed", 1),
        ("organization.updated", 1),
        ("identifier.reserved", 2),
        ("user.created", 1),
    ];
    let lines = tells(&["--organization", id], &expected).await;
    let is_by_hand = |line: &&serde_json::Value| line["event"] == "organization.updated";
    let line = lines.iter().find(is_by_hand).expect("the change");
    assert_eq!((&line["by"], &line["changed"]), (&"unknown".into(), &json!(["sendsPerDay"])));
}
