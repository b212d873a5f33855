// The answers that the proxy makes are those that the API gives: the stack is disturbed, and its clock is moved, until it gives each.
// Needs a stack of its own: `make test-conformance`.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Console } from '../src/console.mjs';
import {
  expiredAccess, gatewayThrottled, gatewayUnavailable, limited, partnerUnavailable, refreshRefused, unavailable, unknownKey,
} from '../src/disturbances.mjs';
import { ask } from '../src/http.mjs';
import { sandbox } from './stack.mjs';

// What the connection, the gateway and the deployment (a link to its page of errors) add, and what differs in each answer.
const OWN = new Set(['connection', 'content-length', 'date', 'keep-alive', 'apigw-requestid', 'link', 'x-request-id']);
const EACH = /"(timestamp|requestId)":"[^"]+"/g;
const console = new Console(process.env.POSTERN_CONSOLE);
const users = '/api/v1/users/';
const [send, refresh, me, token] = [`POST ${users}auth/send-otp`, `POST ${users}auth/refresh-token`, `GET ${users}me`, 'POST /v1/token'];

async function call(route, { key = 'demo-portal-key', bearer, body } = {}) {
  const [method, path] = route.split(' ');
  const headers = { 'cv-api-key': key, 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
  return ask(process.env.POSTERN_API + path, { method, headers, body: body && JSON.stringify(body) });
}

async function disturbed(kind, route, retryAfter) {
  await console.json('POST', '/faults', { kind, route, retryAfter });
  return call(route, { body: route.startsWith('POST') ? {} : undefined });
}

const rotated = (apiKey, refreshToken) => call(refresh, { key: apiKey, body: { refresh_token: refreshToken } });

async function signedIn() {
  const { apiKey: key, emails: [email] } = await sandbox(1);
  await call(send, { key, body: { email, channel: 'EMAIL' } });
  const { text } = await call(`POST ${users}auth/verify-otp`, { key, body: { email, code: '000000' } });
  return { key, ...JSON.parse(text) };
}

async function replayed() {
  const { key, refreshToken } = await signedIn();
  await rotated(key, refreshToken);
  return rotated(key, refreshToken);
}

async function afterAMonth() {
  const { key, refreshToken } = await signedIn();
  await console.json('POST', '/clock', { advance: '31d' });
  try {
    return await rotated(key, refreshToken);
  } finally {
    await console.json('DELETE', '/clock');
  }
}

async function expired() {
  const { token: bearer } = await console.json('POST', '/mint', { surface: 'portal', fault: 'expired' });
  return call(me, { bearer });
}

for (const [name, made, real] of [
  ['a 503 of the portal', unavailable(6), () => disturbed('unavailable', me, 6)],
  ['a 429 of the portal', limited(3600), () => disturbed('too-many-requests', send, 3600)],
  ["the gateway's 503", gatewayUnavailable(), () => disturbed('gateway-error', refresh)],
  ["the gateway's 429", gatewayThrottled(), () => disturbed('too-many-requests', refresh)],
  ["a partner's 500", partnerUnavailable(6), () => disturbed('unavailable', token, 6)],
  ['an expired access token', expiredAccess(), expired],
  ['an unknown key', unknownKey(), () => call(refresh, { key: 'nobody', body: { refresh_token: 'x' } })],
  ['REFRESH_INVALID', refreshRefused('REFRESH_INVALID'), () => call(refresh, { body: { refresh_token: 'x'.repeat(43) } })],
  ['REFRESH_REUSED', refreshRefused('REFRESH_REUSED'), replayed],
  ['REFRESH_EXPIRED', refreshRefused('REFRESH_EXPIRED'), afterAMonth],
]) {
  test(`${name} is the API's`, async () => {
    const { status, headers, text } = await real();
    assert.deepEqual(form(made.status, made.headers, JSON.stringify(made.body)), form(status, headers, text));
    assert.equal('x-request-id' in made.headers, 'x-request-id' in headers);
  });
}

function form(status, headers, text) {
  const kept = Object.entries(headers).filter(([name]) => !OWN.has(name)).sort();
  return { status, headers: Object.fromEntries(kept), body: JSON.parse(text.replaceAll(EACH, '"$1":""')) };
}
