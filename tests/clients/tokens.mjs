// Our tokens and the npm libraries that verify them, with the settings of docs/integrate.md, which is
// compared with this file. Run beside a stack: `make test-clients`.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(process.env.CLIENTS);
const { createRemoteJWKSet, jwtVerify } = await import(require.resolve('jose'));
const { JwtRsaVerifier } = require('aws-jwt-verify');
const jwt = require('jsonwebtoken');
const jwksClient = require('jwks-rsa');

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

/** Resolves if the promise is rejected, for whatever reason a library has. */
async function refuses(what, verify) {
  await assert.rejects(async () => verify(), undefined, `${what} is accepted`);
}

const good = await token();

const keys = createRemoteJWKSet(new URL(jwksUri), { cacheMaxAge: 300_000, cooldownDuration: 60_000 });
const pinned = { algorithms: ['RS256'], issuer: 'postern', clockTolerance: 60 };
const verified = await jwtVerify(good, keys, pinned);
assert.deepEqual(verified.payload.scope, ['create:patient']);
await refuses('a forged token', () => jwtVerify(forged(good), keys, pinned));
await refuses('another issuer', () => jwtVerify(good, keys, { ...pinned, issuer: 'somebody' }));
console.log('ok: jose verifies a token by the JWK Set, and refuses a forged one');

const client = jwksClient({ jwksUri, cache: true, cacheMaxAge: 300_000, rateLimit: true, jwksRequestsPerMinute: 2 });
const verifiedByJsonwebtoken = async (token) => {
  const { kid } = jwt.decode(token, { complete: true }).header;
  const key = (await client.getSigningKey(kid)).getPublicKey();
  return jwt.verify(token, key, { algorithms: ['RS256'], issuer: 'postern', clockTolerance: 60 });
};
assert.deepEqual((await verifiedByJsonwebtoken(good)).scope, ['create:patient']);
await refuses('a forged token', () => verifiedByJsonwebtoken(forged(good)));
console.log('ok: jsonwebtoken verifies a token by the key of jwks-rsa, and refuses a forged one');

// It wants `scope` to be one string; the contract has a list. docs/integrate.md says so, until this fails.
const verifier = JwtRsaVerifier.create({ issuer: null, audience: null, jwksUri });
verifier.cacheJwks(await (await fetch(jwksUri)).json());
await assert.rejects(verifier.verify(good), /scope claim is not a string/);
console.log('ok: aws-jwt-verify refuses a list of scopes, as docs/integrate.md says');

/** The token of a password login, and its key, as somebody with access to Secrets Manager reads it. */
async function passwordLogin() {
  const answer = await fetch(`${api}/patient/auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', organization: '11111111-1111-4111-8111-111111111111' },
    body: JSON.stringify({ username: 'demo', password: 'demo-password-1' }),
  });
  assert.equal(answer.status, 200);
  const login = (await answer.json()).token;
  const stored = await fetch(process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
      // The local stack looks at whose key it is, not at the signature.
      authorization: `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/`,
    },
    body: JSON.stringify({ SecretId: process.env.PASSWORD_ACCESS_SECRET }),
  });
  const ring = JSON.parse((await stored.json()).SecretString);
  const { kid } = jwt.decode(login, { complete: true }).header;
  const { key } = [ring.current ?? ring, ...(ring.previous ?? [])].find((each) => each.kid === kid);
  return { login, secret: Buffer.from(key, 'base64url') };
}

const { login, secret } = await passwordLogin();
const byJose = (login, secret) => jwtVerify(login, secret, { algorithms: ['HS512'], issuer: 'postern', audience: 'patient', clockTolerance: 60 });
const byJsonwebtoken = (login, secret) => jwt.verify(login, secret, { algorithms: ['HS512'], issuer: 'postern', audience: 'patient', clockTolerance: 60 });
for (const [name, verify] of Object.entries({ jose: byJose, jsonwebtoken: byJsonwebtoken })) {
  await verify(login, secret);
  await refuses('a forged token', () => verify(forged(login), secret));
  await refuses('another key', () => verify(login, Buffer.alloc(64, 1)));
  await refuses('a partner\'s token', () => verify(good, secret));
  console.log(`ok: ${name} verifies the token of a password login, and refuses a forged one`);
}
