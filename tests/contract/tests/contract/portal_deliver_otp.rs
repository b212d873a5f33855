//! `portal-deliver-otp`: what arrives at the patient, and what doesn't.

use contract::{Stack, Tenant, ask, eventually, own_stack::OwnStack, race};
use reqwest::Method;
use serde_json::{Value, json};

fn demo() -> Tenant {
    Tenant::demo("11111111-1111-4111-8111-111111111111", "demo-portal-key")
}

#[tokio::test]
async fn an_email_carries_the_code() {
    let tenant = Tenant::new().await;
    let message = tenant.email().await;
    assert_eq!((message.channel.as_str(), &message.to), ("EMAIL", &tenant.patient.email));
    let code = message.code();
    assert!(message.html.expect("a page").contains(&code));
    assert!(message.from.expect("a sender").contains('@'));
    let subject = message.subject.expect("a subject");
    assert!(!subject.is_empty());
    assert!(!subject.contains(&code), "subjects are shown on locked screens: {subject}");
    assert_eq!(ask(tenant.verify(&code)).await.status, 200);
}

#[tokio::test]
async fn a_text_message_carries_the_code() {
    let tenant = Tenant::new().await;
    let message = tenant.sms().await;
    assert_eq!((message.channel.as_str(), &message.to), ("SMS", &tenant.patient.phone_number));
    let verified = tenant.verify_sms(&tenant.patient.phone_number, &message.code());
    assert_eq!(ask(verified).await.status, 200);
}

#[tokio::test]
async fn messages_speak_in_the_name_of_the_organization() {
    let tenant = demo();
    let sms = tenant.sms().await;
    assert!(sms.text.contains("Demo Clinic"), "{:?}", sms.text);
    let last = format!("@demo.postern.example #{}", sms.code());
    assert_eq!(sms.text.lines().last(), Some(last.as_str()), "the form that browsers fill in from");
}

#[tokio::test]
async fn nobody_hears_of_a_code_for_somebody_else() {
    let (tenant, demo) = (Tenant::new().await, demo());
    let strangers = ["stranger@example.com", "disabled@example.com"];
    for stranger in strangers {
        assert_eq!(ask(tenant.send_email(stranger)).await.status, 200);
        assert_eq!(ask(demo.send_email(stranger)).await.status, 200);
    }
    assert_eq!(ask(tenant.send_sms("+15550000001")).await.status, 200);
    // Delivered in order: once this one is there, the others would be too.
    tenant.email().await;
    for recipient in strangers.into_iter().chain(["+15550000001"]) {
        assert_eq!(tenant.stack.messages_to(recipient).await.len(), 0, "{recipient}");
    }
}

#[tokio::test]
async fn a_patient_gets_one_message_for_each_request() {
    let tenant = Tenant::new().await;
    for _ in 0..3 {
        tenant.email().await;
    }
    tenant.sms().await;
    assert_eq!(tenant.stack.messages_to(&tenant.patient.email).await.len(), 3);
    assert_eq!(tenant.stack.messages_to(&tenant.patient.phone_number).await.len(), 1);
}

#[tokio::test]
async fn guessing_sends_nothing() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for nth in 1..=3 {
        assert_eq!(ask(tenant.verify(&contract::wrong(&code, nth))).await.status, 401);
    }
    tenant.sms().await;
    assert_eq!(tenant.stack.messages_to(&tenant.patient.email).await.len(), 1);
}

fn record(event: &str, key: &str, old: Option<Value>, new: Option<Value>) -> Value {
    let mut change = json!({
        "ApproximateCreationDateTime": 1_700_000_000,
        "Keys": { "pk": { "S": key } },
        "SequenceNumber": "100000000000000000001",
        "SizeBytes": 100,
        "StreamViewType": "NEW_AND_OLD_IMAGES"
    });
    if let Some(old) = old {
        change["OldImage"] = old;
    }
    if let Some(new) = new {
        change["NewImage"] = new;
    }
    json!({
        "eventID": "c4ca4238a0b923820dcc509a6f75849b",
        "eventName": event,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change,
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/challenges/stream/x"
    })
}

#[tokio::test]
async fn records_that_ask_for_no_message_are_done_at_once() {
    let stack = Stack::running();
    let key = format!("OTP#22222222-2222-4222-8222-222222222222#{}", "A".repeat(43));
    let count = key.replacen("OTP", "COUNT#send", 1);
    let used = json!({
        "pk": { "S": key }, "otpId": { "S": "AAAAAAAAAAAAAAAAAAAAAA" }, "sendId": { "S": "a" },
        "usedBy": { "S": "b" }, "issuedAt": { "N": "1700000000000" }, "ttl": { "N": "1700086400" }
    });
    let records = [
        record("REMOVE", &key, Some(used.clone()), None),
        record("MODIFY", &key, Some(used.clone()), Some(used)),
        record(
            "INSERT",
            &count,
            None,
            Some(json!({ "pk": { "S": count }, "seen": { "SS": ["n"] } })),
        ),
    ];
    for records in [vec![], records.to_vec()] {
        let answer = stack.invoke("portal-deliver-otp", &json!({ "Records": records })).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("x-amz-function-error"), "{}", answer.text());
        assert_eq!(answer.json(), json!({ "batchItemFailures": [] }));
    }
}

/// Codes of organizations whose sender fails go into the stream together with those of others. A batch that
/// is retried, and then given up, must take none of the others with it.
#[tokio::test]
async fn a_sender_that_fails_costs_nobody_else_a_code() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let (mut failing, mut well) = (Vec::new(), Vec::new());
    for number in 0..8 {
        let at = async |domain: &str| {
            let email = format!("patient-{number}@{domain}.example");
            Tenant::on(&stack, &json!({ "email": email })).await
        };
        failing.push(at("throttled").await);
        well.push(at("well").await);
    }
    let all = failing.iter().zip(&well).flat_map(|(one, other)| [one, other]);
    let sends: Vec<_> = all.map(|tenant| tenant.send_email(&tenant.patient.email)).collect();
    assert!(race(sends).await.iter().all(|answer| answer.status == 200));
    let given_up = eventually("the failing codes are given up", async || {
        let letters = ask(stack.console(Method::GET, "/dead-letters")).await.json();
        let sizes = letters.as_array()?.iter().map(|letter| &letter["DDBStreamBatchInfo"]);
        let sizes = sizes.filter_map(|batch| batch["batchSize"].as_u64());
        Some(sizes.sum::<u64>()).filter(|count| *count >= 8)
    });
    given_up.await;
    for tenant in &well {
        assert!(!stack.messages_to(&tenant.patient.email).await.is_empty(), "{tenant:?}");
    }
    for tenant in &failing {
        assert!(stack.messages_to(&tenant.patient.email).await.is_empty(), "{tenant:?}");
    }
}
