//! What people read of `postern explain`, and what it can't explain.

use contract::{
    Tenant, ask,
    operator::{Ran, postern, postern_where},
    wrong,
};
use serde_json::json;

use super::explained;

/// Whatever wrote it: a function's role doesn't let it.
#[tokio::test]
async fn a_line_in_another_functions_stream_is_left_out() {
    let tenant = Tenant::new().await;
    let id = ask(tenant.send_email("nobody@example.com")).await.header("x-request-id").to_owned();
    let own = explained(&id);
    let group = "/aws/lambda/postern";
    let input = json!({"logGroupName": group, "filterPattern": format!("\"{id}\"")});
    let found = tenant.stack.logs_as("postern", "FilterLogEvents", &input).await.json();
    let event = found["events"][0].clone();
    let stream = format!("2026/11/27/postern-PortalMeFunction[1]{id}");
    let stream = stream.replace([':', '*'], "");
    let of_stream = json!({"logGroupName": group, "logStreamName": stream});
    assert_eq!(tenant.stack.logs_as("postern", "CreateLogStream", &of_stream).await.status, 200);
    let mut put = of_stream;
    put["logEvents"] = json!([{"timestamp": event["timestamp"], "message": event["message"]}]);
    assert_eq!(tenant.stack.logs_as("postern", "PutLogEvents", &put).await.status, 200);
    let again = explained(&id);
    for name in ["passed", "function", "time", "done", "status"] {
        assert_eq!(again[name], own[name], "{name}");
    }
    let said = postern(&["explain", &id]).done().stderr;
    assert!(said.contains("left out: a line in 2026/11/27/postern-PortalMeFunction"), "{said}");
}

#[tokio::test]
async fn people_read_a_row_for_each_check_and_nothing_that_is_secret() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let id = ask(tenant.verify(&wrong(&code, 1))).await.header("x-request-id").to_owned();
    let shown = postern(&["explain", &id]).done().stdout;
    for part in
        ["CODE_WRONG: A code is live", "#portal-401-unauthorized", "portal-verify-otp", "401"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(shown.lines().filter(|line| line.starts_with("passed ")).count(), 6, "{shown}");
    for secret in [&code, &tenant.api_key, &tenant.patient.email] {
        assert!(!contract::reveals(&shown, secret), "{shown}");
    }
}

#[tokio::test]
async fn what_can_not_be_explained_says_why_and_what_to_do() {
    let refused = |ran: Ran, status: i32, parts: &[&str]| {
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
    };
    let explain = |variables: &[(&str, &str)]| postern_where(&["explain", "unknown-id"], variables);
    refused(explain(&[]), 1, &["unknown-id in /aws/lambda/postern", "--since"]);
    let missing = explain(&[("STACK", "other"), ("AWS_ACCESS_KEY_ID", "postern")]);
    refused(
        missing,
        1,
        &[
            "/aws/lambda/other",
            "FilterLogEvents",
            "ResourceNotFoundException",
            "postern env --stack",
        ],
    );
    let denied = explain(&[("AWS_ACCESS_KEY_ID", "KeyCustodianPolicy")]);
    refused(
        denied,
        1,
        &["/aws/lambda/postern", "this identity needs the right logs:FilterLogEvents"],
    );
    refused(explain(&[("STACK", "")]), 2, &["STACK"]);
    refused(
        explain(&[("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:1")]),
        3,
        &["no answer"],
    );
    refused(postern(&["explain", "a\"b"]), 2, &["an id has"]);
    for since in ["0s", "1", "h", "1w", "99999d", "-1h", "ü"] {
        let since = format!("--since={since}");
        refused(postern(&["explain", "a", &since]), 2, &["a span is"]);
    }
}

/// A line is found as far back as was asked for, and no further.
#[tokio::test]
async fn a_request_is_looked_for_in_the_span_alone() {
    let own = contract::own_stack::OwnStack::start(&[]);
    let stack = own.ready().await;
    let tenant = Tenant::on(&stack, &json!({})).await;
    let id = ask(tenant.send_email("nobody@example.com")).await.header("x-request-id").to_owned();
    let variables = own.variables_of_operators();
    let explain = |since: &str| {
        let words = ["explain", &id, "--since", since];
        postern_where(&words, &variables)
    };
    assert_eq!(explain("1h").status, 0);
    contract::eventually("the second is over", async || (explain("1s").status == 1).then_some(()))
        .await;
    assert_eq!(explain("1h").status, 0);
}
