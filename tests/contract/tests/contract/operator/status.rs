//! `postern status`, on a stack of its own: others' sign-ins would be counted, too.

use contract::{Tenant, eventually, operator::postern_where, own_stack::OwnStack};
use serde_json::{Value, json};

#[tokio::test]
async fn the_status_counts_what_was_done() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let variables = own.variables_of_operators();
    let status = |policy: &str| {
        let mut all = variables.clone();
        all.push(("AWS_ACCESS_KEY_ID".to_owned(), policy.to_owned()));
        postern_where(&["status", "--output", "json"], &all).done().json()
    };
    let before = status("KeyCustodianPolicy");
    let tenant = Tenant::on(&stack, &json!({})).await;
    tenant.sign_in().await;
    let after = eventually("a sign-in is counted", async || {
        let after = status("KeyCustodianPolicy");
        (after["lastDay"]["codesAccepted"] != 0).then_some(after)
    })
    .await;
    let count = |status: &Value, part: &str, name: &str| status[part][name].as_u64();
    assert_eq!(
        count(&after, "organizations", "total"),
        count(&before, "organizations", "total").map(|total| total + 1)
    );
    assert_eq!(count(&after, "lastDay", "codesSent"), Some(1), "{after}");
    assert_eq!(count(&after, "lastDay", "codesRefused"), Some(0), "{after}");
    let rings = after["keys"].as_array().map_or(0, Vec::len);
    assert!(rings >= 6, "{after}");
    let helpdesk = status("HelpdeskPolicy");
    assert_eq!(helpdesk["keys"], Value::Null);
    assert!(helpdesk["organizations"]["total"].is_u64(), "{helpdesk}");
}
