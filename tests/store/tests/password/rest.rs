//! What is at rest.

use crate::fixture::{Deployment, NOW, PASSWORD, USERNAME};
use runtime::resources::TableName;

#[tokio::test]
async fn no_table_holds_a_password_or_a_token_and_one_holds_the_name() {
    let deployment = Deployment::limited(10).await;
    deployment.try_password("wrong password", NOW).await;
    let token = deployment.log_in(NOW).await.text("token");
    let organization = deployment.organization.id.as_str();
    deployment.try_as(organization, "nobody at all", "wrong password", NOW).await;
    for table in TableName::ALL {
        let rows = format!("{:?}", deployment.bench.scan(table).await.unwrap());
        for secret in [PASSWORD.trim(), "wrong password", "nobody at all", &token] {
            assert!(!rows.contains(secret), "{table:?} holds {secret}");
        }
        assert_eq!(rows.contains(USERNAME), table == TableName::Users, "{table:?}");
    }
}

#[tokio::test]
async fn every_counter_has_a_time_to_live() {
    let deployment = Deployment::limited(10).await;
    deployment.log_in(NOW).await;
    deployment.try_as(deployment.organization.id.as_str(), "nobody", "wrong", NOW).await;
    let rows = deployment.bench.scan(TableName::Challenges).await.unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        let ttl: i64 = row["ttl"]["N"].as_str().unwrap().parse().unwrap();
        let kept = ttl - NOW.seconds();
        assert_eq!(kept, 655 + 172_800, "two days past the window, which ends at 03:15:00");
    }
}
