// Partners' tokens and two npm libraries, used as their documentation shows. Run beside a stack:
// `make test-clients`.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(process.env.CLIENTS);
const { createRemoteJWKSet, jwtVerify } = await import(require.resolve('jose'));
const { JwtRsaVerifier } = require('aws-jwt-verify');

const api = process.env.POSTERN_API;
const jwksUri = `${api}/.well-known/jwks.json`;

async function token() {
  const response = await fetch(`${api}/v1/token`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-partner-id': 'demo-partner',
      'x-partner-secret': 'demo-partner-secret',
      'x-organization-id': '11111111-1111-4111-8111-111111111111',
      'x-organization-secret': 'demo-organization-secret',
      'x-user-id': '33333333-3333-4333-8333-333333333333',
    },
    body: JSON.stringify({ grantType: 'client_credentials', scope: ['create:patient'] }),
  });
  assert.equal(response.status, 200);
  return (await response.json()).data.accessToken;
}

/** The token with another user in its payload. */
function forged(good) {
  const [header, payload, signature] = good.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const other = { ...claims, user_id: '00000000-0000-4000-8000-000000000000' };
  return [header, Buffer.from(JSON.stringify(other)).toString('base64url'), signature].join('.');
}

const good = await token();

const keys = createRemoteJWKSet(new URL(jwksUri));
const verified = await jwtVerify(good, keys, { algorithms: ['RS256'] });
assert.deepEqual(verified.payload.scope, ['create:patient']);
await assert.rejects(jwtVerify(forged(good), keys, { algorithms: ['RS256'] }));
console.log('ok: jose verifies a token by the JWK Set, and refuses a forged one');

// It wants `scope` to be one string; the contract has a list. docs/integrate.md says so, until this fails.
const verifier = JwtRsaVerifier.create({ issuer: null, audience: null, jwksUri });
verifier.cacheJwks(await (await fetch(jwksUri)).json());
await assert.rejects(verifier.verify(good), /scope claim is not a string/);
console.log('ok: aws-jwt-verify refuses a list of scopes, as docs/integrate.md says');
