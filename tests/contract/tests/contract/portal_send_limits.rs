//! The limit of `POST /api/v1/users/auth/send-otp`: ten codes per identifier and day.

use contract::{Answer, Tenant, Window, ask, race};
use insta::assert_snapshot;

const NOBODY: &str = "nobody@example.com";

async fn eleven_sends(tenant: &Tenant, email: &str) -> Vec<Answer> {
    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(ask(tenant.send_email(email)).await);
    }
    answers
}

/// A tenant that asked for eleven codes on one day, and the status of the last answer.
async fn over_the_limit(address: impl Fn(&Tenant) -> String) -> (Tenant, u16) {
    Window::Day
        .within(async || {
            let tenant = Tenant::with_limits().await;
            let last = eleven_sends(&tenant, &address(&tenant)).await[10].status;
            (tenant, last)
        })
        .await
}

#[tokio::test]
async fn the_eleventh_code_of_a_day_is_one_too_many() {
    let (answers, before, after) = Window::Day
        .within(async || {
            let tenant = Tenant::with_limits().await;
            let before = Window::Day.seconds_left();
            let answers = eleven_sends(&tenant, &tenant.patient.email).await;
            (answers, before, Window::Day.seconds_left())
        })
        .await;
    for answer in &answers[..10] {
        assert_eq!(answer.essence(), answers[0].essence());
    }
    assert_eq!(answers[0].status, 200);
    assert_snapshot!(answers[10].snapshot(), @r#"
    429
    retry-after: [seconds]
    {"status":429,"success":false,"error":"Too many requests","code":"RATE_LIMITED"}
    "#);
    let wait: u64 = answers[10].header("retry-after").parse().expect("whole seconds");
    assert!((after..=before).contains(&wait), "{wait} s, not until midnight UTC");
}

#[tokio::test]
async fn parallel_requests_are_all_counted() {
    let answers = Window::Day
        .within(async || {
            let tenant = Tenant::with_limits().await;
            race((0..14).map(|_| tenant.send_email(NOBODY))).await
        })
        .await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(200), count(429)), (10, 4));
}

#[tokio::test]
async fn the_limit_is_the_same_for_known_and_unknown_identifiers() {
    let (mut known, mut unknown) = Window::Day
        .within(async || {
            let tenant = Tenant::with_limits().await;
            let known = eleven_sends(&tenant, &tenant.patient.email).await;
            (known, eleven_sends(&tenant, NOBODY).await)
        })
        .await;
    for answer in [&mut known[10], &mut unknown[10]] {
        assert_eq!(answer.status, 429);
        assert!(answer.headers.remove("retry-after").is_some(), "it runs from second to second");
    }
    for (known, unknown) in known.iter().zip(&unknown) {
        assert_eq!(known.essence(), unknown.essence());
    }
}

#[tokio::test]
async fn the_limit_of_one_identifier_is_not_that_of_another() {
    let (tenant, last) = over_the_limit(|_| NOBODY.to_owned()).await;
    assert_eq!(last, 429);
    assert_eq!(ask(tenant.send_email(&tenant.patient.email)).await.status, 200);
    assert_eq!(ask(tenant.send_sms(&tenant.patient.phone_number)).await.status, 200);
}

#[tokio::test]
async fn spelling_an_address_differently_buys_no_sends() {
    let shouted = Window::Day
        .within(async || {
            let tenant = Tenant::with_limits().await;
            eleven_sends(&tenant, NOBODY).await;
            ask(tenant.send_email(" NOBODY@Example.COM ")).await.status
        })
        .await;
    assert_eq!(shouted, 429);
}

#[tokio::test]
async fn over_the_limit_a_code_that_was_sent_still_works() {
    let (tenant, last) = over_the_limit(|tenant| tenant.patient.email.clone()).await;
    assert_eq!(last, 429);
    let email = &tenant.patient.email;
    let code = tenant.stack.messages_beyond(0, email).await[0].code();
    assert_eq!(ask(tenant.verify(&code)).await.status, 200);
}
