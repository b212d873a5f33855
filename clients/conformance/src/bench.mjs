// Everything that the checks share, and the order in which they run.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CommandAdapter, ServedAdapter } from './adapter.mjs';
import { checks, NotRun, Trial } from './check.mjs';
import { ask } from './http.mjs';
import { Issuer } from './issuer.mjs';
import { Patients } from './patients.mjs';
import { Proxy } from './proxy.mjs';
import './checks/sign-in.mjs';
import './checks/refresh.mjs';
import './checks/session.mjs';
import './checks/answers.mjs';
import './checks/requests.mjs';
import './checks/partner.mjs';

export class Bench {
  run = randomUUID().slice(0, 8); // in the names of sessions, which a storage may have kept from an earlier run
  adapters = [];
  verifying = Promise.resolve();

  constructor(options) {
    this.options = options;
  }

  async open() {
    const { options } = this;
    this.patients = new Patients(options);
    this.issuer = new Issuer();
    this.signing = this.issuer.key();
    this.stranger = this.issuer.key({ publish: false });
    this.proxy = await new Proxy(options.api).listen(options.port);
    this.proxy.jwks = (set) => this.issuer.set(set);
    if (options.key) this.proxy.secrets.add(options.key);
    this.storage = await mkdtemp(join(tmpdir(), 'conformance-'));
    this.env = { POSTERN_API: this.proxy.url, SESSIONS: this.storage };
    [this.adapter] = await this.twins(1);
    return this;
  }

  async close() {
    for (const adapter of this.adapters) adapter.kill();
    this.proxy?.close();
    if (this.storage) await rm(this.storage, { recursive: true, force: true });
  }

  /** Adapters with one storage. */
  twins(count) {
    const { url, start, command } = this.options;
    const adapter = () => (command ? new CommandAdapter({ command, env: this.env }) : new ServedAdapter({ url, command: start, env: this.env }));
    const made = Array.from({ length: count }, adapter);
    this.adapters.push(...made);
    return Promise.all(made.map((one) => one.ready()));
  }

  /** Runs the checks, and returns a result for each. */
  async results(wanted = checks) {
    const [first, ...rest] = wanted;
    const results = new Map([[first.id, await this.result(first)]]);
    const usable = results.get(first.id).result === 'passed';
    const early = rest.filter(({ last }) => !last);
    const queue = [...early];
    const worker = async () => {
      for (let next; (next = queue.shift()); ) results.set(next.id, await this.result(next, usable));
    };
    await Promise.all(Array.from({ length: this.options.parallel }, worker));
    for (const next of rest.filter(({ last }) => last)) results.set(next.id, await this.result(next, usable));
    return wanted.map(({ id }) => results.get(id));
  }

  async result({ id, title, anchor, made, needs, run }, usable = true) {
    const trial = new Trial(this, id);
    const begun = this.proxy.now();
    let why;
    try {
      if (!usable) throw new NotRun('the check "sign-in" failed');
      if (needs === 'shared' && !this.shared()) throw new NotRun('--shared was not given: sessions outlive the process, and processes share them');
      await run(trial);
    } catch (error) {
      if (error instanceof NotRun) why = error.message;
      else if (!Trial.stopped(error)) trial.failures.push(`the check could not go on: ${error.message}`);
    } finally {
      trial.done?.();
    }
    const trouble = trial.sessions.flatMap(({ exchanges }) => exchanges).find((exchange) => exchange.trouble);
    if (trouble) trial.failures.push(`the API did not answer the proxy (${trouble.trouble}): run the check again`);
    const result = trial.failures.length > 0 ? 'failed' : why ? 'not run' : 'passed';
    const evidence = result === 'failed' ? trial.sessions.map((session) => session.evidence()) : [];
    const seconds = (this.proxy.now() - begun) / 1000;
    return { id, title, anchor, made, result, why, failures: [...new Set(trial.failures)], evidence, seconds };
  }

  shared() {
    return Boolean(this.options.command || (this.options.start && this.options.shared));
  }

  /** Waits until no other check verifies tokens. */
  async turn(trial) {
    const before = this.verifying;
    this.verifying = new Promise((resolve) => (trial.done = resolve));
    await before;
  }

  /** Waits until the client may look for an unknown key again. */
  async lookAgain() {
    await sleep(this.options.lookAgain * 1000 + 100);
  }

  /** Presents the session's first refresh token, which was rotated, once more: the API ends the session. */
  async replay(session) {
    const rotation = session.of('refresh').at(-1);
    const replayed = () => ask(`${this.proxy.api}${rotation.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cv-api-key': rotation.headers['cv-api-key'] },
      body: JSON.stringify({ refresh_token: session.tokens[0].refreshToken }),
    });
    let answer = await replayed();
    // A token whose successor was rotated, too, counts as a late copy for ten seconds.
    for (let time = 0; time < 12 && answer.status === 503; time++) {
      await sleep(1_000);
      answer = await replayed();
    }
    if (JSON.parse(answer.text).code !== 'REFRESH_REUSED') throw new Error(`the replay was answered with ${answer.status}`);
  }

  /** What the client wrote, as far as it can be seen. */
  async logs() {
    const { start, command, log } = this.options;
    if (!start && !command && log.length === 0) return undefined;
    const files = await Promise.all(log.map((path) => readFile(path, 'utf8')));
    return [...this.adapters.map(({ output }) => output.text), ...files].join('\n');
  }
}
