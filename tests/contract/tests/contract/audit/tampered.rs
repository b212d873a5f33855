//! Seals that somebody removed or replaced, and items that somebody put back: a verification over the same
//! interfaces finds each.

#![expect(clippy::unwrap_used, reason = "an answer of another form is a failed test")]

use contract::{Stack, Tenant, ask, own_stack::OwnStack};
use serde_json::{Value, json};

use super::seals::{advance, findings, postern, recorded, verify};

/// A stack whose trail has some lines, and seals of several hours.
async fn sealed() -> (OwnStack, Stack, Tenant) {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    recorded(&own, "user.created").await;
    advance(&stack, "4h").await;
    assert_eq!(stack.invoke("audit-seal", &json!({})).await.status, 200);
    (own, stack, tenant)
}

/// The items of all seals, the oldest first.
async fn seals(own: &OwnStack, stack: &Stack) -> Vec<Value> {
    let input = json!({"TableName": own.variable("AUDIT_TABLE"), "ConsistentRead": true});
    let found = own.by_hand(stack, "Scan", &input).await;
    let is_seal = |item: &&Value| item["pk"]["S"].as_str().unwrap().starts_with("SEAL#");
    let mut seals: Vec<_> =
        found["Items"].as_array().unwrap().iter().filter(is_seal).cloned().collect();
    seals.sort_by_key(|item| item["pk"]["S"].as_str().unwrap().to_owned());
    assert!(seals.len() >= 3, "{seals:?}");
    seals
}

async fn put(own: &OwnStack, stack: &Stack, item: &Value) {
    let input = json!({"TableName": own.variable("AUDIT_TABLE"), "Item": item});
    own.by_hand(stack, "PutItem", &input).await;
}

/// What a verification finds once an item of a seal was replaced, and that it finds nothing once it is back.
async fn found_with(own: &OwnStack, stack: &Stack, whole: &Value, other: Value) -> Vec<String> {
    put(own, stack, &other).await;
    let (status, report) = verify(own, &[]);
    put(own, stack, whole).await;
    let (back, after) = verify(own, &[]);
    assert_eq!((status, back, &after["findings"]), (1, 0, &json!([])), "{after}");
    findings(&report)
}

#[tokio::test]
async fn a_seal_that_was_removed_replaced_or_signed_by_another_key_is_found() {
    let (own, stack, _) = sealed().await;
    let (other_own, other_stack, _) = sealed().await;
    let own_seals = seals(&own, &stack).await;
    let whole = &own_seals[1];
    assert_eq!(verify(&own, &[]).0, 0);

    let key = json!({"pk": whole["pk"]});
    let gone = json!({"TableName": own.variable("AUDIT_TABLE"), "Key": key});
    own.by_hand(&stack, "DeleteItem", &gone).await;
    let (status, report) = verify(&own, &[]);
    assert_eq!(
        (status, findings(&report)),
        (1, vec!["seal-missing".into(), "seal-not-next".into()])
    );
    put(&own, &stack, whole).await;

    let with_line = |line: &Value| json!({"pk": whole["pk"], "line": line});
    let older = with_line(&own_seals[0]["line"]);
    let found = found_with(&own, &stack, whole, older).await;
    assert_eq!(found, ["seal-altered", "seal-not-next"]);

    let text = whole["line"]["S"].as_str().unwrap();
    let mut seal: Value = serde_json::from_str(text).unwrap();
    let (stated, signature) = seal["seal"].as_str().unwrap().rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    seal["seal"] = format!("{stated}.{turned}").into();
    let forged = with_line(&json!({"S": seal.to_string()}));
    let found = found_with(&own, &stack, whole, forged).await;
    assert_eq!(found, ["seal-altered", "seal-not-next"]);

    // Of the same hour, and valid: another stack's key signed it.
    let of_other = seals(&other_own, &other_stack).await;
    let foreign = of_other.iter().find(|item| item["pk"] == whole["pk"]).expect("the same hour");
    let found = found_with(&own, &stack, whole, foreign.clone()).await;
    assert!(found.contains(&"seal-other-key".to_owned()), "{found:?}");
}

#[tokio::test]
async fn a_finding_of_a_sealed_hour_is_told_again_with_a_file_of_state() {
    let (own, stack, _) = sealed().await;
    let whole = &seals(&own, &stack).await[1];
    let folder = contract::own_stack::Folder::new();
    let file = folder.path().join("state");
    let state = ["--state", file.to_str().unwrap()];
    let key = json!({"pk": whole["pk"]});
    let gone = json!({"TableName": own.variable("AUDIT_TABLE"), "Key": key});
    own.by_hand(&stack, "DeleteItem", &gone).await;
    for _ in 0..2 {
        let (status, report) = verify(&own, &state);
        assert_eq!(status, 1);
        assert!(findings(&report).contains(&"seal-missing".to_owned()), "{report}");
        assert!(!file.exists());
    }
    put(&own, &stack, whole).await;
    assert_eq!(verify(&own, &state).0, 0);
    assert!(file.exists());
}

/// The copy names whoever wrote it first.
#[tokio::test]
async fn an_older_copy_of_an_organization_that_is_put_back_is_found() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let id = tenant.organization_id.as_str();
    let key = json!({"pk": {"S": format!("ORG#{id}")}});
    let table = own.variable("ORGANIZATIONS_TABLE");
    let read = json!({"TableName": table, "Key": key, "ConsistentRead": true});
    let before = own.by_hand(&stack, "GetItem", &read).await["Item"].clone();
    postern(&own, &["organization", "update", id, "--sends-per-day", "9"]).done();
    recorded(&own, "organization.updated").await;
    assert_eq!(verify(&own, &[]).0, 0);
    let back = json!({"TableName": table, "Item": before});
    own.by_hand(&stack, "PutItem", &back).await;
    let (status, report) = verify(&own, &[]);
    assert_eq!((status, findings(&report)), (1, vec!["item-put-back".into()]), "{report}");
    let subject = report["findings"][0]["subject"].as_str().unwrap();
    assert!(subject.contains("organization.updated"), "{subject}");
}

#[tokio::test]
async fn a_verification_says_by_which_clock_it_judged_and_that_the_trail_is_ahead_of_it() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    advance(&stack, "3h").await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    ask(tenant.logout(&tenant.sign_in().await.refresh)).await;
    recorded(&own, "session.revoked").await;
    let ran = postern(&own, &["audit", "verify", "--output", "json"]).done();
    let report = ran.json();
    assert_eq!(report["whole"], true, "{report}");
    assert!(report["judgedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{report}");
    assert!(ran.stderr.contains("this machine's clock says"), "{}", ran.stderr);
}
