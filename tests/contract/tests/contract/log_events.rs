//! The local stack's CloudWatch Logs: what functions print, and what callers put into it.

use contract::{Stack, Tenant, ask};
use serde_json::{Value, json};

/// The developer's key, which may do everything.
const KEY: &str = "postern";
const GROUP: &str = "/aws/lambda/postern";
const HOUR: i64 = 60 * 60 * 1000;

async fn call(stack: &Stack, operation: &str, input: Value) -> Value {
    let answer = stack.logs_as(KEY, operation, &input).await;
    assert_eq!(answer.status, 200, "{operation}: {}", answer.json());
    answer.json()
}

/// The code and the message of a refusal.
async fn refused(stack: &Stack, operation: &str, input: Value) -> (String, String) {
    let answer = stack.logs_as(KEY, operation, &input).await;
    assert_eq!(answer.status, 400, "{operation} {input}: {}", answer.json());
    let body: Value = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (text("__type"), text("message"))
}

/// The events of all pages.
async fn all(stack: &Stack, mut input: Value) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let mut page = call(stack, "FilterLogEvents", input.clone()).await;
        assert!(page["events"].is_array(), "{page}");
        events.extend(page["events"].as_array().into_iter().flatten().cloned());
        match page["nextToken"].take() {
            Value::Null => return events,
            token => input["nextToken"] = token,
        }
    }
}

/// A request's id, and the event with its line.
async fn printed(stack: &Stack) -> (String, Value) {
    let tenant = Tenant::on(stack, &json!({})).await;
    let session = tenant.sign_in().await;
    let answer = ask(tenant.me(&session.access)).await;
    let id = answer.header("apigw-requestid").to_owned();
    let pattern = format!(r#"{{ ($.requestId = "{id}") || ($.gatewayRequestId = "{id}") }}"#);
    let found = all(stack, json!({"logGroupName": GROUP, "filterPattern": pattern})).await;
    assert_eq!(found.len(), 1, "{found:?}");
    (id, found[0].clone())
}

#[tokio::test]
async fn what_a_function_prints_is_found_in_its_own_stream() {
    let stack = Stack::running();
    let (id, event) = printed(&stack).await;
    let line: Value =
        serde_json::from_str(event["message"].as_str().expect("a text")).expect("JSON");
    assert_eq!((&line["message"], &line["requestId"]), (&json!("request"), &json!(id)));
    let stream = event["logStreamName"].as_str().expect("a name");
    let (date, rest) = stream.split_at(11);
    assert!(
        date.bytes().zip(*b"0000/00/00/").all(|(own, like)| match like {
            b'/' => own == like,
            _ => own.is_ascii_digit(),
        }),
        "{stream}"
    );
    let instance = rest.strip_prefix("postern-PortalMeFunction[$LATEST]").expect(stream);
    assert!(instance.len() == 32 && instance.bytes().all(|it| it.is_ascii_hexdigit()), "{stream}");
    let at = event["timestamp"].as_i64().expect("milliseconds");
    let within = |from: i64, to: i64, prefix: &str| {
        let pattern = format!("\"{id}\"");
        json!({"logGroupName": GROUP, "filterPattern": pattern, "startTime": at + from, "endTime": at + to,
               "logStreamNamePrefix": prefix})
    };
    for (input, count) in [
        (within(0, 0, stream), 1),
        (within(1, HOUR, stream), 0),
        (within(-HOUR, -1, stream), 0),
        (within(0, 0, "other"), 0),
    ] {
        assert_eq!(all(&stack, input.clone()).await.len(), count, "{input}");
    }
}

#[tokio::test]
async fn events_are_put_into_a_stream_and_those_out_of_time_are_rejected_with_a_200() {
    let stack = Stack::running();
    let (id, event) = printed(&stack).await;
    let now = event["timestamp"].as_i64().expect("milliseconds");
    let stream = format!("test-{id}");
    let of_stream = json!({"logGroupName": GROUP, "logStreamName": stream});
    let put = |events: Value| {
        let mut input = of_stream.clone();
        input["logEvents"] = events;
        input
    };
    let event =
        |hours: i64, message: &str| json!({"timestamp": now + hours * HOUR, "message": message});
    let (code, _) = refused(&stack, "PutLogEvents", put(json!([event(0, "a")]))).await;
    assert_eq!(code, "ResourceNotFoundException");
    call(&stack, "CreateLogStream", of_stream.clone()).await;
    let (code, _) = refused(&stack, "CreateLogStream", of_stream.clone()).await;
    assert_eq!(code, "ResourceAlreadyExistsException");

    let events = json!([event(-400, "old"), event(-1, "one"), event(0, "two"), event(3, "new")]);
    let answer = call(&stack, "PutLogEvents", put(events)).await;
    let rejected = json!({"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 3});
    assert_eq!(answer["rejectedLogEventsInfo"], rejected);
    let answer = call(&stack, "PutLogEvents", put(json!([event(0, "three")]))).await;
    assert_eq!(answer.get("rejectedLogEventsInfo"), None);
    let found =
        all(&stack, json!({"logGroupName": GROUP, "logStreamNames": [stream], "limit": 1})).await;
    let found: Vec<_> = found.iter().map(|event| event["message"].as_str()).collect();
    assert_eq!(found, [Some("one"), Some("two"), Some("three")]);

    for (events, said) in [
        (json!([event(0, "b"), event(-1, "a")]), "chronological"),
        (json!([event(-30, "a"), event(0, "b")]), "24 hours"),
        (json!([]), "0 events"),
        (json!([event(0, &"a".repeat(1_048_600))]), "too large"),
    ] {
        let (code, message) = refused(&stack, "PutLogEvents", put(events)).await;
        assert!(code == "InvalidParameterException" && message.contains(said), "{code} {message}");
    }
}

#[tokio::test]
async fn a_call_that_asks_for_what_can_not_be_is_refused() {
    let stack = Stack::running();
    for (change, code) in [
        (json!({"logGroupName": "/none"}), "ResourceNotFoundException"),
        (json!({"logStreamNames": ["none"]}), "ResourceNotFoundException"),
        (json!({"logGroupName": null}), "InvalidParameterException"),
        (json!({"logGroupIdentifier": GROUP}), "InvalidParameterException"),
        (json!({"nextToken": "x"}), "InvalidParameterException"),
        (json!({"filterPattern": "{ $.a > 1 }"}), "InvalidParameterException"),
        (json!({"startTime": 2, "endTime": 1}), "InvalidParameterException"),
        (json!({"limit": 0}), "InvalidParameterException"),
        (json!({"limit": 10_001}), "InvalidParameterException"),
        (json!({"logStreamNames": [], "logStreamNamePrefix": "a"}), "InvalidParameterException"),
        (json!({"limit": "a"}), "SerializationException"),
    ] {
        let mut input = json!({"logGroupName": GROUP});
        for (name, value) in change.as_object().expect("members") {
            input[name] = value.clone();
        }
        assert_eq!(refused(&stack, "FilterLogEvents", input.clone()).await.0, code, "{input}");
    }
    let (code, _) = refused(&stack, "DeleteLogGroup", json!({"logGroupName": GROUP})).await;
    assert_eq!(code, "UnknownOperationException");
}

/// Of functions a test beside the roles says it: a denied call of a function counts as a fault of its role.
#[tokio::test]
async fn an_operator_writes_no_log() {
    let stack = Stack::running();
    let input = json!({"logGroupName": GROUP, "logStreamName": "forged",
                       "logEvents": [{"timestamp": 1, "message": "forged"}]});
    for operation in ["CreateLogStream", "PutLogEvents"] {
        let answer = stack.logs_as("HelpdeskPolicy", operation, &input).await;
        let body: Value = answer.json();
        let expected = (400, &json!("AccessDeniedException"));
        assert_eq!((answer.status, &body["__type"]), expected, "{operation}");
        let said = body["message"].as_str().expect("a message");
        let right = format!("perform: logs:{operation} on resource: arn:aws:logs:");
        assert!(said.contains(&right) && said.contains(":log-stream:forged"), "{said}");
    }
}
