//! The local stack as a program: how it starts, how it ends, what it keeps.

#![cfg(target_os = "linux")]

use std::net::TcpListener;

use contract::{
    Session, Stack, Tenant, ask,
    own_stack::{Folder, OwnStack, Process},
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_port_in_use_is_named_with_the_variable_that_moves_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for variable in ["POSTERN_API_PORT", "POSTERN_CONSOLE_PORT", "POSTERN_DYNAMODB_PORT"] {
        let mut own = OwnStack::start(&[(variable, &port)]);
        let status = own.ended().await;
        assert!(!status.success(), "{variable}: {status}");
        let printed = own.printed();
        assert!(printed.contains(&format!("port {port} is in use")), "{printed}");
        assert!(printed.contains(variable), "{printed}");
        assert!(!printed.contains("panicked"), "{printed}");
    }
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_is_named() {
    for (variable, value) in
        [("POSTERN_API_PORT", "http"), ("POSTERN_CONSOLE_PORT", "65536"), ("DYNAMODB", "mysql")]
    {
        let mut own = OwnStack::start(&[(variable, value)]);
        let status = own.ended().await;
        assert!(!status.success(), "{variable}: {status}");
        assert!(own.printed().contains(value), "{variable}: {}", own.printed());
    }
}

#[tokio::test]
async fn a_signal_ends_the_stack_and_every_function() {
    for signal in ["TERM", "INT", "HUP"] {
        let mut own = OwnStack::start(&[]);
        let tenant = Tenant::on(&own.ready().await, &json!({})).await;
        let session = tenant.sign_in().await;
        assert_eq!(ask(tenant.me(&session.access)).await.status, 200);
        let children = own.children();
        assert!(children.len() >= 4, "a function each for sending, delivering, verifying, showing");

        own.signal(signal);
        let status = own.ended().await;
        assert!(status.success(), "{signal}: {status}");
        let left: Vec<_> = children.iter().filter(|child| !child.is_gone()).collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
    }
}

#[tokio::test]
async fn functions_do_not_outlive_a_stack_that_was_killed() {
    let mut own = OwnStack::start(&[]);
    let tenant = Tenant::on(&own.ready().await, &json!({})).await;
    tenant.sign_in().await;
    let children = own.children();
    assert!(!children.is_empty());
    own.signal("KILL");
    own.ended().await;
    contract::eventually("the functions notice", async || {
        children.iter().all(Process::is_gone).then_some(())
    })
    .await;
}

/// The lines of requests in the functions' log.
async fn printed(stack: &Stack) -> Vec<Value> {
    let input = json!({"logGroupName": "/aws/lambda/postern", "filterPattern": "request"});
    let answer = stack.logs_as("postern", "FilterLogEvents", &input).await;
    answer.json()["events"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn data_outlives_a_restart_where_it_is_asked_to() {
    let folder = Folder::new();
    let settings = [("POSTERN_DATA", folder.text())];

    let mut own = OwnStack::start(&settings);
    let tenant = Tenant::on(&own.ready().await, &json!({})).await;
    let session = tenant.sign_in().await;
    let code = tenant.sms().await.code();
    let before = printed(&tenant.stack).await;
    assert!(!before.is_empty());
    own.signal("TERM");
    own.ended().await;

    let again = OwnStack::start(&settings);
    let tenant = Tenant { stack: again.ready().await, ..tenant };
    assert_eq!(printed(&tenant.stack).await[..before.len()], before);
    assert_eq!(ask(tenant.me(&session.access)).await.status, 200);
    let renewed = Session::of(&ask(tenant.refresh(&session.refresh)).await);
    assert_eq!(ask(tenant.refresh(&session.refresh)).await.code(), "REFRESH_REUSED");
    assert_eq!(ask(tenant.refresh(&renewed.refresh)).await.code(), "REFRESH_REUSED");
    let by_sms = ask(tenant.verify_sms(&tenant.patient.phone_number, &code)).await;
    assert_eq!(by_sms.status, 200);
}

#[tokio::test]
async fn a_code_that_was_delivered_is_not_delivered_again_after_a_restart() {
    let folder = Folder::new();
    let settings = [("POSTERN_DATA", folder.text())];

    let mut own = OwnStack::start(&settings);
    let tenant = Tenant::on(&own.ready().await, &json!({})).await;
    tenant.email().await;
    // In order: with this one there, the one before it is done with.
    tenant.sms().await;
    own.signal("TERM");
    own.ended().await;

    let again = OwnStack::start(&settings);
    let stack = again.ready().await;
    Tenant::on(&stack, &json!({})).await.email().await;
    assert_eq!(stack.messages_to(&tenant.patient.email).await.len(), 0);
}

#[tokio::test]
async fn without_a_folder_nothing_outlives_a_restart() {
    let mut own = OwnStack::start(&[]);
    let tenant = Tenant::on(&own.ready().await, &json!({})).await;
    own.signal("TERM");
    own.ended().await;
    let again = OwnStack::start(&[]);
    let tenant = Tenant { stack: again.ready().await, ..tenant };
    assert_eq!(ask(tenant.send_email(&tenant.patient.email)).await.status, 404);
}

#[tokio::test]
async fn tools_find_the_variables_of_the_stack_in_its_folder() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    assert_eq!(own.variable("POSTERN_API"), format!("http://{}", stack.authority()));
    assert!(own.variable("AWS_ENDPOINT_URL_DYNAMODB").starts_with("http://127.0.0.1:"));
    assert!(!own.variable("PORTAL_ACCESS_SECRET").is_empty());
}

#[tokio::test]
async fn a_folder_belongs_to_one_stack_at_a_time() {
    let folder = Folder::new();
    let settings = [("POSTERN_DATA", folder.text())];
    let mut first = OwnStack::start(&settings);
    let stack = first.ready().await;
    let mut second = OwnStack::start(&settings);
    assert!(!second.ended().await.success());
    let printed = second.printed();
    let remedy = format!(
        "another stack uses {}; stop it, or set POSTERN_DATA to another folder",
        folder.text()
    );
    assert!(printed.contains(&remedy), "{printed}");
    Tenant::on(&stack, &json!({})).await.sign_in().await;
    // However a stack ended, the next one may use the folder.
    first.signal("KILL");
    first.ended().await;
    OwnStack::start(&settings).ready().await;
}

#[tokio::test]
async fn tables_of_a_stack_whose_secrets_are_gone_are_named_with_what_to_do() {
    let mut first = OwnStack::start(&[]);
    first.ready().await;
    assert!(!first.printed().contains("other secrets"), "{}", first.printed());
    let dynamodb = first.dynamodb();
    let mut second = OwnStack::start(&[("DYNAMODB", &dynamodb)]);
    let stack = second.ready().await;
    let printed = second.printed();
    let told = format!("The tables at {dynamodb} are of a stack with other secrets");
    assert!(printed.contains(&told), "{printed}");
    assert!(printed.contains("POSTERN_DATA") && printed.contains("delete the tables"), "{printed}");
    Tenant::on(&stack, &json!({})).await.sign_in().await;
    for own in [&mut second, &mut first] {
        own.signal("TERM");
        own.ended().await;
    }
}
