// What the report leaves out, and what the check of logs counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secrets } from '../src/secrets.mjs';

function kept() {
  const secrets = new Secrets();
  secrets.add('access token', 'to"ken/1');
  secrets.add('access token', 'token-2');
  secrets.add('code', '012345');
  secrets.add('API key', undefined);
  return secrets;
}

test('a report has no secret and no patient, in no form in which JSON or an address has them', () => {
  const text = `${JSON.stringify('to"ken/1')} ${encodeURIComponent('to"ken/1')} pat%40example.com pat@example.com 000000`;
  const written = kept().redacted(`${text} 012345`, ['pat@example.com'], '000000');
  assert.equal(written, '"[redacted]" [redacted] [redacted] [redacted] 000000 [redacted]');
});

test('the longer of two secrets goes first', () => {
  const secrets = kept();
  secrets.add('refresh token', 'token-23');
  assert.equal(secrets.redacted('token-23 token-2', []), '[redacted] [redacted]');
});

test('logs are searched by kind, and digits of a time are no code', () => {
  const secrets = kept();
  assert.equal(secrets.countedIn('at 1700012345678: token-2, token-2, code=012345'), '1 × access token, 1 × code');
  assert.equal(secrets.countedIn('at 1700012345678'), '');
  assert.equal(secrets.isIn('/me?code=012345'), true);
});
