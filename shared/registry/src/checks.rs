//! The checks of requests.

/// A check: what is known of a request that passed it, and the steps of those that didn't. A step stands
/// at the earliest place where a request can fail with it, so that no check is called passed that wasn't
/// made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    pub(crate) passed: &'static str,
    pub(crate) steps: &'static [&'static str],
}

const fn check(passed: &'static str, steps: &'static [&'static str]) -> Check {
    Check { passed, steps }
}

pub(crate) const KEY_PRESENT: Check =
    check("The header cv-api-key is there.", &["API_KEY_REQUIRED"]);
pub(crate) const KEY_KNOWN: Check = check(
    "The cv-api-key is that of an organization with the portal enabled.",
    &["NOT_FOUND", "API_KEY_UNKNOWN", "PORTAL_NOT_ENABLED", "SANDBOX_ENDED"],
);
pub(crate) const FIELDS: Check = check(
    "The headers and the fields of the body are well-formed.",
    &["CONTENT_TYPE", "BODY_TOO_LONG", "BODY_MALFORMED", "FIELD_INVALID"],
);
pub(crate) const USER_FENCE_OVER: Check =
    check("No sign-out of the user is going on.", &["SIGN_OUT_NOT_OVER"]);
pub(crate) const FENCE_OVER: Check =
    check("No sign-out of everyone is going on.", &["SIGN_OUT_NOT_OVER"]);
pub(crate) const SOURCE_LEFT: Check = check(
    "The address in x-end-user-ip, if it is counted, had room in this hour.",
    &["SOURCE_LIMITED"],
);
pub(crate) const SENDS_LEFT: Check =
    check("The address or number had sends left on this day.", &["RATE_LIMITED"]);
pub(crate) const CODE_LIVE: Check = check(
    "A code was live, and had attempts left.",
    &[
        "UNAUTHORIZED",
        "CODE_NOT_FOUND",
        "CODE_USED",
        "CODE_EXPIRED",
        "ATTEMPTS_SPENT",
        "CODE_OF_ANOTHER_TIME",
        "CODE_KEY_DROPPED",
    ],
);
pub(crate) const CODE_RIGHT: Check = check("The code is right.", &["CODE_WRONG"]);
pub(crate) const USER_FOUND: Check = check("The user exists.", &["USER_UNKNOWN"]);
pub(crate) const USER_ENABLED: Check = check("The user is not disabled.", &["USER_DISABLED"]);
pub(crate) const NOT_SIGNED_OUT: Check =
    check("Neither the user nor everyone was signed out since.", &["SIGNED_OUT"]);
pub(crate) const REFRESH_KNOWN: Check = check("The refresh token is known.", &["REFRESH_INVALID"]);
pub(crate) const OF_ITS_ORGANIZATION: Check =
    check("The token is of the organization that the request names.", &["ORGANIZATION_NOT_OWN"]);
pub(crate) const SESSION_LIVE: Check =
    check("The session has not been ended.", &["REFRESH_REUSED", "LOGGED_OUT", "SESSION_REVOKED"]);
pub(crate) const SESSION_FRESH: Check = check("The session has not expired.", &["REFRESH_EXPIRED"]);
pub(crate) const NEW_KEY: Check = check(
    "The Idempotency-Key, if there is one, was new or that of this rotation.",
    &["IDEMPOTENCY_KEY_USED"],
);
pub(crate) const TOKEN_PRESENT: Check = check("A token is there.", &["TOKEN_REQUIRED"]);
pub(crate) const PORTAL_TOKEN: Check = check(
    "The token is genuine and not expired.",
    &["INVALID_TOKEN", "TOKEN_EXPIRED", "TOKEN_KEY_UNKNOWN"],
);

pub(crate) const PAIRS_PRESENT: Check =
    check("All five headers of a request for a token are there.", &["CREDENTIALS_REQUIRED"]);
pub(crate) const PARTNER_KNOWN: Check =
    check("The partner exists and is not disabled.", &["PARTNER_UNKNOWN"]);
pub(crate) const PARTNER_SECRET: Check =
    check("The partner's secret is right.", &["PARTNER_SECRET_WRONG"]);
pub(crate) const CONNECTED: Check = check(
    "The organization exists and is connected to the partner.",
    &["ORGANIZATION_NOT_CONNECTED"],
);
pub(crate) const ORGANIZATION_SECRET: Check =
    check("The organization's secret is right.", &["ORGANIZATION_SECRET_WRONG"]);
pub(crate) const PARTNERS_USER: Check =
    check("The organization has the user, who is not disabled.", &["USER_UNKNOWN"]);
pub(crate) const PARTNER_FIELDS: Check = check(
    "The body and its fields are well-formed.",
    &["CONTENT_TYPE", "BODY_TOO_LONG", "BODY_MALFORMED", "FIELDS_INVALID"],
);
pub(crate) const ORGANIZATION_IN_PATH: Check =
    check("The path has an organization.", &["ORGANIZATION_REQUIRED"]);
pub(crate) const NO_OLD_HEADER: Check =
    check("The request has no header of before.", &["DEPRECATED_HEADER"]);
pub(crate) const SECRET_PRESENT: Check =
    check("The header x-organization-secret is there.", &["ORGANIZATION_SECRET_REQUIRED"]);
pub(crate) const PARTNER_TOKEN: Check = check(
    "The token is genuine and not expired.",
    &["TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_KEY_UNKNOWN"],
);
pub(crate) const SCOPE_GRANTED: Check = check(
    "The token has a scope for this, which the organization still grants.",
    &["SCOPE_MISSING"],
);
pub(crate) const OF_THE_PATH: Check =
    check("The token is for the organization in the path.", &["ORGANIZATION_NOT_OWN"]);
pub(crate) const PATH_CLEAR: Check = check(
    "The route says which of its parameters is the organization.",
    &["ORGANIZATION_PARAMETER_UNKNOWN"],
);
pub(crate) const INTEGRATED: Check =
    check("The partner has confirmed the integration.", &["NOT_INTEGRATED"]);

pub(crate) const API_KNOWN: Check = check("The deployment has the API.", &["UNKNOWN_API"]);
pub(crate) const ORGANIZATION_PRESENT: Check =
    check("The header organization is there.", &["ORGANIZATION_REQUIRED"]);
pub(crate) const LOGIN_FIELDS: Check = check(
    "The body has a user name and a password.",
    &["CONTENT_TYPE", "BODY_TOO_LONG", "BODY_MALFORMED", "CREDENTIALS_REQUIRED"],
);
pub(crate) const PASSWORDS_LEFT: Check =
    check("The user had attempts left in this quarter of an hour.", &["RATE_LIMITED"]);
pub(crate) const ORGANIZATION_FOUND: Check = check(
    "The organization exists and is not disabled.",
    &["INVALID_CREDENTIALS", "ORGANIZATION_UNKNOWN"],
);
pub(crate) const PASSWORD_RIGHT: Check = check("The password is right.", &["PASSWORD_WRONG"]);
pub(crate) const USER_ADMITTED: Check = check("The user may sign in.", &["USER_REFUSED"]);
pub(crate) const PASSWORD_TOKEN: Check = check(
    "The token is genuine, of this API, and not expired.",
    &["UNAUTHORIZED", "TOKEN_EXPIRED", "TOKEN_KEY_UNKNOWN"],
);
pub(crate) const PLACE_ACCEPTED: Check =
    check("The organization accepts a token from where it was.", &["COOKIE_NOT_ACCEPTED"]);
/// A repeated cookie is refused before all else as a missing one, which is looked for last.
pub(crate) const ONE_COOKIE: Check = check(
    "The API is known; organization and cookie are there, once each.",
    &["UNKNOWN_API", "ORGANIZATION_REQUIRED", "TOKEN_REQUIRED"],
);

pub(crate) const CLIENT_PRESENT: Check =
    check("The client's id and API token are there.", &["CLIENT_REFUSED", "CLIENT_REQUIRED"]);
pub(crate) const CLIENT_KNOWN: Check =
    check("The client exists and is not disabled.", &["CLIENT_UNKNOWN"]);
pub(crate) const CLIENT_TOKEN: Check =
    check("The client's API token is right.", &["CLIENT_TOKEN_WRONG"]);
pub(crate) const CLIENT_ALLOWED: Check =
    check("The client may read users' info.", &["CLIENT_NOT_ALLOWED"]);
pub(crate) const FORM: Check = check(
    "The form has an email address and a password.",
    &["CONTENT_TYPE", "BODY_TOO_LONG", "BODY_MALFORMED", "LOGIN_REFUSED"],
);
pub(crate) const ACCESS_TOKEN: Check = check("The access token is known.", &["TOKEN_REFUSED"]);
pub(crate) const NOT_ENDED: Check =
    check("Neither the token nor its user nor everyone was signed out.", &["SIGNED_OUT"]);
pub(crate) const NOT_EXPIRED: Check =
    check("The access token has not expired.", &["TOKEN_EXPIRED"]);
