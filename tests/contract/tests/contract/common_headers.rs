//! The headers that every answer of a function has. Snapshots show only where an answer differs.

use contract::{
    Tenant, ask,
    exchange::Exchange,
    partner::{JWKS, Practice, TOKEN},
    password::{self, Clinic},
    path::{LOGOUT, REFRESH_TOKEN, SEND_OTP, VERIFY_OTP},
};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn successes_and_refusals_of_every_endpoint_have_the_common_headers() {
    let (tenant, practice) = (Tenant::new().await, Practice::new().await);
    let (clinic, exchange) = (Clinic::new().await, Exchange::new().await);
    let (session, code) = (tenant.sign_in().await, tenant.email().await.code());
    let (by_partner, by_password) = (practice.token().await, clinic.token().await);
    let (by_exchange, wrong, empty) = (exchange.token().await, "wrong", json!({}));
    for (endpoint, status, request) in [
        ("portal-send-otp", 200, tenant.send_sms(&tenant.patient.phone_number)),
        ("portal-send-otp", 400, tenant.post(SEND_OTP, &empty)),
        ("portal-verify-otp", 200, tenant.verify(&code)),
        ("portal-verify-otp", 400, tenant.post(VERIFY_OTP, &empty)),
        ("portal-me", 200, tenant.me(&session.access)),
        ("portal-me", 401, tenant.me(wrong)),
        ("portal-refresh-token", 200, tenant.refresh(&session.refresh)),
        ("portal-refresh-token", 400, tenant.post(REFRESH_TOKEN, &empty)),
        ("portal-logout", 200, tenant.logout(wrong)),
        ("portal-logout", 400, tenant.post(LOGOUT, &empty)),
        ("partner-token", 200, practice.ask_token(&["read:user"])),
        ("partner-token", 401, practice.stack.request(Method::POST, TOKEN)),
        ("partner-validate", 200, practice.validate(&by_partner)),
        ("partner-validate", 401, practice.validate(wrong)),
        ("partner-jwks", 200, practice.stack.request(Method::GET, JWKS)),
        ("password-login", 200, clinic.log_in()),
        ("password-login", 401, clinic.try_as(&clinic.username, wrong)),
        ("password-account", 200, clinic.account(&by_password)),
        ("password-account", 401, clinic.account(wrong)),
        ("password-logout", 204, clinic.request(Method::POST, password::LOGOUT)),
        ("password-logout", 404, clinic.request(Method::POST, "/crm/auth/logout")),
        ("sso-signin", 200, exchange.sign_in()),
        ("sso-signin", 404, exchange.try_as(&exchange.email, wrong)),
        ("sso-token", 200, exchange.who(&by_exchange)),
        ("sso-token", 404, exchange.who(wrong)),
        ("sso-signout", 200, exchange.sign_out(&by_exchange)),
        ("sso-signout", 404, exchange.sign_out(wrong)),
    ] {
        let own: &[&str] = match (endpoint, status) {
            ("partner-jwks", _) => &["cache-control", "etag"],
            ("password-logout", 204) => &["set-cookie"],
            (_, 401) => &["www-authenticate"],
            _ => &[],
        };
        let answer = ask(request).await;
        assert_eq!(answer.status, status, "{endpoint}: {}", answer.text());
        let particular = answer.particular_headers();
        let names: Vec<_> = particular.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(names, own, "{endpoint}, {status}: {particular:?}");
        assert_eq!(answer.headers.contains_key("link"), status >= 400, "{endpoint}, {status}");
    }
}

#[tokio::test]
async fn a_refusal_links_to_its_entry_in_the_page_of_errors() {
    let (tenant, practice) = (Tenant::new().await, Practice::new().await);
    let (clinic, exchange) = (Clinic::new().await, Exchange::new().await);
    for (request, anchor) in [
        (tenant.me("wrong"), "portal-401-validation-error"),
        (practice.validate("wrong"), "partner-401-invalid-token"),
        (clinic.try_as(&clinic.username, "wrong"), "password-401-invalid-credentials"),
        (exchange.who("wrong"), "sso-404-not-authenticated"),
    ] {
        let answer = ask(request).await;
        let link = answer.header("link");
        let address = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"help\""));
        let address = address.unwrap_or_else(|| panic!("{link}"));
        let page = reqwest::get(address).await.unwrap().text().await.unwrap();
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        assert!(address.ends_with(&format!("#{anchor}")), "{address}");
    }
}
