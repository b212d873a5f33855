// A partner's token, cached; and partners' tokens verified by the published keys. As docs/integrate.md describes it.
import { createPublicKey, verify } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from './client.mjs';

const CACHED = 300; // seconds that a set of keys is good for
const LEEWAY = 60; // seconds by which two clocks may differ

export class Partner {
  constructor({ api, headers }) {
    Object.assign(this, { api, headers });
  }

  async token() {
    if (!this.fresh()) {
      this.fetching ??= this.fetched().finally(() => (this.fetching = undefined));
      await this.fetching;
    }
    return this.cached.token;
  }

  fresh() {
    return this.cached !== undefined && Date.now() < this.cached.until;
  }

  async fetched() {
    for (let attempt = 0; ; attempt++) {
      const response = await this.ask().catch(() => undefined);
      if (response?.status === 200) {
        const { data } = await response.json();
        this.cached = { token: data.accessToken, until: Date.now() + (data.expiresIn - 60) * 1000 };
        return;
      }
      if (response && response.status < 500 && response.status !== 429) throw new Failure('request');
      const retryable = response?.headers.has('retry-after') || response?.status !== 500 || attempt === 0; // else a 500 is tried once more
      if (attempt === 2 || !retryable) throw new Failure('unavailable');
      await sleep(this.pause(response, attempt) * 1000);
    }
  }

  pause(response, attempt) {
    return Number(response?.headers.get('retry-after') || 2 ** attempt);
  }

  ask() {
    return fetch(`${this.api}/v1/token`, {
      method: 'POST',
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ grantType: 'client_credentials', scope: ['create:patient'] }),
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    });
  }
}

export class Verifier {
  keys = new Map();
  fetchedAt = -Infinity;

  /** `lookAgain`: seconds between two looks for a key that we don't know. */
  constructor({ api, lookAgain = 60 }) {
    Object.assign(this, { api, lookAgain });
  }

  /** The claims of a good token, or undefined. */
  async claims(token) {
    const [header, payload, signature] = token.split('.');
    const { alg, kid } = decoded(header) ?? {};
    if (!this.accepts(alg)) return undefined;
    const key = await this.key(kid);
    const claims = decoded(payload);
    if (!key || !claims || !this.signed(`${header}.${payload}`, key, signature)) return undefined;
    return this.current(claims, Date.now() / 1000) ? claims : undefined;
  }

  accepts(alg) {
    return alg === 'RS256';
  }

  signed(text, key, signature) {
    return verify('RSA-SHA256', Buffer.from(text), key, Buffer.from(signature ?? '', 'base64url'));
  }

  current({ iss, exp }, now) {
    return iss === 'postern' && typeof exp === 'number' && now < exp + LEEWAY;
  }

  async key(kid) {
    if (this.look(kid, (performance.now() - this.fetchedAt) / 1000)) this.behind = !(await this.refreshed());
    const key = this.keys.get(kid);
    if (!key && this.behind) throw new Failure('unavailable'); // it may be published by now
    return key;
  }

  look(kid, age) {
    return age >= (this.keys.has(kid) ? CACHED : this.lookAgain);
  }

  /** Whether the set is what is published now. */
  async refreshed() {
    const headers = this.etag ? { 'if-none-match': this.etag } : {};
    const url = `${this.api}/.well-known/jwks.json`;
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
    this.fetchedAt = performance.now();
    if (response?.status === 304) return true;
    if (response?.status !== 200) return false;
    this.etag = response.headers.get('etag');
    const { keys } = await response.json();
    this.keys = new Map(this.usable(keys).map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]));
    return true;
  }

  usable(keys) {
    return keys.filter(({ kty, alg }) => kty === 'RSA' && alg === 'RS256');
  }
}

function decoded(part) {
  try {
    return JSON.parse(Buffer.from(part, 'base64url'));
  } catch {
    return undefined;
  }
}
