//! One-time codes, as operators see them.

use contract::{Tenant, Window, ask, operator::postern};
use serde_json::{Value, json};

fn inspected(tenant: &Tenant, address: &str) -> Value {
    let of = ["--organization", &tenant.organization_id, "--output", "json"];
    postern(&[&["otp", "inspect", "--email", address], &of[..]].concat()).done().json()
}

#[tokio::test]
async fn what_became_of_a_code_is_told_in_fields_of_one_type_each() {
    let (tenant, nothing, code, live) = Window::Day
        .within(async || {
            let tenant = Tenant::with_limits().await;
            let nothing = inspected(&tenant, &tenant.patient.email);
            let code = tenant.email().await.code();
            let live = inspected(&tenant, &tenant.patient.email);
            (tenant, nothing, code, live)
        })
        .await;
    let address = tenant.patient.email.as_str();
    let expected = json!({
        "userId": tenant.patient.user_id, "userDisabled": false, "code": "none", "live": false, "sandbox": false,
        "attemptsLeft": 0, "issuedAt": null, "expiresAt": null, "lastSend": null,
        "sendsPerDay": 10, "sendsToday": 0, "sendsLeftToday": 10,
    });
    assert_eq!(nothing, expected);
    assert_eq!((&live["code"], &live["live"]), (&json!("live"), &json!(true)));
    assert_eq!((&live["attemptsLeft"], &live["sendsToday"]), (&json!(3), &json!(1)));
    for field in ["issuedAt", "expiresAt"] {
        let text = live[field].as_str().expect("an instant");
        assert!(text.len() >= 20 && text.ends_with('Z') && &text[10..11] == "T", "{text}");
    }
    assert!(!live.to_string().contains(&code));
    for left in [2, 1, 0] {
        assert_eq!(ask(tenant.verify(contract::wrong(&code, 1).as_str())).await.status, 401);
        assert_eq!(inspected(&tenant, address)["attemptsLeft"], left);
    }
    let locked = inspected(&tenant, address);
    assert_eq!((&locked["code"], &locked["live"]), (&json!("locked"), &json!(false)));
    let nobody = inspected(&tenant, "nobody@example.com");
    assert_eq!((&nobody["userId"], &nobody["code"]), (&Value::Null, &json!("none")));
}

#[tokio::test]
async fn a_code_that_was_sent_before_its_address_changed_hands_signs_nobody_in() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let (own, address) = (tenant.organization_id.as_str(), tenant.patient.email.as_str());
    let of = ["--organization", own];
    let moved = format!("moved-{address}");
    let update = ["user", "update", &tenant.patient.user_id, "--email", &moved, "--yes"];
    assert_eq!(postern(&[&update[..], &of[..]].concat()).status, 0);
    let create = ["user", "create", "--email", address];
    assert_eq!(postern(&[&create[..], &of[..]].concat()).status, 0);
    assert_eq!(ask(tenant.verify_email(address, &code)).await.status, 401);
    // The next code is the new owner's, and works.
    let seen = tenant.stack.messages_to(address).await.len();
    assert_eq!(ask(tenant.send_email(address)).await.status, 200);
    let newest = tenant.stack.messages_beyond(seen, address).await.remove(0);
    assert_eq!(ask(tenant.verify_email(address, &newest.code())).await.status, 200);
}

/// An organization's own number or name is what the phone shows.
#[tokio::test]
async fn an_sms_comes_from_what_the_organization_has_set() {
    for sender in ["Riverside", "+15551230000"] {
        let created = ["organization", "create", "--name", "Own", "--output", "json"];
        let created = postern(&[&created[..], &["--sms-sender", sender]].concat()).done().json();
        let own = created["id"].as_str().expect("an id").to_owned();
        let key = postern(&["api-key", "create", "--organization", &own]).done();
        let tenant = Tenant::demo(&own, key.line());
        let phone = format!(
            "+1555{:07}",
            own.bytes().fold(7_u32, |sum, byte| { (sum * 31 + u32::from(byte)) % 10_000_000 })
        );
        let create = ["user", "create", "--organization", &own, "--phone", &phone];
        assert_eq!(postern(&create).status, 0);
        assert_eq!(ask(tenant.send_sms(&phone)).await.status, 200);
        let message = tenant.stack.messages_beyond(0, &phone).await.remove(0);
        assert_eq!(message.from.as_deref(), Some(sender));
    }
}

#[tokio::test]
async fn a_code_that_a_sign_out_of_everyone_ended_is_not_live() {
    let tenant = Tenant::new().await;
    tenant.email().await;
    let id = &tenant.organization_id;
    postern(&["organization", "sign-out", id, "--yes", "--no-wait"]).done();
    let ended = inspected(&tenant, &tenant.patient.email);
    assert_eq!((&ended["code"], &ended["live"]), (&json!("signedOut"), &json!(false)));
}
