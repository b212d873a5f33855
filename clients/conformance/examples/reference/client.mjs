// A portal client as docs/integrate.md describes it, with nothing but Node. Small on purpose: read it beside the document.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT = 10_000; // at least 5 s, so that it is the server who says that something is down
const LEAD = 90; // seconds before an access token's end at which it is refreshed
const PATIENCE = 10; // seconds of Retry-After that a caller is kept waiting

/** What went wrong, in the words of the adapter: see README.md. */
export class Failure extends Error {
  constructor(word, seconds) {
    super(word);
    this.word = word;
    this.seconds = seconds;
  }
}

export class Client {
  flights = new Map();

  constructor({ api, key, store }) {
    Object.assign(this, { api, apiKey: key, store });
  }

  async send(identifier) {
    const channel = identifier.email ? 'EMAIL' : 'SMS';
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await this.repeated(3, () => this.post('auth/send-otp', { ...identifier, channel }, headers));
    if (answer.status !== 200) throw new Failure('request');
  }

  async verify(name, identifier, code) {
    const answer = await this.repeated(2, () => this.post('auth/verify-otp', { ...identifier, code }));
    if (answer.status === 401) throw new Failure('code');
    if (answer.status !== 200) throw new Failure('request');
    await this.store.save(name, this.session(answer));
  }

  /** The session that an answer of verify-otp or refresh-token begins or continues. */
  session(answer) {
    const { accessToken, refreshToken, expiresIn } = answer.body;
    return { accessToken, refreshToken, refreshAt: Date.now() + (expiresIn - LEAD) * 1000 };
  }

  async me(name) {
    let session = await this.live(name);
    let answer = await this.user(session);
    if (answer.status === 401) {
      session = await this.refresh(name, session);
      answer = await this.user(session);
    }
    if (answer.status === 401) {
      await this.store.forget(name);
      throw new Failure('sign-in');
    }
    if (answer.status !== 200) throw new Failure('request');
    return answer.body.data;
  }

  user(session) {
    const headers = { authorization: `Bearer ${session.accessToken}` };
    return this.repeated(3, () => this.call('GET', 'me', headers));
  }

  async live(name) {
    const session = await this.stored(name);
    return this.due(session) ? this.refresh(name, session) : session;
  }

  due(session) {
    return Date.now() >= session.refreshAt;
  }

  async stored(name) {
    const session = await this.store.load(name);
    if (!session) throw new Failure('sign-in');
    return session;
  }

  /** Replaces the tokens of `seen`: once, for all who ask at the same time. */
  refresh(name, seen) {
    let flight = this.flights.get(name);
    if (!flight) {
      flight = this.rotated(name, seen).finally(() => this.flights.delete(name));
      this.flights.set(name, flight);
    }
    return flight;
  }

  rotated(name, seen) {
    return this.store.locked(name, async () => {
      const session = await this.stored(name);
      // Another process was faster.
      if (seen && session.refreshToken !== seen.refreshToken) return session;
      return this.rotate(name, session);
    });
  }

  async rotate(name, session) {
    // Stored before the call, so that a later try is the same call, even after a crash.
    session.pending ??= this.rotationKey(session);
    await this.store.save(name, session);
    const answer = await this.repeated(4, () => this.presented(session));
    if (answer.status === 401) {
      await this.store.forget(name);
      throw new Failure('sign-in');
    }
    if (answer.status !== 200) throw new Failure('request');
    const next = this.session(answer);
    await this.store.save(name, next);
    return next;
  }

  rotationKey() {
    return randomUUID();
  }

  presented(session) {
    const headers = { 'idempotency-key': session.pending };
    return this.post('auth/refresh-token', { refresh_token: session.refreshToken }, headers);
  }

  async logout(name) {
    const session = await this.store.load(name);
    if (!session) return;
    const answer = await this.repeated(3, () => this.post('auth/logout', { refresh_token: session.refreshToken }));
    if (answer.status !== 200) throw new Failure('request');
    await this.store.forget(name);
  }

  /** Makes a call that may be repeated, until it is answered. */
  async repeated(times, call) {
    for (let attempt = 0; ; attempt++) {
      const answer = await call().catch(() => undefined);
      if (answer && answer.status !== 429 && answer.status < 500) return answer;
      const pause = this.pause(answer, attempt);
      const again = attempt + 1 < times && !(answer?.status === 500 && attempt > 0); // a 500 is tried once more
      if (!again || pause > PATIENCE) {
        throw new Failure(answer?.status === 429 ? 'wait' : 'unavailable', Math.ceil(pause));
      }
      await sleep(pause * 1000);
    }
  }

  /** Seconds. */
  pause(answer, attempt) {
    return answer?.retryAfter ?? 2 ** attempt;
  }

  post(path, body, headers = {}) {
    return this.call('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
  }

  async call(method, path, headers, body) {
    const response = await fetch(`${this.api}/api/v1/users/${path}`, {
      method,
      headers: { 'cv-api-key': this.apiKey, ...headers },
      body,
      redirect: 'manual', // the API never redirects, and the key is for it alone
      signal: AbortSignal.timeout(this.timeout()),
    });
    return this.read(response);
  }

  timeout() {
    return TIMEOUT;
  }

  // The status says what form the body has: only a 200 is read.
  async read(response) {
    const text = await response.text();
    const seconds = Number(response.headers.get('retry-after') ?? NaN);
    return {
      status: response.status,
      retryAfter: Number.isFinite(seconds) ? seconds : undefined,
      body: response.status === 200 ? JSON.parse(text) : undefined,
    };
  }
}
