//! `POST /api/v1/users/auth/verify-otp`

use contract::{Session, Tenant, ask, issue, jwt::Token, malformed, path::VERIFY_OTP, race, wrong};
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

const NO_CODES: [&str; 14] = [
    "",
    "12345",
    "1234567",
    "12345a",
    "123 456",
    " 123456",
    "123456 ",
    "123456\n",
    "123456\0",
    "+12345",
    "-12345",
    "0x1234",
    "１２３４５６",
    "١٢٣٤٥٦",
];

async fn refuses(tenant: &Tenant, body: &Value) {
    let answer = ask(tenant.post(VERIFY_OTP, body)).await;
    let field = issue(&answer);
    assert!(["email", "phoneNumber", "code"].contains(&field.as_str()), "{body}: {field}");
}

#[tokio::test]
async fn the_right_code_yields_tokens() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let answer = ask(tenant.verify(&code)).await;
    assert_snapshot!(answer.snapshot(), @r#"
    200
    {"status":200,"success":true,"accessToken":"[access token]","refreshToken":"[refresh token]","expiresIn":900,"tokenType":"Bearer"}
    "#);
}

#[tokio::test]
async fn a_patient_signs_in_by_text_message() {
    let tenant = Tenant::new().await;
    let code = tenant.sms().await.code();
    let answer = ask(tenant.verify_sms(&tenant.patient.phone_number, &code)).await;
    let me = ask(tenant.me(&Session::of(&answer).access)).await;
    assert_eq!(me.json()["data"]["userId"], tenant.patient.user_id);
}

#[tokio::test]
async fn the_access_token_says_who_and_for_how_long() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let key = tenant.stack.access_key().await;
    let token = Token::read(&session.access, &key);

    assert_eq!(token.header, json!({ "typ": "JWT", "alg": "HS512", "kid": key.kid }));
    assert_eq!(token.claims["userId"], tenant.patient.user_id);
    assert_eq!(token.claims["organizationId"], tenant.organization_id);
    assert_eq!(token.number("exp"), token.number("iat") + 900);
    let hidden = {
        let mut token = token.clone();
        for claim in ["userId", "organizationId", "sid"] {
            assert!(token.claims[claim].is_string(), "{claim}: {}", token.claims);
            token = token.with_claim(claim, format!("[{claim}]"));
        }
        token.with_claim("iat", "[iat]").with_claim("exp", "[iat + 900]")
    };
    assert_json_snapshot!(hidden.claims, @r#"
    {
      "exp": "[iat + 900]",
      "iat": "[iat]",
      "iss": "ada-backend",
      "organizationAccessRole": "patient",
      "organizationId": "[organizationId]",
      "role": "patient",
      "sid": "[sid]",
      "type": "patient-portal",
      "userId": "[userId]"
    }
    "#);
}

#[tokio::test]
async fn two_sign_ins_share_nothing() {
    let tenant = Tenant::new().await;
    let (first, second) = (tenant.sign_in().await, tenant.sign_in().await);
    assert_ne!(first.refresh, second.refresh);
    let key = tenant.stack.access_key().await;
    let family = |session: &Session| Token::read(&session.access, &key).claims["sid"].clone();
    assert_ne!(family(&first), family(&second));
    assert_eq!(ask(tenant.logout(&first.refresh)).await.status, 200);
    assert_eq!(ask(tenant.refresh(&second.refresh)).await.status, 200);
}

#[tokio::test]
async fn exactly_one_identifier_is_wanted() {
    let tenant = Tenant::new().await;
    let (email, phone) = (&tenant.patient.email, &tenant.patient.phone_number);
    refuses(&tenant, &json!({ "code": "123456" })).await;
    refuses(&tenant, &json!({ "email": email, "phoneNumber": phone, "code": "123456" })).await;
}

#[tokio::test]
async fn identifiers_are_checked_as_when_sending() {
    let tenant = Tenant::new().await;
    let overlong = format!("{}@example.com", "a".repeat(320));
    for email in ["", "patient.example.com", "a@b@example.com", "a\0@example.com", &overlong] {
        refuses(&tenant, &json!({ "email": email, "code": "123456" })).await;
    }
    for number in ["", "15551234567", "+1 555 123 4567", "+1234567890123456"] {
        refuses(&tenant, &json!({ "phoneNumber": number, "code": "123456" })).await;
    }
    for other in malformed::not_text() {
        refuses(&tenant, &json!({ "email": other, "code": "123456" })).await;
        refuses(&tenant, &json!({ "phoneNumber": other, "code": "123456" })).await;
    }
}

#[tokio::test]
async fn a_code_is_six_digits_in_text() {
    let tenant = Tenant::new().await;
    let email = &tenant.patient.email;
    refuses(&tenant, &json!({ "email": email })).await;
    for code in NO_CODES {
        refuses(&tenant, &json!({ "email": email, "code": code })).await;
    }
    for code in malformed::not_text() {
        refuses(&tenant, &json!({ "email": email, "code": code })).await;
    }
}

#[tokio::test]
async fn something_that_is_no_code_costs_no_attempt() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for not_a_code in NO_CODES {
        assert_eq!(ask(tenant.verify(not_a_code)).await.status, 400);
    }
    assert_eq!(ask(tenant.verify(&code)).await.status, 200);
}

#[tokio::test]
async fn every_failure_is_the_same_401() {
    let tenant = Tenant::new().await;
    let other = Tenant::new().await;

    let no_user = ask(tenant.verify_email("nobody@example.com", "123456")).await;
    assert_snapshot!(no_user.snapshot(), @r#"
    401
    www-authenticate: Code realm="portal"
    {"status":401,"success":false,"error":"Invalid credentials","code":"UNAUTHORIZED"}
    "#);

    let no_code = ask(tenant.verify("123456")).await;
    ask(tenant.send_email("nobody@example.com")).await;
    let code_for_nobody = ask(tenant.verify_email("nobody@example.com", "123456")).await;

    let code = tenant.email().await.code();
    let wrong_code = ask(tenant.verify(&wrong(&code, 1))).await;
    let elsewhere = ask(other.verify_email(&tenant.patient.email, &code)).await;
    let other_channel = ask(tenant.verify_sms(&tenant.patient.phone_number, &code)).await;
    assert_eq!(ask(tenant.verify(&code)).await.status, 200);
    let used_code = ask(tenant.verify(&code)).await;

    let code = tenant.email().await.code();
    for nth in 1..=3 {
        ask(tenant.verify(&wrong(&code, nth))).await;
    }
    let no_attempts_left = ask(tenant.verify(&code)).await;

    let demo = Tenant::demo("11111111-1111-4111-8111-111111111111", "demo-portal-key");
    let disabled_user = ask(demo.verify_email("disabled@example.com", "123456")).await;

    for (kind, failure) in [
        ("no code", no_code),
        ("a code for nobody", code_for_nobody),
        ("a wrong code", wrong_code),
        ("a code of another organization", elsewhere),
        ("a code sent to another address", other_channel),
        ("a used code", used_code),
        ("no attempts left", no_attempts_left),
        ("a disabled user", disabled_user),
    ] {
        assert_eq!(failure.essence(), no_user.essence(), "{kind}");
    }
}

#[tokio::test]
async fn two_wrong_guesses_leave_one_attempt() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for nth in 1..=2 {
        assert_eq!(ask(tenant.verify(&wrong(&code, nth))).await.status, 401);
    }
    assert_eq!(ask(tenant.verify(&code)).await.status, 200);
}

#[tokio::test]
async fn three_wrong_guesses_leave_none() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for nth in 1..=3 {
        assert_eq!(ask(tenant.verify(&wrong(&code, nth))).await.status, 401);
    }
    assert_eq!(ask(tenant.verify(&code)).await.status, 401);
}

#[tokio::test]
async fn wrong_guesses_in_parallel_are_all_counted() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    for answer in race((1..=3).map(|nth| tenant.verify(&wrong(&code, nth)))).await {
        assert_eq!(answer.status, 401);
    }
    assert_eq!(ask(tenant.verify(&code)).await.status, 401);
}

#[tokio::test]
async fn of_parallel_calls_with_the_right_code_one_succeeds() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let answers = race((0..12).map(|_| tenant.verify(&code))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHORIZED"));
    }
    assert_eq!(ask(tenant.refresh(&Session::of(won[0]).refresh)).await.status, 200);
}

#[tokio::test]
async fn a_code_works_in_its_own_organization_only() {
    let demo = Tenant::demo("11111111-1111-4111-8111-111111111111", "demo-portal-key");
    let other = Tenant::demo("22222222-2222-4222-8222-222222222222", "other-portal-key");
    assert_eq!(demo.patient.email, other.patient.email);
    let code = demo.email().await.code();
    assert_eq!(ask(other.verify(&code)).await.status, 401);
    let session = Session::of(&ask(demo.verify(&code)).await);
    let me = ask(demo.me(&session.access)).await.json();
    assert_eq!(me["data"]["organizationId"], demo.organization_id);

    let namesake = other.sign_in().await;
    let me = ask(other.me(&namesake.access)).await.json();
    assert_eq!(me["data"]["organizationId"], other.organization_id);
    assert_eq!(me["data"]["phoneNumber"], Value::Null, "one of the two has none");
}

#[tokio::test]
async fn the_case_of_an_address_does_not_matter() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let shouted = format!("  {} ", tenant.patient.email.to_uppercase());
    assert_eq!(ask(tenant.verify_email(&shouted, &code)).await.status, 200);
}
