//! What is at rest.

use runtime::resources::TableName;
use serde_json::Value;

use crate::fixture::{Deployment, NOW, SIGNING};

#[tokio::test]
async fn no_table_holds_a_secret_a_token_or_a_private_key() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    deployment.validate(&token, NOW).await;
    deployment.rotate(NOW).await;
    let ring = deployment.bench.secrets.value(SIGNING).unwrap();
    let keys = ring["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap());
    let mut secrets: Vec<&str> = keys.collect();
    assert_eq!(secrets.len(), 2);
    let tenant = &deployment.tenant;
    secrets.extend([&*tenant.partner_secret, &*tenant.organization_secret, &*token]);
    for table in TableName::ALL {
        let rows = Value::Array(deployment.bench.scan(table).await.unwrap()).to_string();
        for secret in &secrets {
            assert!(!rows.contains(secret), "{table:?} holds {secret:.8}…");
        }
    }
}
