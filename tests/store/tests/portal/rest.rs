//! What is at rest.

use runtime::resources::TableName;
use workbench::NOW;
use workbench::portal::{Portal, seconds};

#[tokio::test]
async fn no_table_holds_a_code_a_token_or_a_key() {
    let portal = Portal::limited(10).await;
    let code = portal.fresh_code(NOW).await;
    let before = portal.bench.scan(TableName::Challenges).await.unwrap();
    assert!(!format!("{before:?}").contains(&code), "a live code is not stored");
    let first = portal.verify(&code, NOW).await.refresh_token();
    let second = portal.refresh(&first, NOW).await;
    for table in TableName::ALL {
        let rows = format!("{:?}", portal.bench.scan(table).await.unwrap());
        for secret in [&code, &first, &second.refresh_token(), &second.access_token()] {
            assert!(!rows.contains(secret.as_str()), "{table:?}");
        }
        assert!(!rows.contains(&portal.tenant.api_key), "{table:?}");
        let holds_address = rows.contains(&portal.patient.email);
        assert_eq!(holds_address, table == TableName::Users, "{table:?}");
    }
}

#[tokio::test]
async fn nothing_of_a_used_code_is_left_but_its_tombstone() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    let rows = portal.bench.scan(TableName::Challenges).await.unwrap();
    let mut names: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["issuedAt", "otpId", "pk", "sendId", "ttl", "usedBy"]);
}

#[tokio::test]
async fn every_short_lived_item_has_a_time_to_live() {
    let portal = Portal::limited(10).await;
    let token = portal.sign_in(NOW).await;
    portal.refresh(&token, NOW.plus(seconds(1))).await;
    for table in [TableName::Challenges, TableName::Sessions] {
        let rows = portal.bench.scan(table).await.unwrap();
        assert!(rows.len() >= 2, "{table:?}");
        for row in rows {
            let ttl: i64 = row["ttl"]["N"].as_str().unwrap().parse().unwrap();
            assert!(ttl > NOW.seconds(), "{table:?}");
        }
    }
}
