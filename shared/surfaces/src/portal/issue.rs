//! What is wrong with a request of the portal, for the developer who made it.

use runtime::http::Malformed;
use serde::Serialize;

/// What is wrong with one part of a request. It never quotes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// The header's or the field's name.
    field: &'static str,
    message: &'static str,
    /// The check that failed, for the log.
    #[serde(skip)]
    pub(super) step: &'static str,
}

impl Issue {
    pub const API_KEY: Self = Self { step: "API_KEY_REQUIRED", ..of("cv-api-key", "is required") };
    pub const RECIPIENT: Self = of("email", "send exactly one of email and phoneNumber, as text");
    pub const EMAIL: Self = of("email", "must be an email address");
    pub const PHONE: Self =
        of("phoneNumber", "must be a phone number in E.164 form, such as +15551234567");
    pub const CHANNEL: Self = of("channel", "must be EMAIL for an email, or SMS for a phoneNumber");
    pub const CODE: Self = of("code", "must be the six digits of the code, as text");
    pub const REFRESH_TOKEN: Self =
        of("refresh_token", "must be the refreshToken of the newest answer, as text");
    pub const END_USER_IP: Self = of("x-end-user-ip", "must be one IPv4 or IPv6 address");
    pub const IDEMPOTENCY_KEY: Self = of(
        "Idempotency-Key",
        "must be 16 to 255 visible ASCII characters without a comma, in one header",
    );
    /// Nothing changed.
    pub const IDEMPOTENCY_KEY_USED: Self = Self {
        step: "IDEMPOTENCY_KEY_USED",
        ..of(
            "Idempotency-Key",
            "was used for the rotation before; the refresh token is still good: generate a new key \
             for each rotation",
        )
    };
}

const fn of(field: &'static str, message: &'static str) -> Issue {
    Issue { field, message, step: "FIELD_INVALID" }
}

impl From<Malformed> for Issue {
    fn from(malformed: Malformed) -> Self {
        let issue = match malformed {
            Malformed::ContentType => of("content-type", "must be application/json"),
            Malformed::TooLong => of("body", "must be 16 KiB at most"),
            Malformed::Content => {
                of("body", "must be one JSON object in UTF-8, in which no name is repeated")
            }
        };
        Self { step: malformed.step(), ..issue }
    }
}
