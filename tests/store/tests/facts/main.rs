//! What the write protocol takes for granted of DynamoDB.
//!
//! Runs on the embedded emulator, on DynamoDB Local (`make test-amazon`), and on AWS itself with
//! `POSTERN_FACTS_TABLE=<a table of yours with the string key pk>` and credentials in the environment:
//! it writes a handful of items under fresh keys, with a ttl, and deletes none.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fixture that cannot be set up is a failed test"
)]

mod table;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::table::{Table, number, set, text};

#[tokio::test]
async fn adding_an_element_twice_to_a_set_leaves_it_once() {
    let (table, key) = Table::open().await;
    for element in ["a", "a", "b"] {
        table
            .update(&key)
            .update_expression("ADD s :v")
            .value(":v", set(&[element]))
            .applied()
            .await;
    }
    assert_eq!(table.read(&key).await["s"], set(&["a", "b"]));
}

#[tokio::test]
async fn the_size_of_a_set_that_is_not_there_is_no_error_and_holds_no_comparison() {
    let (table, key) = Table::open().await;
    for condition in ["size(s) < :n", "size(s) >= :n"] {
        let update = table.update(&key).update_expression("SET a = :n").value(":n", number(1));
        update.condition(condition).lost().await;
    }
    let update = table.update(&key).update_expression("ADD s :v").value(":v", set(&["a"]));
    update
        .value(":n", number(1))
        .condition("attribute_not_exists(s) OR size(s) < :n")
        .applied()
        .await;
    let update = table.update(&key).update_expression("ADD s :v").value(":v", set(&["b"]));
    update.value(":n", number(1)).condition("attribute_not_exists(s) OR size(s) < :n").lost().await;
}

#[tokio::test]
async fn a_set_contains_its_elements_and_not_their_parts() {
    let (table, key) = Table::open().await;
    table.update(&key).update_expression("ADD s :v").value(":v", set(&["abc"])).applied().await;
    for (element, is_there) in [("abc", true), ("ab", false)] {
        let update = table.update(&key).update_expression("SET a = :e").value(":e", text(element));
        let update = update.condition("contains(s, :e)");
        if is_there { update.applied().await } else { drop(update.lost().await) }
    }
}

#[tokio::test]
async fn a_missing_attribute_differs_from_every_value_and_equals_none() {
    let (table, key) = Table::open().await;
    table.update(&key).update_expression("SET b = :v").value(":v", text("x")).applied().await;
    let update = || table.update(&key).update_expression("SET b = :v").value(":v", text("y"));
    update().condition("a = :v").lost().await;
    update().condition("a <> :v").applied().await;
}

#[tokio::test]
async fn the_last_element_takes_its_set_along() {
    let (table, key) = Table::open().await;
    table.update(&key).update_expression("ADD s :v").value(":v", set(&["a"])).applied().await;
    table.update(&key).update_expression("DELETE s :v").value(":v", set(&["a"])).applied().await;
    assert!(!table.read(&key).await.contains_key("s"));
}

#[tokio::test]
async fn a_lost_condition_returns_the_item_that_decided() {
    let (table, key) = Table::open().await;
    table.update(&key).update_expression("SET a = :v").value(":v", text("first")).applied().await;
    let update = table.update(&key).update_expression("SET a = :v").value(":v", text("second"));
    let item = update.condition("attribute_not_exists(a)").lost().await;
    assert_eq!(item.unwrap()["a"], text("first"));

    let put =
        table.put(&key, "a", text("third")).condition("attribute_not_exists(pk)").lost().await;
    assert_eq!(put.unwrap()["a"], text("first"));
}

#[tokio::test]
async fn a_lost_condition_on_an_item_that_is_not_there_returns_none_and_creates_none() {
    let (table, key) = Table::open().await;
    let update = table.update(&key).update_expression("SET a = :v").value(":v", text("x"));
    assert_eq!(update.condition("attribute_exists(pk)").lost().await, None);
    assert!(table.read(&key).await.is_empty());
}

#[tokio::test]
async fn a_put_replaces_the_whole_item() {
    let (table, key) = Table::open().await;
    table.put(&key, "a", text("old")).applied().await;
    table.put(&key, "b", text("new")).applied().await;
    let item = table.read(&key).await;
    assert!(!item.contains_key("a") && item.contains_key("b"));
}

#[tokio::test]
async fn removing_what_is_not_there_is_no_error_and_all_new_shows_the_rest() {
    let (table, key) = Table::open().await;
    table.put(&key, "a", text("x")).applied().await;
    let update = table.update(&key).update_expression("SET b = :v REMOVE a, c");
    let item = update.value(":v", text("y")).returning(ReturnValue::AllNew).applied_with().await;
    assert_eq!(item.get("b"), Some(&text("y")));
    assert!(!item.contains_key("a"));
}

#[tokio::test]
async fn if_not_exists_keeps_the_first_value() {
    let (table, key) = Table::open().await;
    for value in ["first", "second"] {
        let update = table.update(&key).update_expression("SET a = if_not_exists(a, :v)");
        update.value(":v", text(value)).applied().await;
    }
    assert_eq!(table.read(&key).await["a"], text("first"));
}

#[tokio::test]
async fn numbers_are_compared_as_numbers() {
    let (table, key) = Table::open().await;
    table.put(&key, "n", number(9)).applied().await;
    let update = table.update(&key).update_expression("SET a = :m").value(":m", number(10));
    update.condition("n < :m").applied().await;
}

#[tokio::test]
async fn an_expired_item_is_there_until_it_is_deleted() {
    let (table, key) = Table::open().await;
    table.put(&key, "ttl", number(1)).applied().await;
    assert_eq!(table.read(&key).await["ttl"], number(1));
}

#[tokio::test]
async fn a_strong_read_sees_what_was_acknowledged() {
    let (table, key) = Table::open().await;
    for value in 0..50 {
        table.put(&key, "n", number(value)).applied().await;
        assert_eq!(table.read(&key).await["n"], number(value));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writes_with_one_condition_one_is_applied() {
    let (table, key) = Table::open().await;
    let writes: Vec<_> = (0..100)
        .map(|_| {
            let (table, key) = (table.clone(), key.clone());
            tokio::spawn(async move {
                let update = table.update(&key).update_expression("SET a = :v");
                update.value(":v", text("x")).condition("attribute_not_exists(a)").succeeds().await
            })
        })
        .collect();
    let mut applied = 0;
    for write in writes {
        applied += usize::from(write.await.unwrap());
    }
    assert_eq!(applied, 1);
}

#[tokio::test]
async fn a_small_item_costs_one_unit_to_write_one_to_read_strongly_and_half_otherwise() {
    let (table, key) = Table::open().await;
    let item = table.put(&key, "a", AttributeValue::S("x".repeat(700)));
    assert!((item.units().await - 1.0).abs() < f64::EPSILON);
    assert!((table.read_units(&key, true).await - 1.0).abs() < f64::EPSILON);
    assert!((table.read_units(&key, false).await - 0.5).abs() < f64::EPSILON);
}
