//! What is at rest.

use crate::fixture::{CLIENT, Deployment, EMAIL, LIFETIME, NOW, OTHER_CLIENT, PASSWORD};
use runtime::resources::TableName;

#[tokio::test]
async fn no_table_holds_a_password_or_a_token_and_one_holds_the_email() {
    let deployment = Deployment::start().await;
    let (live, ended) = (deployment.token(NOW).await, deployment.token(NOW).await);
    deployment.sign_out(&ended, NOW).await;
    deployment.try_as(EMAIL, "wrong password", NOW).await;
    deployment.try_as("nobody@example.com", "wrong password", NOW).await;
    for table in TableName::ALL {
        let rows = format!("{:?}", deployment.bench.scan(table).await.unwrap());
        let secrets =
            [PASSWORD.trim(), "wrong password", "nobody@", &live, &ended, CLIENT.1, OTHER_CLIENT.1];
        for secret in secrets {
            assert!(!rows.contains(secret), "{table:?} holds {secret}");
        }
        let is_there = rows.to_lowercase().contains(&EMAIL.to_lowercase());
        assert_eq!(is_there, table == TableName::Users, "{table:?}");
    }
}

#[tokio::test]
async fn whatever_is_short_lived_has_an_end_also_when_it_was_signed_out() {
    let deployment = Deployment::start().await;
    deployment.token(NOW).await;
    let token = deployment.token(NOW).await;
    deployment.sign_out(&token, NOW).await;
    deployment.try_as(EMAIL, "wrong", NOW).await;
    let sessions = deployment.bench.scan(TableName::Sessions).await.unwrap();
    assert_eq!(sessions.len(), 2);
    let two_days = 2 * 24 * 3600;
    let expected = (NOW.plus(LIFETIME).seconds() + two_days).to_string();
    for row in &sessions {
        assert_eq!(row["ttl"]["N"], expected.as_str(), "{row}");
    }
    let counters = deployment.bench.scan(TableName::Challenges).await.unwrap();
    assert!(!counters.is_empty());
    let expected = (NOW.seconds() + 655 + two_days).to_string();
    for row in &counters {
        assert_eq!(row["ttl"]["N"], expected.as_str(), "{row}");
    }
}

#[tokio::test]
async fn a_token_that_was_signed_out_does_not_say_whose_it_was() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    deployment.sign_out(&token, NOW).await;
    let [row] = &deployment.bench.scan(TableName::Sessions).await.unwrap()[..] else {
        panic!("not one row");
    };
    let mut names: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["by", "pk", "signedOutBy", "ttl"]);
}
