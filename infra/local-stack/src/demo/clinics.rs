//! Demo organizations and their users.

use serde::Serialize;

/// The API key of the first demo organization.
pub(crate) const API_KEY: &str = "demo-portal-key";
/// The email address of its patient.
pub(crate) const EMAIL: &str = "patient@example.com";
/// The phone number of its patient.
pub(crate) const PHONE: &str = "+15551234567";

/// The id of the first demo organization.
pub(crate) const ORGANIZATION: &str = "11111111-1111-4111-8111-111111111111";
/// The user name of its patient.
pub(crate) const USERNAME: &str = "demo";
/// The password of its patient.
pub(crate) const PASSWORD: &str = "demo-password-1";

/// The partner that the demo organizations are connected to.
pub(crate) const PARTNER: &str = "demo-partner";
/// The partner's secret.
pub(crate) const PARTNER_SECRET: &str = "demo-partner-secret";
/// The secret of the first organization's connection to the partner.
pub(crate) const ORGANIZATION_SECRET: &str = "demo-organization-secret";
/// The user that the partner acts for in the first organization.
pub(crate) const USER: &str = "33333333-3333-4333-8333-333333333333";

/// A demo organization.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Clinic {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) api_key: &'static str,
    pub(super) portal_enabled: bool,
    pub(super) has_limits: bool,
    pub(super) has_cookie: bool,
    /// The secret of its connection to [`PARTNER`], if they are connected.
    pub(super) partner_secret: Option<&'static str>,
    pub(super) users: &'static [Person],
}

/// A demo user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    pub(super) id: &'static str,
    pub(super) email: &'static str,
    pub(super) phone: Option<&'static str>,
    /// The user with a password has the user name [`USERNAME`].
    pub(super) password: Option<&'static str>,
    pub(super) disabled: bool,
}

pub(crate) const CLINICS: [Clinic; 4] = [
    Clinic {
        id: ORGANIZATION,
        name: "Demo Clinic",
        api_key: API_KEY,
        portal_enabled: true,
        has_limits: false,
        has_cookie: true,
        partner_secret: Some(ORGANIZATION_SECRET),
        users: &[
            Person {
                id: USER,
                email: EMAIL,
                phone: Some(PHONE),
                password: Some(PASSWORD),
                disabled: false,
            },
            Person {
                id: "77777777-7777-4777-8777-777777777777",
                email: "disabled@example.com",
                phone: None,
                password: None,
                disabled: true,
            },
        ],
    },
    Clinic {
        id: "22222222-2222-4222-8222-222222222222",
        name: "Other Clinic",
        api_key: "other-portal-key",
        portal_enabled: true,
        has_limits: false,
        has_cookie: false,
        partner_secret: Some("other-organization-secret"),
        users: &[Person {
            id: "44444444-4444-4444-8444-444444444444",
            email: EMAIL,
            phone: None,
            password: Some("other-password-1"),
            disabled: false,
        }],
    },
    Clinic {
        id: "55555555-5555-4555-8555-555555555555",
        name: "Limited Clinic",
        api_key: "limited-portal-key",
        portal_enabled: true,
        has_limits: true,
        has_cookie: false,
        partner_secret: None,
        users: &[Person {
            id: "66666666-6666-4666-8666-666666666666",
            email: EMAIL,
            phone: Some(PHONE),
            password: Some(PASSWORD),
            disabled: false,
        }],
    },
    Clinic {
        id: "99999999-9999-4999-8999-999999999999",
        name: "Clinic without a Portal",
        api_key: "no-portal-key",
        portal_enabled: false,
        has_limits: false,
        has_cookie: false,
        partner_secret: None,
        users: &[],
    },
];
