"""One class per refusal, named after its code. docs/integrate.md says what to do about each."""

from __future__ import annotations

from dataclasses import dataclass, field


class PosternError(Exception):
    """Every error of this package. Messages name no secret, token, code or identifier."""


class ConfigurationError(PosternError, ValueError):
    """The kit was called with something that can't be sent. Nothing was sent."""


class NoAnswerError(PosternError):
    """The connection broke, the time was over, or the answer was unreadable. The call may have been carried out."""


class NotSignedInError(PosternError):
    """The store has no session: sign in."""


class StoreBusyError(PosternError):
    """Another process kept the store's lock for too long."""


class LockLostError(PosternError):
    """The store's lock passed to another process, because this one didn't run for a while."""


class StoreCorruptError(PosternError):
    """What the store has can't be read as a session."""


class StoreUnsafeError(PosternError):
    """The file of a session is another user's, or others on the machine may read or change it."""


class TokenNotVerifiedError(PosternError):
    """A partner's token isn't a live one of this issuer, organization or scope."""


class KeysUnavailableError(PosternError):
    """The JWK Set could not be fetched, and no usable one is cached: the token may be good."""


class CallerMismatchError(PosternError):
    """The identity provider knows the token, but its user isn't the one that the caller named."""


@dataclass(frozen=True)
class Issue:
    field: str
    message: str


@dataclass(frozen=True)
class Refusal:
    """What an answer said, and what is known of the call."""

    surface: str
    status: int
    #: The portal's `code`. Other surfaces have none.
    code: str | None = None
    #: The server's text, for developers.
    text: str | None = None
    #: Quote it when you ask about the call.
    request_id: str | None = None
    retry_after_seconds: int | None = None
    #: What is wrong with the request, where the answer says so.
    issues: list[Issue] = field(default_factory=list)
    #: An earlier try of the same call got no answer or a 5xx, so the call may have been carried out before this refusal.
    may_have_been_done: bool = False


class RefusalError(PosternError):
    """An answer that isn't a success. A code that this version doesn't know has this class, or one by its status."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.surface = refusal.surface
        self.status = refusal.status
        self.code = refusal.code
        self.text = refusal.text
        self.request_id = refusal.request_id
        self.retry_after_seconds = refusal.retry_after_seconds
        self.issues = refusal.issues
        self.may_have_been_done = refusal.may_have_been_done

    def __str__(self) -> str:
        said = ": ".join(part for part in (self.code, self.text) if part)
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.surface} answered {self.status} {said}".rstrip() + request


class GatewayError(RefusalError):
    """The answer has none of Postern's forms: API Gateway or a proxy gave it."""


class InternalError(RefusalError):
    """500: a server error; with `retry_after_seconds`, a dependency is down or a sign-out of everyone isn't over."""


class RateLimitedError(RefusalError):
    """429: wait for `retry_after_seconds`."""


# ── Portal ──


class ValidationError(RefusalError):
    """400 `VALIDATION_ERROR`: the request is wrong."""


class UnauthorizedError(RefusalError):
    """401 `UNAUTHORIZED`: the code doesn't work. After `may_have_been_done` it may have worked: ask for a new one."""


class AccessTokenInvalidError(RefusalError):
    """401 `VALIDATION_ERROR` of me: access token or API key is wrong, or the patient is gone."""


class SessionEndedError(RefusalError):
    """401 of refresh-token: the session has ended, and the store has forgotten it. Sign in."""


class RefreshInvalidError(SessionEndedError):
    """401 `REFRESH_INVALID`."""


class RefreshReusedError(SessionEndedError):
    """401 `REFRESH_REUSED`: replayed, signed out or revoked."""


class RefreshExpiredError(SessionEndedError):
    """401 `REFRESH_EXPIRED`: 30 idle days, or 90 in all."""


class NotFoundError(RefusalError):
    """404 `NOT_FOUND`: the API key is unknown, or the portal isn't enabled."""


class UnavailableError(RefusalError):
    """503 `UNAVAILABLE`: a dependency is down, or it is unknown whether a write was made."""


# ── Partner ──


class DeprecatedHeaderError(RefusalError):
    """400: validate refuses `x-partner-secret`."""


class OrganizationIdRequiredError(RefusalError):
    """400: the path names no organization."""


class MalformedBodyError(RefusalError):
    """400 of the token: the body isn't a JSON object."""


class InsufficientScopeError(RefusalError):
    """401 of validate: the token lacks `create:patient`."""


class OrganizationSecretError(RefusalError):
    """401 of validate: the organization's secret is missing or wrong."""


class TokenInvalidError(RefusalError):
    """401 of validate: no token, or none that works."""


class UserAccessError(RefusalError):
    """401 of validate: the token is another organization's, or its user is gone or was signed out."""


class PartnerCredentialsError(RefusalError):
    """401 of the token: one of the five headers is missing or wrong."""


class InvalidFieldsError(RefusalError):
    """422 of the token: `issues` has the fields."""


# ── Password ──


class OrganizationRequiredError(RefusalError):
    """400: the `organization` header is missing."""


class CredentialsRequiredError(RefusalError):
    """400: user name or password is missing or out of bounds."""


class InvalidCredentialsError(RefusalError):
    """401 of the login: organization, user name or password is wrong, or the user is disabled."""


class PasswordTokenInvalidError(RefusalError):
    """401 of later calls: log in again, once."""


class ApiNotFoundError(RefusalError):
    """404: the deployment has no such API."""


# ── Identity provider ──


class ClientRefusedError(RefusalError):
    """401: the client pair is wrong, or the client may not ask about users."""


class NotAuthenticatedError(RefusalError):
    """404: the login or the token is refused. One answer for every reason."""
