"""Which error an answer is, by the tables of docs/integrate.md."""

from __future__ import annotations

from typing import Any

from . import errors
from .errors import Issue, Refusal, RefusalError

Kind = type[RefusalError]

# A code that isn't here goes by its status.
_PORTAL: dict[tuple[int, str], Kind] = {
    (401, "VALIDATION_ERROR"): errors.AccessTokenInvalidError,
    (401, "UNAUTHORIZED"): errors.UnauthorizedError,
    (401, "REFRESH_INVALID"): errors.RefreshInvalidError,
    (401, "REFRESH_REUSED"): errors.RefreshReusedError,
    (401, "REFRESH_EXPIRED"): errors.RefreshExpiredError,
}

_PORTAL_STATUS: dict[int, Kind] = {
    400: errors.ValidationError,
    404: errors.NotFoundError,
    429: errors.RateLimitedError,
    500: errors.InternalError,
    503: errors.UnavailableError,
}

# Status and a word of the text; the first that fits.
_Rows = list[tuple[int, str, Kind]]

_PARTNER: _Rows = [
    (400, "deprecated", errors.DeprecatedHeaderError),
    (400, "Organization ID", errors.OrganizationIdRequiredError),
    (400, "", errors.MalformedBodyError),
    (401, "partner credentials", errors.PartnerCredentialsError),
    (401, "scope", errors.InsufficientScopeError),
    (401, "secret", errors.OrganizationSecretError),
    (401, "access to this organization", errors.UserAccessError),
    (401, "", errors.TokenInvalidError),
    (422, "", errors.InvalidFieldsError),
    (429, "", errors.RateLimitedError),
    (500, "", errors.InternalError),
]

_PASSWORD: _Rows = [
    (400, "Organization", errors.OrganizationRequiredError),
    (400, "", errors.CredentialsRequiredError),
    (401, "credentials", errors.InvalidCredentialsError),
    (401, "", errors.PasswordTokenInvalidError),
    (404, "", errors.ApiNotFoundError),
    (429, "", errors.RateLimitedError),
    (500, "", errors.InternalError),
]

# By the HTTP status alone: the code of the body is 401 for two of them.
_SSO: _Rows = [
    (401, "", errors.ClientRefusedError),
    (404, "", errors.NotAuthenticatedError),
    (500, "", errors.InternalError),
]


def refusal(
    surface: str,
    status: int,
    body: dict[str, Any],
    request_id: str | None,
    retry_after_seconds: int | None,
    may_have_been_done: bool,
) -> RefusalError:
    code: str | None = None
    text: str | None = None
    issues: list[Issue] = []
    kind: Kind = errors.GatewayError
    if surface == "portal" and isinstance(body.get("code"), str) and body.get("success") is False:
        code, text, issues = body["code"], _text(body.get("error")), _issues(body.get("issues"))
        kind = _PORTAL.get((status, body["code"])) or _PORTAL_STATUS.get(status, RefusalError)
    elif surface == "partner" and isinstance(body.get("error"), dict) and body.get("success") is False:
        text, issues = _text(body["error"].get("detail")), _issues(body["error"].get("validation"))
        request_id = request_id or _text(body.get("requestId"))
        kind = _by_word(_PARTNER, status, text)
    elif surface == "password" and isinstance(body.get("statusCode"), int):
        text = _text(body.get("message"))
        kind = _by_word(_PASSWORD, status, text)
    elif surface == "sso" and body.get("error") is True:
        text = _text(body.get("message"))
        kind = _by_word(_SSO, status, text)
    else:
        text = _text(body.get("message"))
    return kind(Refusal(surface, status, code, text, request_id, retry_after_seconds, issues, may_have_been_done))


def _by_word(rows: _Rows, status: int, text: str | None) -> Kind:
    for row_status, word, kind in rows:
        if row_status == status and word in (text or ""):
            return kind
    return RefusalError


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _issues(value: object) -> list[Issue]:
    entries = value if isinstance(value, list) else []
    return [
        Issue(_text(entry.get("field")) or "", _text(entry.get("message")) or "")
        for entry in entries
        if isinstance(entry, dict)
    ]
