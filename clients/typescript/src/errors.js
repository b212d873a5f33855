// One class per refusal, named after its code. docs/integrate.md says what to do about each.
/** Every error of this package. Messages name no secret, token, code or identifier. */
export class PosternError extends Error {
    constructor(message, options) {
        super(message, options);
        this.name = new.target.name;
    }
}
/** The kit was called with something that can't be sent. Nothing was sent. */
export class ConfigurationError extends PosternError {
}
/** The connection broke, the time was over, or the answer was unreadable. The call may have been carried out. */
export class NoAnswerError extends PosternError {
}
/** The store has no session: sign in. */
export class NotSignedInError extends PosternError {
}
/** Another process kept the store's lock for too long. */
export class StoreBusyError extends PosternError {
}
/** The store's lock passed to another process, because this one didn't run for a while. */
export class LockLostError extends PosternError {
}
/** What the store has can't be read as a session. */
export class StoreCorruptError extends PosternError {
}
/** The file of a session is another user's, or others on the machine may read or change it. */
export class StoreUnsafeError extends PosternError {
}
/** A partner's token isn't a live one of this issuer, organization or scope. */
export class TokenNotVerifiedError extends PosternError {
}
/** The JWK Set could not be fetched, and no usable one is cached: the token may be good. */
export class KeysUnavailableError extends PosternError {
}
/** The identity provider knows the token, but its user isn't the one that the caller named. */
export class CallerMismatchError extends PosternError {
}
/** An answer that isn't a success. A code that this version doesn't know has this class or one by its status. */
export class RefusalError extends PosternError {
    constructor(refusal) {
        const said = [refusal.code, refusal.text].filter(Boolean).join(": ");
        const request = refusal.requestId === undefined ? "" : ` (request ${refusal.requestId})`;
        super(`${refusal.surface} answered ${refusal.status}${said && ` ${said}`}${request}`);
        Object.assign(this, refusal);
    }
}
/** The answer has none of Postern's forms: API Gateway or a proxy gave it. */
export class GatewayError extends RefusalError {
}
/** 500: a server error; with `retryAfterSeconds`, a dependency is down or a sign-out of everyone isn't over. */
export class InternalError extends RefusalError {
}
/** 429: wait for `retryAfterSeconds`. */
export class RateLimitedError extends RefusalError {
}
// ── Portal ──
/** 400 `VALIDATION_ERROR`: the request is wrong. */
export class ValidationError extends RefusalError {
}
/** 401 `UNAUTHORIZED`: the code doesn't work. After `mayHaveBeenDone` it may have worked: ask for a new one. */
export class UnauthorizedError extends RefusalError {
}
/** 401 `VALIDATION_ERROR` of me: access token or API key is wrong, or the patient is gone. */
export class AccessTokenInvalidError extends RefusalError {
}
/** 401 of refresh-token: the session has ended, and the store has forgotten it. Sign in. */
export class SessionEndedError extends RefusalError {
}
/** 401 `REFRESH_INVALID`. */
export class RefreshInvalidError extends SessionEndedError {
}
/** 401 `REFRESH_REUSED`: replayed, signed out or revoked. */
export class RefreshReusedError extends SessionEndedError {
}
/** 401 `REFRESH_EXPIRED`: 30 idle days, or 90 in all. */
export class RefreshExpiredError extends SessionEndedError {
}
/** 404 `NOT_FOUND`: the API key is unknown, or the portal isn't enabled. */
export class NotFoundError extends RefusalError {
}
/** 503 `UNAVAILABLE`: a dependency is down, or it is unknown whether a write was made. */
export class UnavailableError extends RefusalError {
}
// ── Partner ──
/** 400: validate refuses `x-partner-secret`. */
export class DeprecatedHeaderError extends RefusalError {
}
/** 400: the path names no organization. */
export class OrganizationIdRequiredError extends RefusalError {
}
/** 400 of the token: the body isn't a JSON object. */
export class MalformedBodyError extends RefusalError {
}
/** 401 of validate: the token lacks `create:patient`. */
export class InsufficientScopeError extends RefusalError {
}
/** 401 of validate: the organization's secret is missing or wrong. */
export class OrganizationSecretError extends RefusalError {
}
/** 401 of validate: no token, or none that works. */
export class TokenInvalidError extends RefusalError {
}
/** 401 of validate: the token is another organization's, or its user is gone or was signed out. */
export class UserAccessError extends RefusalError {
}
/** 401 of the token: one of the five headers is missing or wrong. */
export class PartnerCredentialsError extends RefusalError {
}
/** 422 of the token: `issues` has the fields. */
export class InvalidFieldsError extends RefusalError {
}
// ── Password ──
/** 400: the `organization` header is missing. */
export class OrganizationRequiredError extends RefusalError {
}
/** 400: user name or password is missing or out of bounds. */
export class CredentialsRequiredError extends RefusalError {
}
/** 401 of the login: organization, user name or password is wrong, or the user is disabled. */
export class InvalidCredentialsError extends RefusalError {
}
/** 401 of later calls: log in again, once. */
export class PasswordTokenInvalidError extends RefusalError {
}
/** 404: the deployment has no such API. */
export class ApiNotFoundError extends RefusalError {
}
// ── Identity provider ──
/** 401: the client pair is wrong, or the client may not ask about users. */
export class ClientRefusedError extends RefusalError {
}
/** 404: the login or the token is refused. One answer for every reason. */
export class NotAuthenticatedError extends RefusalError {
}
