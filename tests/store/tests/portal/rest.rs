//! What is at rest.

use std::collections::BTreeMap;

use runtime::resources::TableName;
use workbench::NOW;
use workbench::portal::{Portal, days, seconds};

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
async fn nothing_of_a_used_code_is_left_but_its_tombstone_and_what_became_of_its_send() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    let rows = portal.bench.scan(TableName::Challenges).await.unwrap();
    let code = rows.iter().find(|row| row["seen"].is_null()).unwrap();
    let mut names: Vec<&String> = code.as_object().unwrap().keys().collect();
    names.sort();
    let note = ["delivery", "deliveryAt", "deliveryOf", "messageId"];
    let mut left = ["by", "issuedAt", "otpId", "pk", "sendId", "ttl", "usedBy"].to_vec();
    left.extend(note);
    left.sort_unstable();
    assert_eq!(names, left);
}

#[tokio::test]
async fn every_short_lived_item_has_a_time_to_live() {
    const DAY: i64 = 86_400;
    let portal = Portal::limited(10).await;
    let token = portal.sign_in(NOW).await;
    let second = portal.refresh(&token, NOW.plus(seconds(1))).await.refresh_token();
    portal.refresh_idempotently(&second, "rotation-0123456789", NOW.plus(days(29))).await;
    portal.logout(&token, NOW.plus(days(30))).await;
    portal.fresh_code(NOW.plus(days(30))).await;
    let mut seen = BTreeMap::<String, usize>::new();
    for table in [TableName::Challenges, TableName::Sessions] {
        for row in portal.bench.scan(table).await.unwrap() {
            let kind = row["pk"]["S"].as_str().unwrap().split('#').next().unwrap().to_owned();
            let ttl: i64 = row["ttl"]["N"].as_str().unwrap().parse().unwrap();
            // It is 03:04:05, UTC. Sessions end after ninety days, codes after five minutes, and the
            // day's count at midnight; what is left of them is kept for one or two days more.
            let expected = match kind.as_str() {
                "FAM" | "RT" => vec![92 * DAY],
                "OTP" => vec![30 * DAY + 300 + DAY],
                "COUNT" => vec![75_355 + 2 * DAY, 30 * DAY + 75_355 + 2 * DAY],
                other => panic!("an item of another kind: {other}"),
            };
            assert!(expected.contains(&(ttl - NOW.seconds())), "{kind}: {}", ttl - NOW.seconds());
            *seen.entry(kind).or_default() += 1;
        }
    }
    let expected = [("COUNT", 2), ("FAM", 1), ("OTP", 1), ("RT", 3)];
    assert_eq!(seen, expected.map(|(kind, count)| (kind.to_owned(), count)).into());
}
