//! `DynamoDB`: the rights of an operation by the items and tables that it names. A transaction needs the right of each
//! of its parts, a batch that of each table. `PartiQL`, `Query` and `Scan` get no leading keys here, so a statement with
//! `dynamodb:LeadingKeys` and `Null: false` allows none of them.

use std::collections::BTreeSet;

use dynoxide::actions::get_shard_iterator::decode_shard_iterator;
use serde_json::Value;

use crate::iam::request::{ANY, LEADING_KEYS, Request};
use crate::template::arn;

/// The operations of streams, which name a stream or an iterator of one.
const STREAMS: [&str; 4] = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];

/// The parts of `TransactWriteItems`, and the action of each.
const WRITES: [(&str, &str); 4] = [
    ("ConditionCheck", "ConditionCheckItem"),
    ("Delete", "DeleteItem"),
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
];

/// The rights that an operation needs.
pub(crate) fn requests(operation: &str, body: &Value) -> Vec<Request> {
    match operation {
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" => {
            vec![item(operation, &body["TableName"], &[body])]
        }
        "TransactGetItems" => {
            let gets = list(&body["TransactItems"]).iter().map(|part| &part["Get"]);
            gets.map(|get| item("GetItem", &get["TableName"], &[get])).collect()
        }
        "TransactWriteItems" => list(&body["TransactItems"]).iter().filter_map(write).collect(),
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables
                .map(|(name, table)| {
                    let keys: Vec<_> = list(&table["Keys"]).iter().collect();
                    with_keys("BatchGetItem", table_arn(name), keys.into_iter())
                })
                .collect()
        }
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables
                .map(|(name, writes)| {
                    let keys = list(writes).iter().flat_map(|write| {
                        [&write["PutRequest"]["Item"], &write["DeleteRequest"]["Key"]]
                    });
                    with_keys("BatchWriteItem", table_arn(name), keys)
                })
                .collect()
        }
        "ExecuteStatement" => vec![statement(body)],
        "BatchExecuteStatement" => list(&body["Statements"]).iter().map(statement).collect(),
        "ExecuteTransaction" => list(&body["TransactStatements"]).iter().map(statement).collect(),
        streams if STREAMS.contains(&streams) => {
            vec![Request::new(action(operation), stream_of(body).unwrap_or_else(|| ANY.into()))]
        }
        _ => {
            let table = body["TableName"].as_str().map(table_arn);
            vec![Request::new(action(operation), table.unwrap_or_else(|| ANY.to_owned()))]
        }
    }
}

fn action(operation: &str) -> String {
    format!("dynamodb:{operation}")
}

/// A right to items of one table. Each part has its key in `Key`, or its item in `Item`.
fn item(operation: &str, table: &Value, parts: &[&Value]) -> Request {
    let keys = parts.iter().flat_map(|part| [&part["Key"], &part["Item"]]);
    with_keys(operation, table_arn(table.as_str().unwrap_or_default()), keys)
}

fn with_keys<'v>(operation: &str, table: String, keys: impl Iterator<Item = &'v Value>) -> Request {
    let texts = keys.filter_map(|key| key["pk"]["S"].as_str()).map(ToOwned::to_owned);
    Request::new(action(operation), table).with(LEADING_KEYS, texts.collect::<Vec<_>>())
}

fn write(part: &Value) -> Option<Request> {
    let (_, operation, body) = WRITES
        .iter()
        .map(|(name, operation)| (name, operation, &part[*name]))
        .find(|(_, _, body)| body.is_object())?;
    Some(item(operation, &body["TableName"], &[body]))
}

/// A right of `PartiQL`, on every table: the statement isn't parsed.
fn statement(body: &Value) -> Request {
    let text = body["Statement"].as_str().unwrap_or_default();
    let verb = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let action = match verb.as_str() {
        "INSERT" => "PartiQLInsert",
        "UPDATE" => "PartiQLUpdate",
        "DELETE" => "PartiQLDelete",
        _ => "PartiQLSelect",
    };
    Request::new(self::action(action), ANY)
}

/// The stream that a request names, or that its iterator is of. Emulators have other regions and labels than the
/// template; only the table counts.
fn stream_of(body: &Value) -> Option<String> {
    let named = body["StreamArn"].as_str().and_then(table_in).map(ToOwned::to_owned);
    let listed = || body["TableName"].as_str().map(ToOwned::to_owned);
    let iterator = || {
        let iterator = body["ShardIterator"].as_str()?;
        let of_amazon = table_in(iterator).map(ToOwned::to_owned);
        of_amazon.or_else(|| decode_shard_iterator(iterator).map(|(table, _, _)| table))
    };
    named.or_else(listed).or_else(iterator).map(|table| arn::stream(&table))
}

/// The table in the ARN of a stream, or in an iterator with one.
fn table_in(text: &str) -> Option<&str> {
    text.split_once(":table/")?.1.split('/').next()
}

fn table_arn(name: impl AsRef<str>) -> String {
    let name = name.as_ref();
    arn::table(table_in(name).unwrap_or(name))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The tables whose items an operation names, with their partition keys, for the stack's output.
pub(crate) fn kinds(request: &Request) -> String {
    let mut kinds = BTreeSet::new();
    for key in request.context.get(LEADING_KEYS).into_iter().flatten() {
        let parts: Vec<_> = key.split('#').collect();
        let shown = if parts[0] == "COUNT" { 2 } else { 1 };
        kinds.insert(parts[..shown.min(parts.len())].join("#"));
    }
    let kinds: Vec<_> = kinds.into_iter().map(|kind| format!(" {kind}#…")).collect();
    kinds.concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Action, table or stream, and keys of each right.
    fn needed(operation: &str, body: &Value) -> Vec<(String, String, Vec<String>)> {
        let short = |request: Request| {
            let action = request.action.trim_start_matches("dynamodb:").to_owned();
            let resource = request.resource.rsplit(":table/").next().unwrap().to_owned();
            let keys = request.context.get(LEADING_KEYS).unwrap_or_default().to_vec();
            (action, resource, keys)
        };
        requests(operation, body).into_iter().map(short).collect()
    }

    fn one(action: &str, table: &str, keys: &[&str]) -> (String, String, Vec<String>) {
        (action.into(), table.into(), keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn an_item_is_named_by_its_key_or_in_itself() {
        let key = json!({"TableName": "t", "Key": {"pk": {"S": "OTP#a"}}});
        assert_eq!(needed("GetItem", &key), [one("GetItem", "t", &["OTP#a"])]);
        assert_eq!(needed("UpdateItem", &key), [one("UpdateItem", "t", &["OTP#a"])]);
        let item = json!({"TableName": "t", "Item": {"pk": {"S": "OTP#a"}, "x": {"S": "y"}}});
        assert_eq!(needed("PutItem", &item), [one("PutItem", "t", &["OTP#a"])]);
        let by_arn = json!({"TableName": "arn:aws:dynamodb:us-east-1:0:table/t", "Key": {}});
        assert_eq!(needed("GetItem", &by_arn), [one("GetItem", "t", &[])]);
    }

    #[test]
    fn a_transaction_needs_the_right_of_each_part() {
        let part = |kind: &str, table: &str| json!({kind: {"TableName": table, "Key": {"pk": {"S": kind}}}});
        let body = json!({"TransactItems": [
            part("ConditionCheck", "a"), part("Delete", "a"), part("Update", "b"),
            {"Put": {"TableName": "b", "Item": {"pk": {"S": "Put"}}}},
        ]});
        assert_eq!(
            needed("TransactWriteItems", &body),
            [
                one("ConditionCheckItem", "a", &["ConditionCheck"]),
                one("DeleteItem", "a", &["Delete"]),
                one("UpdateItem", "b", &["Update"]),
                one("PutItem", "b", &["Put"]),
            ]
        );
        let body = json!({"TransactItems": [part("Get", "a"), part("Get", "b")]});
        assert_eq!(
            needed("TransactGetItems", &body),
            [one("GetItem", "a", &["Get"]), one("GetItem", "b", &["Get"])]
        );
    }

    #[test]
    fn a_batch_needs_the_right_of_each_table_with_all_its_keys() {
        let key = |text: &str| json!({"pk": {"S": text}});
        let body = json!({"RequestItems": {"a": {"Keys": [key("1"), key("2")]}, "b": {"Keys": [key("3")]}}});
        assert_eq!(
            needed("BatchGetItem", &body),
            [one("BatchGetItem", "a", &["1", "2"]), one("BatchGetItem", "b", &["3"])]
        );
        let body = json!({"RequestItems": {"a": [
            {"PutRequest": {"Item": key("1")}}, {"DeleteRequest": {"Key": key("2")}},
        ]}});
        assert_eq!(needed("BatchWriteItem", &body), [one("BatchWriteItem", "a", &["1", "2"])]);
    }

    #[test]
    fn a_scan_a_query_and_a_statement_name_no_keys() {
        let body = json!({"TableName": "t", "KeyConditionExpression": "pk = :pk"});
        assert_eq!(needed("Scan", &body), [one("Scan", "t", &[])]);
        assert_eq!(needed("Query", &body), [one("Query", "t", &[])]);
        let body = json!({"Statement": " delete from t where pk = 'a'"});
        assert_eq!(needed("ExecuteStatement", &body), [one("PartiQLDelete", "*", &[])]);
        assert_eq!(needed("ListTables", &json!({})), [one("ListTables", "*", &[])]);
    }

    #[test]
    fn a_stream_is_found_by_its_arn_and_by_an_iterator_of_either_emulator() {
        let arn = "arn:aws:dynamodb:ddblocal:000000000000:table/t/stream/2026";
        let expected = [one("GetRecords", "t/stream/local", &[])];
        for iterator in [
            dynoxide::actions::get_shard_iterator::encode_shard_iterator("t", "shard", 5),
            format!("000|{arn}|c2hhcmQ="),
        ] {
            assert_eq!(needed("GetRecords", &json!({"ShardIterator": iterator})), expected);
        }
        let named = json!({"StreamArn": arn, "ShardId": "s"});
        assert_eq!(
            needed("GetShardIterator", &named),
            [one("GetShardIterator", "t/stream/local", &[])]
        );
        let unknown = needed("GetRecords", &json!({"ShardIterator": "?"}));
        assert_eq!(unknown, [one("GetRecords", "*", &[])]);
    }

    #[test]
    fn the_output_gets_the_kind_of_an_item_and_nothing_else_of_its_key() {
        let keys = ["USER#a#b", "COUNT#send#a#b#c"].map(ToOwned::to_owned);
        let request = Request::new("dynamodb:GetItem", "t").with(LEADING_KEYS, keys);
        assert_eq!(kinds(&request), " COUNT#send#… USER#…");
    }
}
