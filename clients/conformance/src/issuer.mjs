// Keys and partners' tokens of the runner's own. The proxy publishes the keys beside the API's.
import { createHmac, generateKeyPair, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';

const generated = promisify(generateKeyPair); // takes a while, and must not keep the proxy waiting

export class Issuer {
  published = [];

  /** A key that signs at once, and is published if `publish`. */
  async key({ publish = true } = {}) {
    const { privateKey, publicKey } = await generated('rsa', { modulusLength: 2048 });
    const key = { privateKey, publicKey };
    return publish ? this.publish(key) : { ...key, kid: randomUUID() };
  }

  /** The key under a new name. */
  publish({ privateKey, publicKey }) {
    const kid = randomUUID();
    this.published.push({ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid });
    return { privateKey, publicKey, kid };
  }

  /** A key of a kind that the API doesn't have today. */
  publishStranger() {
    const { publicKey } = generateKeyPairSync('ed25519');
    this.published.unshift({ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'EdDSA', kid: randomUUID() });
  }

  set({ keys, ...rest }) {
    return { ...rest, keys: [...this.published, ...keys] };
  }
}

/** A token as `POST /v1/token` gives it. `claims` and `header` stand in place of its own. */
export function token({ privateKey, kid }, claims = {}, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  const text = unsigned({ alg: 'RS256', typ: 'JWT', kid, ...header }, {
    organization_id: randomUUID(), partner_id: 'conformance', user_id: randomUUID(), scope: ['create:patient'],
    iss: 'postern', sub: randomUUID(), jti: randomUUID(), iat: now, exp: now + 21_600, ...claims,
  });
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}

/** Signed with the public key as if it were a secret that both sides have. */
export function confused({ publicKey, kid }) {
  const text = unsigned({ alg: 'HS256', typ: 'JWT', kid }, claimsFor());
  const secret = publicKey.export({ type: 'spki', format: 'pem' });
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export function withoutSignature({ kid }) {
  return `${unsigned({ alg: 'none', typ: 'JWT', kid }, claimsFor())}.`;
}

/** The token with another user in its claims. */
export function altered(good) {
  const [header, payload, signature] = good.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  return [header, encoded({ ...claims, user_id: randomUUID() }), signature].join('.');
}

function claimsFor() {
  const now = Math.floor(Date.now() / 1000);
  return { iss: 'postern', sub: randomUUID(), scope: ['create:patient'], iat: now, exp: now + 21_600 };
}

function unsigned(header, claims) {
  return `${encoded(header)}.${encoded(claims)}`;
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
