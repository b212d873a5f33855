// One request of the client, and what the proxy did with it.
import { createHash } from 'node:crypto';

import { ask } from './http.mjs';

// What a proxy may not pass on (RFC 9110, 7.6.1), and what a call sets by itself.
const OWN = new Set(['connection', 'content-encoding', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade', 'accept-encoding']);

// Seconds. A client that waits for five may take a later answer for none, and that says nothing of the client.
const PROMPT = 3;

export class Exchange {
  constructor(proxy, request, response, bytes) {
    this.at = proxy.now();
    this.proxy = proxy;
    this.response = response;
    this.method = request.method;
    this.url = request.url;
    this.path = request.url.split('?', 1)[0];
    this.headers = request.headers;
    this.bytes = bytes;
    this.body = parsed(bytes);
    this.key = request.headers['idempotency-key'];
    this.presented = this.body?.refresh_token ?? request.headers.authorization?.replace(/^bearer\s+/i, '');
    this.fate = 'no answer';
  }

  /** Lets the API carry the request out. */
  async forward() {
    const headers = Object.fromEntries(Object.entries(this.headers).filter(([name]) => !OWN.has(name)));
    const token = this.proxy.aliases.get(this.presented);
    let { bytes } = this;
    if (token && headers.authorization) headers.authorization = `Bearer ${token}`;
    else if (token) bytes = Buffer.from(JSON.stringify({ ...this.body, refresh_token: token }));
    if (this.operation === 'jwks') delete headers['if-none-match'];
    const answer = await this.reached(headers, bytes);
    const body = parsed(answer.text) ?? answer.text;
    this.ran = answer.status;
    this.requestId = answer.headers['x-request-id'] ?? answer.headers['apigw-requestid'];
    if (answer.status === 200 && (this.operation === 'verify' || this.operation === 'refresh')) {
      this.proxy.gave(this.session, body);
    }
    if (this.operation === 'token') this.proxy.secrets.add("partner's token", body?.data?.accessToken);
    return { status: answer.status, headers: passed(answer.headers), body };
  }

  async reached(headers, bytes) {
    const begun = this.proxy.now();
    try {
      const answer = await ask(this.proxy.api + this.url, { method: this.method, headers, body: bytes.length > 0 ? bytes : undefined });
      const seconds = (this.proxy.now() - begun) / 1000;
      if (seconds > PROMPT) this.trouble = `an answer of the API took ${seconds.toFixed(1)} s`;
      return answer;
    } catch (error) {
      this.fate = 'the API did not answer the proxy';
      this.trouble = `the API did not answer (${error.code ?? error.message})`;
      throw error;
    }
  }

  async pass() {
    const answer = await this.forward();
    this.respond(this.operation === 'jwks' ? this.published(answer) : answer);
  }

  /** The API's set of keys with those of the checks, under an ETag of its own. */
  published(answer) {
    if (answer.status !== 200 || !this.proxy.jwks) return answer;
    const body = this.proxy.jwks(answer.body);
    const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url')}"`;
    const headers = { ...answer.headers, etag };
    return this.headers['if-none-match'] === etag ? { status: 304, headers, body: '' } : { status: 200, headers, body };
  }

  respond({ status, headers = {}, body = '' }) {
    this.fate = String(status);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.response.writeHead(status, { ...headers, ...(status === 304 ? {} : { 'content-length': Buffer.byteLength(text) }) });
    this.response.end(this.method === 'HEAD' ? undefined : text);
  }

  /** Closes the connection in place of an answer. */
  drop() {
    this.fate = this.ran ? 'answer lost' : 'request lost';
    this.response.destroy();
  }
}

function passed(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name) && name !== 'date'));
}

function parsed(bytes) {
  try {
    return JSON.parse(bytes);
  } catch {
    return undefined;
  }
}
