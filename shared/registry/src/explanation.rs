//! What each step of the log means: which check a refused request failed, in one sentence, and where
//! `docs/errors.md` says what to do. For whoever runs the deployment or the local stack: callers must not
//! learn more than their answer says.

/// A failed check, explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub sentence: &'static str,
    /// The anchor of the refusal in `docs/errors.md`.
    pub anchor: &'static str,
}

/// The explanation of a step in the log of a function; `None` for an unknown one. The name of a function
/// begins with its surface.
pub fn explain(function: &str, step: &str) -> Option<Explanation> {
    let surface = function.split('-').next().unwrap_or_default();
    let of = |surface: &str| {
        let (_, rows) = SURFACES.iter().find(|(name, _)| *name == surface)?;
        rows.iter().find(|(name, _, _)| *name == step)
    };
    // Some checks only an authorizer makes. What its callers get is the gateway's answer.
    let of_authorizers = || function.ends_with("-authorizer").then(|| of(GATEWAY_NAME)).flatten();
    let (_, anchor, sentence) = of(surface).or_else(of_authorizers)?;
    Some(Explanation { sentence, anchor })
}

/// Step, anchor, sentence.
type Row = (&'static str, &'static str, &'static str);

const GATEWAY_NAME: &str = "gateway";

const SURFACES: [(&str, &[Row]); 5] = [
    ("portal", &PORTAL),
    ("partner", &PARTNER),
    ("password", &PASSWORD),
    ("sso", &SSO),
    (GATEWAY_NAME, &GATEWAY),
];

const INTERNAL: &str = "Postern failed; the function's log has the cause.";
const UNAVAILABLE: &str = "A dependency did not answer, or it is unknown whether a write was made.";
const SIGN_OUT_NOT_OVER: &str = "A sign-out of everyone, or of this user, is not over yet.";
const TOO_MANY_PASSWORDS: &str =
    "Too many passwords were tried for this user in this quarter of an hour.";
const PASSWORD_WRONG: &str = "The user was found, and the password is wrong.";

#[rustfmt::skip]
const PORTAL: [Row; 36] = [
    ("API_KEY_REQUIRED", "portal-400-validation-error", "The header cv-api-key is missing or blank."),
    ("CONTENT_TYPE", "portal-400-validation-error", "The header content-type is missing or is not application/json."),
    ("BODY_TOO_LONG", "portal-400-validation-error", "The body is longer than 16 KiB."),
    ("BODY_MALFORMED", "portal-400-validation-error", "The body is not one JSON object in UTF-8, or a name in it comes twice."),
    ("FIELD_INVALID", "portal-400-validation-error", "A field of the body or a header is missing or malformed; the answer names it in issues."),
    ("IDEMPOTENCY_KEY_USED", "portal-400-validation-error", "The Idempotency-Key was used for the rotation that issued this refresh token; each rotation needs a new key."),
    ("NOT_FOUND", "portal-404-not-found", "The cv-api-key is unknown or its sandbox has ended, or the portal is not enabled for its organization."),
    ("API_KEY_UNKNOWN", "portal-404-not-found", "No organization has this cv-api-key: it was mistyped or retired, or its organization is disabled."),
    ("PORTAL_NOT_ENABLED", "portal-404-not-found", "The cv-api-key is right, and the portal is not enabled for its organization."),
    ("SANDBOX_ENDED", "portal-404-not-found", "The cv-api-key is that of a sandbox that has ended."),
    ("UNAUTHORIZED", "portal-401-unauthorized", "The code doesn't work for this address or number."),
    ("CODE_WRONG", "portal-401-unauthorized", "A code is live, and this one is wrong; an attempt was used up."),
    ("CODE_USED", "portal-401-unauthorized", "The code was used, or withdrawn by a sign-in or an operator."),
    ("CODE_NOT_FOUND", "portal-401-unauthorized", "No code was requested for this address or number."),
    ("CODE_EXPIRED", "portal-401-unauthorized", "The code is older than its life of five minutes."),
    ("ATTEMPTS_SPENT", "portal-401-unauthorized", "Three codes were tried; no further one is compared."),
    ("CODE_OF_ANOTHER_TIME", "portal-401-unauthorized", "The code is from before a sign-out of the organization, or was sent after this attempt."),
    ("CODE_KEY_DROPPED", "portal-401-unauthorized", "An operator dropped the key of the code; nobody can know it any more."),
    ("USER_UNKNOWN", "portal-401-unauthorized", "No user has this address or number, or the token was good and its user was deleted."),
    ("USER_DISABLED", "portal-401-unauthorized", "The user is disabled."),
    ("TOKEN_REQUIRED", "portal-401-validation-error", "The header Authorization with a Bearer token is missing."),
    ("INVALID_TOKEN", "portal-401-validation-error", "The access token is malformed, or its signature or a claim is wrong."),
    ("TOKEN_EXPIRED", "portal-401-validation-error", "The access token is older than its life of 15 minutes."),
    ("TOKEN_KEY_UNKNOWN", "portal-401-validation-error", "The access token's key is not in the ring: not yet, or no longer."),
    ("ORGANIZATION_NOT_OWN", "portal-401-validation-error", "The token is of another organization than the cv-api-key."),
    ("SIGNED_OUT", "portal-401-validation-error", "The user or the whole organization was signed out after the sign-in."),
    ("REFRESH_INVALID", "portal-401-refresh-invalid", "The refresh token is unknown: it was never issued, or its session was deleted after its end."),
    ("REFRESH_REUSED", "portal-401-refresh-reused", "A refresh token was presented that is no longer current; the session has ended."),
    ("LOGGED_OUT", "portal-401-refresh-reused", "The session was ended by a logout."),
    ("SESSION_REVOKED", "portal-401-refresh-reused", "An operator ended the session."),
    ("REFRESH_EXPIRED", "portal-401-refresh-expired", "The session was idle for 30 days, or is 90 days old."),
    ("RATE_LIMITED", "portal-429-rate-limited", "Too many codes were requested for this address or number today (UTC)."),
    ("SOURCE_LIMITED", "portal-429-rate-limited", "Too many sends and wrong codes came from the address in x-end-user-ip in this hour."),
    ("UNAVAILABLE", "portal-503-unavailable", UNAVAILABLE),
    ("SIGN_OUT_NOT_OVER", "portal-503-unavailable", SIGN_OUT_NOT_OVER),
    ("INTERNAL_ERROR", "portal-500-internal-error", INTERNAL),
];

#[rustfmt::skip]
const PARTNER: [Row; 24] = [
    ("ORGANIZATION_REQUIRED", "partner-400-organization-id-is-required", "The path has no organization id."),
    ("DEPRECATED_HEADER", "partner-400-x-partner-secret-is-deprecated-please-use-x-organization-secret-instead", "The request has the header x-partner-secret, which only POST /v1/token takes."),
    ("CONTENT_TYPE", "partner-400-the-body-must-be-a-json-object", "The header content-type is missing or is not application/json."),
    ("BODY_TOO_LONG", "partner-400-the-body-must-be-a-json-object", "The body is longer than 16 KiB."),
    ("BODY_MALFORMED", "partner-400-the-body-must-be-a-json-object", "The body is not one JSON object in UTF-8, or a name in it comes twice."),
    ("ORGANIZATION_SECRET_REQUIRED", "partner-401-missing-x-organization-secret", "The header x-organization-secret is missing or blank."),
    ("ORGANIZATION_SECRET_WRONG", "partner-401-invalid-x-organization-secret", "The organization's secret is wrong."),
    ("TOKEN_REQUIRED", "partner-401-valid-authentication-token-is-required", "The header Authorization with a Bearer token is missing."),
    ("TOKEN_INVALID", "partner-401-invalid-token", "The token is malformed, its signature is wrong, or a claim is missing or impossible."),
    ("TOKEN_EXPIRED", "partner-401-invalid-token", "The token is expired: it works for six hours."),
    ("TOKEN_KEY_UNKNOWN", "partner-401-invalid-token", "The token's key (kid) is not among the published keys."),
    ("PARTNER_UNKNOWN", "partner-401-invalid-token", "The partner is unknown or disabled."),
    ("ORGANIZATION_NOT_CONNECTED", "partner-401-invalid-token", "The organization was not found, or is not connected to this partner."),
    ("CREDENTIALS_REQUIRED", "partner-401-invalid-partner-credentials-provided", "One of the five headers is missing or blank: x-partner-id, x-partner-secret, x-organization-id, x-organization-secret, x-user-id."),
    ("PARTNER_SECRET_WRONG", "partner-401-invalid-partner-credentials-provided", "The partner was found, and x-partner-secret is wrong."),
    ("USER_UNKNOWN", "partner-401-invalid-partner-credentials-provided", "The organization doesn't have the user in x-user-id or in the token, or the user in x-user-id is disabled."),
    ("SCOPE_MISSING", "partner-401-token-does-not-have-required-create-patient-scope", "The token doesn't have the scope create:patient, or the organization doesn't grant it any more."),
    ("ORGANIZATION_NOT_OWN", "partner-401-user-does-not-have-access-to-this-organization", "The token is for another organization than that of the path."),
    ("USER_DISABLED", "partner-401-user-does-not-have-access-to-this-organization", "The token's user is disabled."),
    ("SIGNED_OUT", "partner-401-user-does-not-have-access-to-this-organization", "The token's user or the whole organization was signed out after the token was issued."),
    ("FIELDS_INVALID", "partner-422-there-were-some-problems-with-your-input", "Fields of the body are wrong; the answer names them in error.validation."),
    ("UNAVAILABLE", "partner-500-an-unexpected-error-occurred-during-validation", UNAVAILABLE),
    ("SIGN_OUT_NOT_OVER", "partner-500-an-unexpected-error-occurred-during-validation", SIGN_OUT_NOT_OVER),
    ("INTERNAL_ERROR", "partner-500-an-unexpected-error-occurred-during-validation", INTERNAL),
];

#[rustfmt::skip]
const PASSWORD: [Row; 23] = [
    ("UNKNOWN_API", "password-404-not-found", "The deployment has no API with the name in the path."),
    ("ORGANIZATION_REQUIRED", "password-400-organization-header-is-required", "The header organization is missing or blank."),
    ("CONTENT_TYPE", "password-400-username-and-password-are-required", "The header content-type is missing or is not application/json."),
    ("BODY_TOO_LONG", "password-400-username-and-password-are-required", "The body is longer than 16 KiB."),
    ("BODY_MALFORMED", "password-400-username-and-password-are-required", "The body is not one JSON object with texts, or a name in it comes twice."),
    ("CREDENTIALS_REQUIRED", "password-400-username-and-password-are-required", "The user name or the password is missing, or beyond its bounds."),
    ("INVALID_CREDENTIALS", "password-401-invalid-credentials", "The organization, the user name or the password is wrong, or the user is disabled."),
    ("USER_UNKNOWN", "password-401-invalid-credentials", "The organization has no user with this user name, or the token was good and its user was deleted."),
    ("ORGANIZATION_UNKNOWN", "password-401-invalid-credentials", "No organization has the id in the header, or it is disabled."),
    ("PASSWORD_WRONG", "password-401-invalid-credentials", PASSWORD_WRONG),
    ("USER_REFUSED", "password-401-invalid-credentials", "The password is right, and the user is disabled."),
    ("TOKEN_REQUIRED", "password-401-unauthorized", "The token is missing: neither an Authorization header with a Bearer token nor a cookie that counts."),
    ("UNAUTHORIZED", "password-401-unauthorized", "The token is malformed, of another API, or its signature or a claim is wrong."),
    ("TOKEN_EXPIRED", "password-401-unauthorized", "The token is expired."),
    ("TOKEN_KEY_UNKNOWN", "password-401-unauthorized", "The token's key is not in the ring: not yet, or no longer."),
    ("ORGANIZATION_NOT_OWN", "password-401-unauthorized", "The token is of another organization than the header's."),
    ("COOKIE_NOT_ACCEPTED", "password-401-unauthorized", "The token came in the cookie, which the organization doesn't accept."),
    ("USER_DISABLED", "password-401-unauthorized", "The user is disabled."),
    ("SIGNED_OUT", "password-401-unauthorized", "The user or the whole organization was signed out after the token was issued."),
    ("RATE_LIMITED", "password-429-too-many-requests", TOO_MANY_PASSWORDS),
    ("UNAVAILABLE", "password-500-internal-server-error", UNAVAILABLE),
    ("SIGN_OUT_NOT_OVER", "password-500-internal-server-error", SIGN_OUT_NOT_OVER),
    ("INTERNAL_ERROR", "password-500-internal-server-error", INTERNAL),
];

#[rustfmt::skip]
const SSO: [Row; 20] = [
    ("CLIENT_REFUSED", "sso-401-not-authenticated", "The client may not do this."),
    ("CLIENT_REQUIRED", "sso-401-not-authenticated", "client_id or X-Auth-Token is missing."),
    ("CLIENT_UNKNOWN", "sso-401-not-authenticated", "No client has this client_id, or it or the user who represents it is disabled."),
    ("CLIENT_TOKEN_WRONG", "sso-401-not-authenticated", "The client was found, and its X-Auth-Token is wrong."),
    ("CLIENT_NOT_ALLOWED", "sso-401-not-authenticated", "The client may not read users' info."),
    ("CONTENT_TYPE", "sso-404-not-authenticated", "The header content-type is missing or is not that of a form."),
    ("BODY_TOO_LONG", "sso-404-not-authenticated", "The body is longer than 16 KiB."),
    ("BODY_MALFORMED", "sso-404-not-authenticated", "The body is not the form that its content type says, or a field comes twice."),
    ("LOGIN_REFUSED", "sso-404-not-authenticated", "The form has no email or no password, or one of them can't be read."),
    ("USER_UNKNOWN", "sso-404-not-authenticated", "No user has this email address, or the token was good and its user was deleted."),
    ("PASSWORD_WRONG", "sso-404-not-authenticated", PASSWORD_WRONG),
    ("USER_REFUSED", "sso-404-not-authenticated", "The password is right, and the user is disabled or not activated."),
    ("RATE_LIMITED", "sso-404-not-authenticated", TOO_MANY_PASSWORDS),
    ("TOKEN_REFUSED", "sso-404-not-authenticated", "The token is unknown, or another user's."),
    ("TOKEN_EXPIRED", "sso-404-not-authenticated", "The token is expired."),
    ("SIGNED_OUT", "sso-404-not-authenticated", "The token, its user or everyone was signed out."),
    ("USER_DISABLED", "sso-404-not-authenticated", "The token's user is disabled or not activated."),
    ("UNAVAILABLE", "sso-500-internal-server-error", UNAVAILABLE),
    ("SIGN_OUT_NOT_OVER", "sso-500-internal-server-error", SIGN_OUT_NOT_OVER),
    ("INTERNAL_ERROR", "sso-500-internal-server-error", INTERNAL),
];

#[rustfmt::skip]
const GATEWAY: [Row; 2] = [
    ("ORGANIZATION_PARAMETER_UNKNOWN", "gateway-403", "The authorizer doesn't know which parameter of the route is the organization: PartnerOrganizationParameters has to name it."),
    ("NOT_INTEGRATED", "gateway-403", "The partner has not confirmed the integration yet, which GET /v1/organizations/{organization_id}/validate does."),
];

/// All steps, each with its surface.
#[cfg(test)]
pub(crate) fn steps() -> impl Iterator<Item = (&'static str, &'static str)> {
    let surfaces = SURFACES.iter().filter(|(surface, _)| *surface != GATEWAY_NAME);
    surfaces.flat_map(|(surface, rows)| rows.iter().map(|(step, _, _)| (*surface, *step)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Which `make lint-docs` compares with the refusals and their steps.
    const PAGE: &str = include_str!("../../../docs/errors.md");

    /// The anchors of each surface's steps, as the page has them.
    fn documented() -> BTreeMap<(&'static str, &'static str), Vec<&'static str>> {
        let mut found = BTreeMap::<_, Vec<_>>::new();
        let mut anchor = "";
        for line in PAGE.lines() {
            anchor = line.strip_prefix("### ").unwrap_or(anchor);
            let Some(steps) = line.strip_prefix("- **Log:** ") else { continue };
            let surface = anchor.split('-').next().unwrap();
            for step in steps.split('`').skip(1).step_by(2) {
                found.entry((surface, step)).or_default().push(anchor);
            }
        }
        found
    }

    #[test]
    fn every_step_of_the_page_is_explained_with_its_anchor_and_no_other_step_is() {
        let documented = documented();
        assert!(documented.len() > 50, "{documented:?}");
        for ((surface, step), anchors) in &documented {
            let explanation = explain(&format!("{surface}-x"), step);
            let explanation = explanation.unwrap_or_else(|| panic!("{surface} {step}"));
            assert!(anchors.contains(&explanation.anchor), "{surface} {step}");
        }
        for (surface, rows) in SURFACES {
            for (step, _, sentence) in rows {
                assert!(documented.contains_key(&(surface, step)), "{surface} {step}");
                assert!(sentence.ends_with('.'), "{sentence}");
            }
        }
    }

    #[test]
    fn a_step_is_explained_for_its_own_surface() {
        let of = |function| explain(function, "PASSWORD_WRONG").map(|found| found.anchor);
        assert_eq!(of("password-login"), Some("password-401-invalid-credentials"));
        assert_eq!(of("sso-signin"), Some("sso-404-not-authenticated"));
        assert_eq!(of("portal-me"), None);
        assert_eq!(explain("partner-token", "ok"), None);
        assert!(explain("partner-authorizer", "NOT_INTEGRATED").is_some());
        assert_eq!(explain("partner-validate", "NOT_INTEGRATED"), None);
    }
}
