//! What the tables hold: nothing that opens a door, and of a patient no more than they must.

use contract::{Session, Tenant, ask, reveals};
use serde_json::Value;

/// Every piece of text and every number inside an item.
fn leaves(item: &Value) -> Vec<String> {
    match item {
        Value::Object(fields) => fields.values().flat_map(leaves).collect(),
        Value::Array(list) => list.iter().flat_map(leaves).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

#[tokio::test]
async fn no_table_holds_a_code_a_token_or_a_key() {
    let tenant = Tenant::new().await;
    let live_code = tenant.sms().await.code();
    let used_code = tenant.email().await.code();
    let first = Session::of(&ask(tenant.verify(&used_code)).await);
    let second = tenant.refresh(&first.refresh).header("idempotency-key", "key-of-this-one-retry");
    let second = Session::of(&ask(second).await);
    let secrets = [
        &live_code,
        &used_code,
        &first.access,
        &first.refresh,
        &second.access,
        &second.refresh,
        &tenant.api_key,
        "key-of-this-one-retry",
    ];
    for table in ["ORGANIZATIONS_TABLE", "USERS_TABLE", "CHALLENGES_TABLE", "SESSIONS_TABLE"] {
        let items = tenant.stack.table(table).await;
        assert!(!items.is_empty(), "{table} is empty: not the one that the functions write to");
        for leaf in items.iter().flat_map(leaves) {
            for secret in secrets {
                assert!(!reveals(&leaf, secret), "{table} holds {secret} in {leaf}");
            }
        }
    }
}

#[tokio::test]
async fn challenges_and_sessions_do_not_say_whose_they_are_by_address() {
    let tenant = Tenant::new().await;
    tenant.sms().await;
    tenant.sign_in().await;
    for table in ["CHALLENGES_TABLE", "SESSIONS_TABLE"] {
        for leaf in tenant.stack.table(table).await.iter().flat_map(leaves) {
            assert!(!leaf.contains(&tenant.patient.email), "{table}: {leaf}");
            assert!(!leaf.contains(&tenant.patient.phone_number), "{table}: {leaf}");
        }
    }
}

#[tokio::test]
async fn everything_short_lived_says_when_it_ends() {
    let tenant = Tenant::new().await;
    tenant.sign_in().await;
    for table in ["CHALLENGES_TABLE", "SESSIONS_TABLE"] {
        for item in tenant.stack.table(table).await {
            let ends = item["ttl"]["N"].as_str().and_then(|ttl| ttl.parse::<u64>().ok());
            assert!(ends.is_some(), "{table}: no ttl in {item}");
        }
    }
}
