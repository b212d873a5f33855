// What the proxy can do with a request. Answers that are made here are those that the API and its gateway give.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** The API carries the request out, and the client never learns of it. */
export const loseAnswer = async (exchange) => {
  await exchange.forward();
  exchange.drop();
};

/** The API never sees the request. */
export const loseRequest = async (exchange) => exchange.drop();

/** The API carries the request out, and its answer comes late. */
export const slow = (milliseconds) => async (exchange) => {
  const answer = await exchange.forward();
  await sleep(milliseconds);
  exchange.respond(answer);
};

/** The API's answer, changed by `edit` if it is a 200. */
export const changed = (edit) => async (exchange) => {
  const answer = await exchange.forward();
  exchange.respond(answer.status === 200 ? { ...answer, ...edit(answer, exchange) } : answer);
};

/** An answer in place of the API's. With `ran`, the API carries the request out nevertheless. */
export const answered = (answer, { ran = false } = {}) => async (exchange) => {
  if (ran) await exchange.forward();
  exchange.respond(answer);
};

/** As a function answers: test/answers.test.mjs compares it with the API. */
const answer = (status, id, headers, body) => ({
  status,
  headers: {
    'cache-control': 'no-store',
    'content-type': 'application/json',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-request-id': id,
    ...headers,
  },
  body,
});

const portal = (status, error, code, headers = {}) =>
  answer(status, randomBytes(16).toString('hex'), headers, { status, success: false, error, code });

const gateway = (status, message) => ({ status, headers: { 'content-type': 'application/json' }, body: { message } });

const invalidToken = { 'www-authenticate': 'Bearer realm="portal", error="invalid_token"' };
const refreshToken = { 'www-authenticate': 'RefreshToken realm="portal"' };

const REFUSED = {
  REFRESH_INVALID: 'Invalid refresh token',
  REFRESH_REUSED: 'Refresh token reuse detected',
  REFRESH_EXPIRED: 'Refresh token expired',
};

export const unavailable = (seconds) => portal(503, 'Service unavailable', 'UNAVAILABLE', { 'retry-after': String(seconds) });
export const internal = () => portal(500, 'Internal server error', 'INTERNAL_ERROR');
export const limited = (seconds) => portal(429, 'Too many requests', 'RATE_LIMITED', { 'retry-after': String(seconds) });
export const expiredAccess = () => portal(401, 'Invalid or expired token', 'VALIDATION_ERROR', invalidToken);
export const refreshRefused = (code) => portal(401, REFUSED[code] ?? 'Refused', code, refreshToken);
export const unknownKey = () => portal(404, 'Organization not found', 'NOT_FOUND');
export const gatewayUnavailable = () => gateway(503, 'Service Unavailable');
export const gatewayThrottled = () => gateway(429, 'Too Many Requests');

/** The partner surface's own 500. */
export const partnerUnavailable = (seconds) => {
  const requestId = `req_${Date.now()}_${randomBytes(9).toString('base64url').slice(0, 12)}`;
  return answer(500, requestId, { 'retry-after': String(seconds) }, {
    success: false,
    statusCode: 500,
    error: {
      type: 'https://parchment.health/errors/internal-server-error',
      title: 'Internal Server Error',
      detail: 'An unexpected error occurred during validation',
    },
    timestamp: new Date().toISOString(),
    requestId,
  });
};
