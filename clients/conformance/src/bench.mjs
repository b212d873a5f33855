// Everything that the checks share, and the order in which they run.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CommandAdapter, ServedAdapter } from './adapter.mjs';
import { checks, NotRun, Trial } from './check.mjs';
import { Console } from './console.mjs';
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
  run = randomUUID().slice(0, 8);
  sessions = 0;
  adapters = [];
  verifying = Promise.resolve();

  constructor(options) {
    this.options = options;
  }

  async open() {
    const { options } = this;
    this.console = options.console && new Console(options.console);
    this.patients = new Patients(options, this.console);
    this.issuer = new Issuer();
    [this.signing, this.stranger] = await Promise.all([this.issuer.key(), this.issuer.key({ publish: false })]);
    this.proxy = await new Proxy(options.api).listen(options.port);
    this.proxy.jwks = (set) => this.issuer.set(set);
    this.proxy.secrets.add('API key', options.key);
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

  /** A name that no storage has from an earlier session. */
  sessionName(check) {
    this.sessions += 1;
    return `${check}-${this.sessions}-${this.run}`;
  }

  /** Adapters with one storage. */
  twins(count) {
    const { url, start, command } = this.options;
    const adapter = () => (command ? new CommandAdapter({ command, env: this.env }) : new ServedAdapter({ url, command: start, env: this.env }));
    const made = Array.from({ length: count }, adapter);
    this.adapters.push(...made);
    return Promise.all(made.map((one) => one.ready()));
  }

  /** An adapter that knows no published key yet. One that runs already forgets none: it waits until it may look again. */
  async withoutKeys() {
    if (this.options.start || this.options.command) return (await this.twins(1))[0];
    await this.lookAgain();
    return this.adapter;
  }

  /** Runs the checks, and returns a result for each. `skipped` says why a check is not run. */
  async results(skipped = () => undefined) {
    const [first, ...rest] = checks;
    const results = new Map();
    const run = async (check) => {
      const failed = results.get(first.id)?.result === 'failed' && !check.anyhow && `the check "${first.id}" failed`;
      const skip = skipped(check.id) ?? (failed || this.lacks(check));
      let result = await this.result(check, skip);
      // A check that failed while the API was in trouble says little of the client.
      for (let again = 0; again < 2 && result.trouble; again++) result = await this.result(check, skip);
      results.set(check.id, result);
    };
    await run(first);
    const queue = rest.filter(({ last }) => !last);
    const worker = async () => {
      for (let next; (next = queue.shift()); ) await run(next);
    };
    await Promise.all(Array.from({ length: this.options.parallel }, worker));
    for (const check of rest.filter(({ last }) => last)) await run(check);
    return checks.map(({ id }) => results.get(id));
  }

  /** Why a check can't be run here. */
  lacks({ needs }) {
    const shares = this.options.command || (this.options.start && this.options.shared);
    if (needs === 'shared' && !shares) return '--start with --shared, or --command, was not given: sessions outlive the process, and processes share them';
    if (needs === 'console' && !this.console) return '--console was not given: it needs a local stack';
    return undefined;
  }

  async result({ id, title, anchor, made, run }, skip) {
    const trial = new Trial(this, id);
    const begun = this.proxy.now();
    let why;
    try {
      if (skip) throw new NotRun(skip);
      await run(trial);
    } catch (error) {
      if (error instanceof NotRun) why = error.message;
      else if (!Trial.stopped(error)) trial.failures.push(`the check could not go on: ${error.message}`);
    } finally {
      trial.done?.();
    }
    const result = trial.failures.length > 0 ? 'failed' : why ? 'not run' : 'passed';
    const failed = result === 'failed';
    const trouble = failed && trial.sessions.flatMap(({ exchanges }) => exchanges).find((exchange) => exchange.trouble)?.trouble;
    if (trouble) trial.failures.push(`the client may not be the cause: ${trouble}; run the check again`);
    if (failed) await this.explain(trial);
    const evidence = failed ? trial.sessions.map((session) => session.evidence()) : [];
    const seconds = (this.proxy.now() - begun) / 1000;
    return { id, title, anchor, made, result, why, failures: [...new Set(trial.failures)], trouble, evidence, seconds };
  }

  /** Puts the reason of each refusal beside it, if the API's console knows it. */
  async explain({ sessions }) {
    if (!this.console) return;
    const refused = sessions.flatMap(({ exchanges }) => exchanges).filter(({ ran, fate }) => ran >= 400 && fate === String(ran));
    for (const exchange of refused) exchange.explanation = await this.console.explanation(exchange.requestId);
  }

  /** Waits until no other check verifies tokens. */
  async turn(trial) {
    const before = this.verifying;
    this.verifying = new Promise((resolve) => (trial.done = resolve));
    await before;
  }

  /** Waits until the client's last look at the published keys is so long ago that it may look for an unknown one again. */
  async lookAgain() {
    const last = this.proxy.exchanges.filter(({ operation }) => operation === 'jwks').at(-1);
    const left = last ? last.endedAt + this.options.lookAgain * 1000 + 250 - this.proxy.now() : 0;
    if (left > 0) await sleep(left);
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
