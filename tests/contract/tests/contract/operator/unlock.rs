//! What others used up is given back, and the limits that operators set.

use contract::{
    Tenant, Window, ask,
    exchange::{Exchange, PASSWORD},
    operator::{organization, postern},
    password::Clinic,
    wrong,
};

const NOBODY: &str = "nobody@example.com";

fn unlock(tenant: &Tenant, user: &str) {
    let of = ["--organization", &tenant.organization_id, "--yes"];
    postern(&[&["user", "unlock", user], &of[..]].concat()).done();
}

#[tokio::test]
async fn a_patient_whose_sends_were_used_up_by_others_gets_them_back() {
    let statuses = Window::Day
        .within(async || {
            let tenant = Tenant::with_limits().await;
            let mut statuses = Vec::new();
            for address in [&tenant.patient.email, NOBODY] {
                for _ in 0..10 {
                    ask(tenant.send_email(address)).await;
                }
                statuses.push(ask(tenant.send_email(address)).await.status);
                unlock(&tenant, address);
                statuses.push(ask(tenant.send_email(address)).await.status);
            }
            statuses
        })
        .await;
    assert_eq!(statuses, [429, 200, 429, 200]);
}

#[tokio::test]
async fn an_unlock_ends_the_live_code_and_gives_it_no_new_attempts() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for nth in 1..=3 {
        assert_eq!(ask(tenant.verify(&wrong(&code, nth))).await.status, 401);
    }
    unlock(&tenant, &tenant.patient.user_id);
    assert_eq!(ask(tenant.verify(&code)).await.status, 401);
    let next = tenant.email().await.code();
    assert_eq!(ask(tenant.verify(&next)).await.status, 200);
}

#[tokio::test]
async fn a_user_of_the_exchange_gets_the_passwords_back_that_others_got_wrong() {
    let exchange = Exchange::new().await;
    let statuses = Window::QuarterHour
        .within(async || {
            for _ in 0..10 {
                ask(exchange.try_as(&exchange.email, "not-the-password")).await;
            }
            let refused = ask(exchange.try_as(&exchange.email, PASSWORD)).await.status;
            postern(&["sso-user", "unlock", &exchange.user_id.to_string(), "--yes"]).done();
            [refused, ask(exchange.try_as(&exchange.email, PASSWORD)).await.status]
        })
        .await;
    assert_eq!(statuses, [404, 200]);
}

#[tokio::test]
async fn a_user_gets_the_passwords_back_that_others_got_wrong() {
    let statuses = Window::QuarterHour
        .within(async || {
            let clinic = Clinic::with_limits().await;
            for _ in 0..10 {
                ask(clinic.try_as(&clinic.username, "not-the-password")).await;
            }
            let refused = ask(clinic.log_in()).await.status;
            let of = ["--organization", &clinic.organization, "--yes"];
            postern(&[&["user", "unlock", &clinic.user_id], &of[..]].concat()).done();
            [refused, ask(clinic.log_in()).await.status]
        })
        .await;
    assert_eq!(statuses, [429, 200]);
}

#[tokio::test]
async fn who_is_unlocked_must_be_somebody_whom_the_identifier_can_name() {
    let of = organization();
    for user in ["", "not an id of anybody \u{200b}x"] {
        let ran = postern(&["user", "unlock", user, "--organization", &of, "--yes"]);
        assert_ne!(ran.status, 0, "{user:?}");
        assert!(!ran.stderr.is_empty(), "{user:?}");
    }
    let ran = postern(&["sso-user", "unlock", "999999999", "--yes"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
}

#[test]
fn limits_have_bounds() {
    let of = organization();
    let update = |option: &str, value: &str| {
        let option = format!("{option}={value}");
        postern(&["organization", "update", &of, &option])
    };
    for (option, good, bad) in [
        ("--sends-per-day", ["1", "50"], ["0", "51"]),
        ("--password-attempts", ["1", "50"], ["0", "51"]),
        ("--source-limit", ["1", "200"], ["201", "-1"]),
    ] {
        for value in good {
            assert_eq!(update(option, value).status, 0, "{option} {value}");
        }
        for value in bad {
            let ran = update(option, value);
            assert_eq!(ran.status, 2, "{option} {value}");
            assert!(ran.stderr.contains(option), "{}", ran.stderr);
        }
    }
    assert_eq!(update("--source-limit", "0").status, 0, "sources are not counted");
    assert_eq!(update("--sms-per-day", "0").status, 0, "no SMS at all");
}

#[tokio::test]
async fn the_end_users_address_is_one_address() {
    let tenant = Tenant::new().await;
    let send = |value: &str| tenant.send_email(NOBODY).header("x-end-user-ip", value);
    for value in ["", " ", "unknown", "192.0.2.1:80", "192.0.2.1, 192.0.2.2", "192.0.2.256", "::g"]
    {
        let answer = ask(send(value)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "VALIDATION_ERROR"), "{value:?}");
        let verify = tenant.verify_email(NOBODY, "123456").header("x-end-user-ip", value);
        assert_eq!(ask(verify).await.status, 400, "{value:?}");
    }
    let twice = send("192.0.2.1").header("x-end-user-ip", "192.0.2.1");
    assert_eq!(ask(twice).await.status, 400);
    for value in ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] {
        assert_eq!(ask(send(value)).await.status, 200, "{value}");
    }
}

/// An instance that knows the organization without the limit would not count, so the limit is set first.
#[tokio::test]
async fn a_source_over_its_limit_is_429_for_known_and_unknown_alike_and_others_are_not() {
    let (known, unknown, elsewhere) = Window::Hour
        .within(async || {
            let tenant = Tenant::new().await;
            let limit = ["--source-limit", "2"];
            postern(&[&["organization", "update", &tenant.organization_id], &limit[..]].concat())
                .done();
            let send = |address: &str, ip: &str| {
                ask(tenant.send_email(address).header("x-end-user-ip", ip))
            };
            for _ in 0..2 {
                assert_eq!(send(NOBODY, "192.0.2.7").await.status, 200);
            }
            (
                send(&tenant.patient.email, "192.0.2.7").await,
                send(NOBODY, "192.0.2.7").await,
                send(NOBODY, "192.0.2.8").await,
            )
        })
        .await;
    for answer in [&known, &unknown] {
        assert_eq!((answer.status, answer.code().as_str()), (429, "RATE_LIMITED"));
        let seconds: u64 = answer.header("retry-after").parse().unwrap_or_default();
        assert!((1..=3600).contains(&seconds), "{seconds}");
    }
    assert_eq!(elsewhere.status, 200);
}
