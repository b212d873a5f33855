// A check and what it may use: sessions of the client, the proxy, and sentences of what was expected.
import { setTimeout as sleep } from 'node:timers/promises';

import { expiredAccess, answered, changed } from './disturbances.mjs';
import { Session } from './session.mjs';

export const checks = [];

/**
 * Registers a check. `title` says what a client does that passes; `anchor` is a heading of docs/integrate.md.
 * `made` says how the situation is made, if it is the proxy or the runner who makes it. `last`: after the others, alone.
 * `anyhow`: even if nobody can sign in, because it may say why.
 */
export function check(id, { title, anchor, made, needs, last = false, anyhow = false }, run) {
  checks.push({ id, title, anchor, made, needs, last, anyhow, run });
}

/** Ends a check without a verdict. */
export class NotRun extends Error {}

class Stopped extends Error {}

export class Trial {
  failures = [];
  sessions = [];

  constructor(bench, id) {
    Object.assign(this, { bench, id, proxy: bench.proxy, adapter: bench.adapter });
  }

  expect(holds, sentence) {
    if (!holds) this.failures.push(sentence);
    return Boolean(holds);
  }

  require(holds, sentence) {
    if (!this.expect(holds, sentence)) throw new Stopped(sentence);
  }

  static stopped(error) {
    return error instanceof Stopped;
  }

  /** What the adapter answers to a call; an answer that README.md doesn't know fails the check. */
  async ask(name, input, adapter = this.adapter) {
    const answer = await adapter.call(name, input);
    if (answer.error === 'broken') this.expect(false, `${name}: ${answer.why}`);
    return answer;
  }

  call(name, session, more = {}) {
    return this.ask(name, { session: session.name, ...more }, session.adapter);
  }

  ok(outcome, what) {
    this.require(outcome.ok === true, `${what} succeeds; the adapter said "${outcome.error}"`);
  }

  /** A session with a patient of its own while `work` runs, which signs in as it likes. */
  signingIn(work, adapter = this.adapter) {
    return this.bench.patients.with(async (patient) => {
      const session = new Session(this.bench.sessionName(this.id), patient);
      session.adapter = adapter;
      this.sessions.push(session);
      const identifier = patient.email ?? patient.phoneNumber;
      const received = await this.bench.patients.received(patient);
      this.proxy.identifiers.set(identifier, session);
      const code = async () => {
        const code = await this.bench.patients.codeOf(patient);
        if (!this.bench.patients.code) this.proxy.secrets.add('code', code);
        return code;
      };
      try {
        await work(session, {
          begin: async () => {
            await this.bench.patients.expectCode();
            return this.call('begin', session, patient);
          },
          complete: async (given) => this.call('complete', session, { ...patient, code: given ?? (await code()) }),
          code,
        });
      } finally {
        this.proxy.identifiers.delete(identifier);
        await this.bench.patients.settled(patient, received, session.of('send'));
      }
      return session;
    });
  }

  /** A session that is signed in. `edit` changes the tokens' answer for the client. */
  signedIn({ edit, adapter } = {}) {
    return this.signingIn(async (session, { begin, complete }) => {
      if (edit) session.next('verify', changed(edit));
      this.ok(await begin(), 'begin');
      this.ok(await complete(), 'complete');
      session.calm();
      this.require(session.tokens.length > 0, 'complete calls verify-otp through the proxy');
    }, adapter);
  }

  /** A session whose access token has expired, by `expiresIn` and for the API. */
  async expired(options = {}) {
    const session = await this.signedIn({ ...options, edit: ({ body }) => ({ body: { ...body, expiresIn: 1 } }) });
    await sleep(1_050);
    session.expire(session.tokens[0].accessToken, answered(expiredAccess()));
    return session;
  }

  /** Repeats a call as its caller would, until it is no more `unavailable`. */
  async persist(name, session, times = 4) {
    let outcome;
    for (let time = 0; time < times; time++) {
      outcome = await this.call(name, session);
      if (outcome.error !== 'unavailable' && outcome.error !== 'wait') break;
      await sleep(1_000);
    }
    return outcome;
  }

  /** Between two repeats there is at least `seconds`. A tenth less is allowed: clocks and jitter. */
  spaced(exchanges, seconds, what) {
    for (let next = 1; next < exchanges.length; next++) {
      const wanted = seconds[next - 1] ?? seconds.at(-1);
      const gap = (exchanges[next].at - exchanges[next - 1].endedAt) / 1000;
      this.expect(gap >= wanted * 0.9, `${what}: ${wanted} s pass before repeat ${next}; it was ${gap.toFixed(2)} s`);
    }
  }

  /** Repeats of one rotation present one token with one key. */
  sameRotation(exchanges, what) {
    this.expect(exchanges.every(({ key }) => key !== undefined), `${what}: each call has an Idempotency-Key`);
    this.expect(new Set(exchanges.map(({ key }) => key)).size <= 1, `${what}: a repeat has the key of the call that it repeats`);
    this.expect(new Set(exchanges.map(({ presented }) => presented)).size <= 1, `${what}: a repeat presents the same token`);
  }

  /** The session works: one more rotation and a call. */
  async alive(session, what) {
    session.calm();
    const refreshed = await this.call('refresh', session);
    this.expect(refreshed.ok, `${what}: the session can be refreshed afterwards; the adapter said "${refreshed.error}"`);
    const me = await this.call('me', session);
    this.expect(me.ok, `${what}: the session works afterwards; the adapter said "${me.error}"`);
  }
}
