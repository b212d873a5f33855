import * as errors from "./errors.js";
import { array, isObject, number, object, string } from "./json.js";
import type { Issue, Refusal, RefusalError, Surface } from "./errors.js";

type Kind = new (refusal: Refusal) => RefusalError;

/** An answer that isn't a success, as far as it is known in whatever form it has. */
export interface Unsuccessful {
  status: number;
  body: unknown;
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
}

/** Portal: status and code. A code that isn't here goes by its status. */
const PORTAL: Record<string, Kind> = {
  "401 VALIDATION_ERROR": errors.AccessTokenInvalidError,
  "401 UNAUTHORIZED": errors.UnauthorizedError,
  "401 REFRESH_INVALID": errors.RefreshInvalidError,
  "401 REFRESH_REUSED": errors.RefreshReusedError,
  "401 REFRESH_EXPIRED": errors.RefreshExpiredError,
};

const PORTAL_STATUS: Record<number, Kind> = {
  400: errors.ValidationError,
  404: errors.NotFoundError,
  429: errors.RateLimitedError,
  500: errors.InternalError,
  503: errors.UnavailableError,
};

/** Partner: status and a word of `detail`; the first that fits, in the order of docs/integrate.md. */
const PARTNER: [number, string, Kind][] = [
  [400, "deprecated", errors.DeprecatedHeaderError],
  [400, "Organization ID", errors.OrganizationIdRequiredError],
  [400, "", errors.MalformedBodyError],
  [401, "partner credentials", errors.PartnerCredentialsError],
  [401, "scope", errors.InsufficientScopeError],
  [401, "secret", errors.OrganizationSecretError],
  [401, "access to this organization", errors.UserAccessError],
  [401, "", errors.TokenInvalidError],
  [422, "", errors.InvalidFieldsError],
  [429, "", errors.RateLimitedError],
  [500, "", errors.InternalError],
];

/** Password: status and a word of `message`. */
const PASSWORD: [number, string, Kind][] = [
  [400, "Organization", errors.OrganizationRequiredError],
  [400, "", errors.CredentialsRequiredError],
  [401, "credentials", errors.InvalidCredentialsError],
  [401, "", errors.PasswordTokenInvalidError],
  [404, "", errors.ApiNotFoundError],
  [429, "", errors.RateLimitedError],
  [500, "", errors.InternalError],
];

/** Identity provider: the HTTP status alone; the code of the body is 401 for two of them. */
const SSO: [number, string, Kind][] = [
  [401, "", errors.ClientRefusedError],
  [404, "", errors.NotAuthenticatedError],
  [500, "", errors.InternalError],
];

/** The error for an answer that isn't a success. */
export function refusal(surface: Surface, answer: Unsuccessful, mayHaveBeenDone: boolean): RefusalError {
  const { body, ...known } = answer;
  const said: Refusal = { surface, ...known, issues: [], mayHaveBeenDone };
  const kind = isObject(body) ? READERS[surface](body, said) : undefined;
  if (kind === undefined) said.text = string(object(body)["message"]);
  return new (kind ?? errors.GatewayError)(said);
}

/** Each fills in what the body says, and returns its class; nothing if the body isn't in the surface's form. */
const READERS: Record<Surface, (body: Record<string, unknown>, said: Refusal) => Kind | undefined> = {
  portal(body, said) {
    if (body["success"] !== false || string(body["code"]) === undefined) return undefined;
    said.code = string(body["code"]);
    said.text = string(body["error"]);
    said.issues = issues(body["issues"]);
    const kind = PORTAL[`${said.status} ${said.code}`] ?? PORTAL_STATUS[said.status];
    return kind ?? errors.RefusalError;
  },
  partner(body, said) {
    if (body["success"] !== false || !isObject(body["error"])) return undefined;
    said.text = string(body["error"]["detail"]);
    said.requestId ??= string(body["requestId"]);
    said.issues = issues(body["error"]["validation"]);
    return byWord(PARTNER, said);
  },
  password(body, said) {
    if (number(body["statusCode"]) === undefined) return undefined;
    said.text = string(body["message"]);
    return byWord(PASSWORD, said);
  },
  sso(body, said) {
    if (body["error"] !== true) return undefined;
    said.text = string(body["message"]);
    return byWord(SSO, said);
  },
};

function byWord(rows: [number, string, Kind][], said: Refusal): Kind {
  const row = rows.find(([status, word]) => status === said.status && (said.text ?? "").includes(word));
  return row?.[2] ?? errors.RefusalError;
}

function issues(list: unknown): Issue[] {
  return array(list).map((entry) => ({
    field: string(object(entry)["field"]) ?? "",
    message: string(object(entry)["message"]) ?? "",
  }));
}
