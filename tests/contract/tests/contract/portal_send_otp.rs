//! `POST /api/v1/users/auth/send-otp`

use contract::{Tenant, ask, issue, malformed, operator::postern, path::SEND_OTP, race, wrong};
use insta::assert_snapshot;
use serde_json::{Value, json};

const NOBODY: &str = "nobody@example.com";

async fn refuses(tenant: &Tenant, body: &Value) {
    let answer = ask(tenant.post(SEND_OTP, body)).await;
    let field = issue(&answer);
    assert!(["email", "phoneNumber", "channel"].contains(&field.as_str()), "{body}: {field}");
}

#[tokio::test]
async fn a_code_is_sent_by_email() {
    let tenant = Tenant::new().await;
    let answer = ask(tenant.send_email(&tenant.patient.email)).await;
    assert_snapshot!(answer.snapshot(), @r#"
    200
    {"status":200,"success":true}
    "#);
    let messages = tenant.stack.messages_beyond(0, &tenant.patient.email).await;
    assert_eq!(messages[0].channel, "EMAIL");
}

#[tokio::test]
async fn a_code_is_sent_by_text_message() {
    let tenant = Tenant::new().await;
    let answer = ask(tenant.send_sms(&tenant.patient.phone_number)).await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"status":200,"success":true}"#));
    let messages = tenant.stack.messages_beyond(0, &tenant.patient.phone_number).await;
    assert_eq!(messages[0].channel, "SMS");
}

#[tokio::test]
async fn known_and_unknown_identifiers_get_the_same_answer() {
    let tenant = Tenant::new().await;
    let known = ask(tenant.send_email(&tenant.patient.email)).await;
    let again = ask(tenant.send_email(&tenant.patient.email)).await;
    let unknown = ask(tenant.send_email(NOBODY)).await;
    let unknown_again = ask(tenant.send_email(NOBODY)).await;
    let known_number = ask(tenant.send_sms(&tenant.patient.phone_number)).await;
    let unknown_number = ask(tenant.send_sms("+15550000000")).await;
    for other in [again, unknown, unknown_again, known_number, unknown_number] {
        assert_eq!(other.essence(), known.essence());
    }
}

#[tokio::test]
async fn a_disabled_user_gets_the_same_answer() {
    let tenant = Tenant::demo("11111111-1111-4111-8111-111111111111", "demo-portal-key");
    let disabled = ask(tenant.send_email("disabled@example.com")).await;
    let unknown = ask(tenant.send_email(NOBODY)).await;
    assert_eq!(disabled.status, 200);
    assert_eq!(disabled.essence(), unknown.essence());
}

#[tokio::test]
async fn exactly_one_identifier_is_wanted() {
    let tenant = Tenant::new().await;
    let (email, phone) = (&tenant.patient.email, &tenant.patient.phone_number);
    refuses(&tenant, &json!({ "channel": "EMAIL" })).await;
    refuses(&tenant, &json!({ "channel": "SMS" })).await;
    for channel in ["EMAIL", "SMS"] {
        refuses(&tenant, &json!({ "email": email, "phoneNumber": phone, "channel": channel }))
            .await;
    }
}

#[tokio::test]
async fn channel_and_identifier_must_agree() {
    let tenant = Tenant::new().await;
    refuses(&tenant, &json!({ "email": tenant.patient.email, "channel": "SMS" })).await;
    refuses(&tenant, &json!({ "phoneNumber": tenant.patient.phone_number, "channel": "EMAIL" }))
        .await;
}

#[tokio::test]
async fn the_channel_is_email_or_sms_in_capitals() {
    let tenant = Tenant::new().await;
    let email = &tenant.patient.email;
    refuses(&tenant, &json!({ "email": email })).await;
    for channel in ["", "email", "Email", " EMAIL", "EMAIL\0", "PUSH", "ＥＭＡＩＬ"] {
        refuses(&tenant, &json!({ "email": email, "channel": channel })).await;
    }
    for channel in malformed::not_text() {
        refuses(&tenant, &json!({ "email": email, "channel": channel })).await;
    }
}

#[tokio::test]
async fn something_that_is_no_email_address_is_refused() {
    let tenant = Tenant::new().await;
    let overlong = format!("{}@example.com", "a".repeat(320));
    let no_addresses = [
        "",
        " ",
        "@",
        "patient.example.com",
        "patient@@example.com",
        "patient@home@example.com",
        "@example.com",
        "patient@",
        "pat\0ient@example.com",
        "pat\u{7}ient@example.com",
        "patient@example.com\r\nbcc: everyone@example.com",
        "pat\u{7f}ient@example.com",
        "pat\u{85}ient@example.com",
        &overlong,
    ];
    for email in no_addresses {
        refuses(&tenant, &json!({ "email": email, "channel": "EMAIL" })).await;
    }
    for email in malformed::not_text() {
        refuses(&tenant, &json!({ "email": email, "channel": "EMAIL" })).await;
    }
}

#[tokio::test]
async fn something_that_is_no_e164_number_is_refused() {
    let tenant = Tenant::new().await;
    let no_numbers = [
        "",
        "+",
        "15551234567",
        "0015551234567",
        "+05551234567",
        "++15551234567",
        "+1 555 123 4567",
        "+1-555-123-4567",
        "+1(555)1234567",
        "+1555123456a",
        "+1555123456\0",
        "+1234567890123456",
        "+１５５５１２３４５６７",
        "＋15551234567",
        "tel:+15551234567",
    ];
    for number in no_numbers {
        refuses(&tenant, &json!({ "phoneNumber": number, "channel": "SMS" })).await;
    }
    for number in malformed::not_text() {
        refuses(&tenant, &json!({ "phoneNumber": number, "channel": "SMS" })).await;
    }
}

#[tokio::test]
async fn spaces_around_an_email_address_and_its_case_do_not_matter() {
    let tenant = Tenant::new().await;
    let email = &tenant.patient.email;
    let answer = ask(tenant.send_email(&format!(" \t{}\n", email.to_uppercase()))).await;
    assert_eq!(answer.status, 200);
    let code = tenant.stack.messages_beyond(0, email).await[0].code();
    assert_eq!(ask(tenant.verify(&code)).await.status, 200);
}

#[tokio::test]
async fn invisible_characters_around_a_recipient_do_not_matter_and_inside_they_are_refused() {
    let tenant = Tenant::new().await;
    let (email, phone) = (&tenant.patient.email, &tenant.patient.phone_number);
    let all: String = malformed::invisible().into_iter().collect();
    let around = |text: &str| format!("{all} {text}\t{all}");
    assert_eq!(ask(tenant.send_email(&around(email))).await.status, 200);
    let code = tenant.stack.messages_beyond(0, email).await[0].code();
    assert_eq!(ask(tenant.verify_email(&around(email), &code)).await.status, 200);
    assert_eq!(ask(tenant.send_sms(&around(phone))).await.status, 200);
    let code = tenant.stack.messages_beyond(0, phone).await[0].code();
    assert_eq!(ask(tenant.verify_sms(&around(phone), &code)).await.status, 200);
    for char in malformed::invisible() {
        for email in [email, NOBODY] {
            let inside = malformed::with_inside(email, char);
            refuses(&tenant, &json!({ "email": inside, "channel": "EMAIL" })).await;
            let answer = ask(tenant.verify_email(&inside, "123456")).await;
            assert_eq!(issue(&answer), "email", "{inside:?}");
        }
        let inside = malformed::with_inside(phone, char);
        refuses(&tenant, &json!({ "phoneNumber": inside, "channel": "SMS" })).await;
        let answer = ask(tenant.verify_sms(&inside, "123456")).await;
        assert_eq!(issue(&answer), "phoneNumber", "{inside:?}");
    }
}

#[tokio::test]
async fn a_domain_and_its_punycode_are_one_address() {
    let tenant = Tenant::new().await;
    let of = ["--organization", &tenant.organization_id];
    let id = &tenant.organization_id[..8];
    let pairs = [
        (format!("{id}@Bücher.example"), format!("{id}@xn--bcher-kva.example")),
        (format!("{id}@xn--r8jz45g.example"), format!("{id}@例え.example")),
    ];
    for (registered, other) in pairs {
        let create = ["user", "create", "--email", &registered];
        assert_eq!(postern(&[&create[..], &of].concat()).status, 0, "{registered}");
        let again = postern(&[&["user", "create", "--email", &other], &of[..]].concat());
        assert_eq!(again.status, 1, "{other}: {}", again.stderr);
        let ascii = if registered.is_ascii() { &registered } else { &other };
        assert_eq!(ask(tenant.send_email(&other)).await.status, 200);
        let code = tenant.stack.messages_beyond(0, ascii).await[0].code();
        assert_eq!(ask(tenant.verify_email(&registered, &code)).await.status, 200);
    }
}

#[tokio::test]
async fn an_address_that_ses_cannot_mail_to_is_refused_for_known_and_unknown_alike() {
    let tenant = Tenant::new().await;
    let of = ["--organization", &tenant.organization_id];
    let unmailable = ["josé", "例", "a..b", ".a", "a.", "a b", "a,b", "\"a\"", "a\u{301}", "a:b"];
    for local in unmailable {
        let email = format!("{local}@example.com");
        let created = postern(&[&["user", "create", "--email", &email], &of[..]].concat());
        assert_eq!(created.status, 2, "{email}");
        assert!(created.stderr.contains("SES can send to"), "{email}: {}", created.stderr);
        refuses(&tenant, &json!({ "email": email, "channel": "EMAIL" })).await;
        let answer = ask(tenant.verify_email(&email, "123456")).await;
        assert_eq!(issue(&answer), "email", "{email}");
    }
    for domain in ["a..example", "-a.example", "a_b.example", "xn--a.example", "example."] {
        let email = format!("a@{domain}");
        let created = postern(&[&["user", "create", "--email", &email], &of[..]].concat());
        assert_eq!(created.status, 2, "{email}");
        assert!(created.stderr.contains("is not a domain"), "{email}: {}", created.stderr);
        refuses(&tenant, &json!({ "email": email, "channel": "EMAIL" })).await;
        assert_eq!(ask(tenant.verify_email(&email, "123456")).await.status, 400, "{email}");
    }
}

#[tokio::test]
async fn a_code_that_is_still_good_is_sent_again() {
    let tenant = Tenant::new().await;
    let first = tenant.email().await;
    let second = tenant.email().await;
    assert_ne!(first.id, second.id);
    assert_eq!(first.code(), second.code());
}

#[tokio::test]
async fn a_request_that_is_repeated_with_its_key_sends_nothing_again() {
    let tenant = Tenant::new().await;
    let email = &tenant.patient.email;
    let send = || tenant.send_email(email).header("idempotency-key", "send-0123456789abcdef");
    let first = ask(send()).await;
    let code = tenant.stack.messages_beyond(0, email).await[0].code();
    for answer in race((0..4).map(|_| send())).await {
        assert_eq!((answer.status, answer.essence()), (200, first.essence()));
    }
    assert_eq!(ask(tenant.verify(&code)).await.status, 200);
    assert_eq!(ask(send()).await.status, 200);
    // Messages to one address arrive in order: another copy of the first code would come before this.
    assert_eq!(ask(tenant.send_email(email)).await.status, 200);
    let messages = tenant.stack.messages_beyond(1, email).await;
    assert_eq!(messages.iter().filter(|message| message.code() == code).count(), 1);
}

#[tokio::test]
async fn a_malformed_key_is_refused_before_anything_is_sent() {
    let tenant = Tenant::with_limits().await;
    for key in ["", "fifteen-chars--", "repeated-by-a-proxy,repeated-by-a-proxy"] {
        let answer = ask(tenant.send_email(NOBODY).header("idempotency-key", key)).await;
        assert_eq!(issue(&answer), "Idempotency-Key", "{key:?}");
    }
}

#[tokio::test]
async fn a_sign_in_withdraws_the_code_under_the_other_identifier() {
    let tenant = Tenant::new().await;
    let sms = tenant.sms().await.code();
    tenant.sign_in().await;
    let phone = &tenant.patient.phone_number;
    assert_eq!(ask(tenant.verify_sms(phone, &sms)).await.status, 401);
    let sms = tenant.sms().await.code();
    assert_eq!(ask(tenant.verify_sms(phone, &sms)).await.status, 200);
}

#[tokio::test]
async fn parallel_requests_send_one_code() {
    let tenant = Tenant::new().await;
    let email = &tenant.patient.email;
    let answers = race((0..8).map(|_| tenant.send_email(email))).await;
    for answer in &answers {
        assert_eq!((answer.status, answer.essence()), (200, answers[0].essence()));
    }
    tenant.email().await;
    let messages = tenant.stack.messages_to(email).await;
    for message in &messages {
        assert_eq!(message.code(), messages[0].code());
    }
    assert_eq!(ask(tenant.verify(&messages[0].code())).await.status, 200);
}

#[tokio::test]
async fn sending_again_buys_no_attempts() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for nth in 1..=2 {
        assert_eq!(ask(tenant.verify(&wrong(&code, nth))).await.status, 401);
    }
    assert_eq!(tenant.email().await.code(), code);
    assert_eq!(ask(tenant.verify(&wrong(&code, 3))).await.status, 401);
    assert_eq!(ask(tenant.verify(&code)).await.status, 401);
}

#[tokio::test]
async fn a_new_code_follows_one_that_was_used() {
    let tenant = Tenant::new().await;
    tenant.sign_in().await;
    tenant.sign_in().await;
}

#[tokio::test]
async fn a_new_code_follows_one_whose_attempts_are_spent() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for nth in 1..=3 {
        assert_eq!(ask(tenant.verify(&wrong(&code, nth))).await.status, 401);
    }
    tenant.sign_in().await;
}
