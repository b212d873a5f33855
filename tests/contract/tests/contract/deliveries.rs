//! What became of a message: what `postern otp inspect` knows, and what SES and SNS say later.

use contract::{Stack, Tenant, ask, eventually, operator::postern};
use reqwest::Method;
use serde_json::{Value, json};

const FUNCTIONS: &str = "/aws/lambda/postern";
const MAIL: &str = "/aws/events/postern-mail";
const FAILED_SMS: &str = "sns/us-east-1/000000000000/DirectPublishToPhoneNumber/Failure";

fn inspect(tenant: &Tenant, recipient: [&str; 2]) -> Value {
    let of = ["--organization", &tenant.organization_id, "--output", "json"];
    postern(&[&["otp", "inspect"], &recipient[..], &of].concat()).done().json()
}

/// What `otp inspect` says of the last send, once it is known.
async fn last_send(tenant: &Tenant, recipient: [&str; 2]) -> Value {
    let probe = async || {
        let sent = inspect(tenant, recipient)["lastSend"].take();
        sent.is_object().then_some(sent)
    };
    eventually("the send is noted", probe).await
}

async fn lines(stack: &Stack, group: &str, pattern: &str) -> Vec<String> {
    let input = json!({"logGroupName": group, "filterPattern": pattern});
    let found = stack.logs_as("postern", "FilterLogEvents", &input).await.json();
    let events = found["events"].as_array().cloned().unwrap_or_default();
    events.iter().filter_map(|it| it["message"].as_str()).map(str::to_owned).collect()
}

async fn the_line(stack: &Stack, group: &str, pattern: &str) -> String {
    let probe = async || lines(stack, group, pattern).await.into_iter().next();
    eventually("the line is in the log", probe).await
}

fn id(sent: &Value) -> String {
    sent["messageId"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_accepted_message_leads_from_the_address_to_the_log_and_from_the_send_to_the_delivery() {
    let tenant = Tenant::new().await;
    let email = tenant.patient.email.as_str();
    let answer = ask(tenant.send_email(email)).await;
    let request = answer.header("x-request-id");
    let sent = last_send(&tenant, ["--email", email]).await;
    assert_eq!((&sent["state"], &sent["error"]), (&json!("accepted"), &Value::Null));
    assert!(sent["messageId"].is_string(), "{sent}");
    let pattern = format!(r#"{{ $.causedBy = "{request}" }}"#);
    let line: Value =
        serde_json::from_str(&the_line(&tenant.stack, FUNCTIONS, &pattern).await).expect("JSON");
    let expected = json!([
        "portal-deliver-otp",
        "sent",
        tenant.organization_id,
        tenant.patient.user_id,
        sent["messageId"]
    ]);
    let told = json!([
        line["function"],
        line["outcome"],
        line["organizationId"],
        line["userId"],
        line["messageId"]
    ]);
    assert_eq!(told, expected, "{line}");
    assert!(!line.to_string().contains(email));
    let event = the_line(&tenant.stack, MAIL, &format!("\"{}\"", id(&sent))).await;
    assert!(event.contains("event=Delivery") && !event.contains('@'), "{event}");
}

#[tokio::test]
async fn a_mail_that_bounces_later_was_accepted_and_its_id_finds_the_bounce() {
    let tenant = Tenant::new().await;
    let bounce = format!("bounce+{}@simulator.amazonses.com", tenant.organization_id);
    let of = ["--organization", tenant.organization_id.as_str()];
    postern(&[&["user", "create", "--email", &bounce][..], &of].concat()).done();
    assert_eq!(ask(tenant.send_email(&bounce)).await.status, 200);
    let sent = last_send(&tenant, ["--email", &bounce]).await;
    assert_eq!(sent["state"], "accepted", "as on AWS");
    let event = the_line(&tenant.stack, MAIL, &format!("\"{}\"", id(&sent))).await;
    assert!(event.contains("event=Bounce bounce=Permanent cause=General"), "{event}");
    let messages = ask(tenant.stack.console(Method::GET, "/messages")).await.json();
    let messages = messages.as_array().expect("messages");
    let message = messages.iter().find(|it| it["id"] == sent["messageId"]).expect("the mail");
    assert_eq!(message["fate"], "bounced");
}

#[tokio::test]
async fn an_sms_that_fails_later_was_accepted_and_its_id_finds_the_failure() {
    let tenant = Tenant::new().await;
    let number: u32 =
        tenant.organization_id.bytes().fold(0, |sum, byte| (sum * 31 + u32::from(byte)) % 1000);
    let number = format!("+15550198{number:03}");
    let of = ["--organization", tenant.organization_id.as_str()];
    postern(&[&["user", "create", "--phone", &number][..], &of].concat()).done();
    assert_eq!(ask(tenant.send_sms(&number)).await.status, 200);
    let sent = last_send(&tenant, ["--phone", &number]).await;
    assert_eq!(sent["state"], "accepted");
    let line = the_line(&tenant.stack, FAILED_SMS, &format!("\"{}\"", id(&sent))).await;
    assert!(line.contains(r#""status":"FAILURE""#), "{line}");
}

#[tokio::test]
async fn a_refusal_and_the_reasons_for_sending_nothing_are_told_apart() {
    let tenant = Tenant::new().await;
    let of = ["--organization", tenant.organization_id.as_str()];
    let rejected = format!("{}@rejected.example", tenant.organization_id);
    let disabled = format!("{}@disabled.example", tenant.organization_id);
    for email in [&rejected, &disabled] {
        postern(&[&["user", "create", "--email", email][..], &of].concat()).done();
    }
    postern(&[&["user", "disable", &disabled, "--yes"][..], &of].concat()).done();
    let cases = [
        (rejected.as_str(), "undeliverable", json!("MessageRejected")),
        (&disabled, "disabled", Value::Null),
        ("stranger@example.com", "unknown", Value::Null),
    ];
    for (email, state, error) in cases {
        let answer = ask(tenant.send_email(email)).await;
        let sent = last_send(&tenant, ["--email", email]).await;
        assert_eq!((&sent["state"], &sent["error"]), (&json!(state), &error));
        let pattern = format!(r#"{{ $.causedBy = "{}" }}"#, answer.header("x-request-id"));
        let line = the_line(&tenant.stack, FUNCTIONS, &pattern).await;
        assert!(line.contains(&format!(r#""outcome":"{state}""#)), "{line}");
    }
}
