// The partner's adapter: a server on loopback, which the runner starts or finds running, or a command for each call.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { ask } from './http.mjs';

const WORDS = new Set(['sign-in', 'code', 'wait', 'unavailable', 'request', 'token', 'not-supported']);
const PATIENCE = 60_000; // milliseconds that a call may take
const KEPT = 8 << 20; // bytes of its output that are searched for secrets

/** An answer of the adapter in a checked form: `ok`, or `error` with one of the words, or with `broken` and why. */
function outcome(text) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    return { error: 'broken', why: 'the adapter answered something that is not JSON' };
  }
  if (answer?.ok === true) return answer;
  if (WORDS.has(answer?.error)) return answer;
  return { error: 'broken', why: 'the adapter answered neither "ok" nor an error that README.md lists' };
}

class Output {
  text = '';
  add(stream) {
    stream.setEncoding('utf8').on('data', (part) => (this.text = (this.text + part).slice(-KEPT)));
  }
}

/** Starts a shell command in a process group of its own, so that all of it can be ended. */
function start(command, args, env, stdio) {
  const script = args.length > 0 ? `${command} "$@"` : command;
  return spawn('/bin/sh', ['-c', script, 'sh', ...args], { detached: true, stdio, env: { ...process.env, ...env } });
}

function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** A server: `POST /begin` and so on. With `command` the runner starts it, and it listens on `PORT`. */
export class ServedAdapter {
  output = new Output();

  constructor({ url, command, env }) {
    Object.assign(this, { url, command, env });
  }

  async ready() {
    if (!this.command) return this;
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.child = start(this.command, [], { ...this.env, PORT: String(port) }, ['ignore', 'pipe', 'pipe']);
    this.output.add(this.child.stdout);
    this.output.add(this.child.stderr);
    const deadline = performance.now() + 20_000;
    while (!(await answers(this.url))) {
      if (this.child.exitCode !== null) throw new Error(`the adapter ended with ${this.child.exitCode} before it listened`);
      if (performance.now() > deadline) throw new Error(`the adapter does not listen on PORT (${port}) after 20 s`);
      await sleep(50);
    }
    return this;
  }

  async call(name, input) {
    const response = await ask(`${this.url}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
      timeout: PATIENCE,
    }).catch(() => undefined);
    if (!response) return { error: 'broken', why: `the adapter did not answer ${name}` };
    if (response.status === 404) return { error: 'not-supported' };
    return outcome(response.text);
  }

  kill() {
    if (this.child) end(this.child);
  }
}

/** A command for each call: `COMMAND begin`, with JSON on standard input and output. */
export class CommandAdapter {
  output = new Output();
  running = new Set();

  constructor({ command, env }) {
    Object.assign(this, { command, env });
  }

  async ready() {
    return this;
  }

  async call(name, input) {
    const child = start(this.command, [name], this.env, ['pipe', 'pipe', 'pipe']);
    this.running.add(child);
    this.output.add(child.stderr);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
    child.stdin.on('error', () => {}); // it need not read what it is told
    child.stdin.end(JSON.stringify(input));
    const timer = setTimeout(() => end(child), PATIENCE);
    await once(child, 'close').finally(() => clearTimeout(timer));
    this.running.delete(child);
    return outcome(text);
  }

  kill() {
    this.running.forEach(end);
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function answers(url) {
  return ask(url, { timeout: 2_000 }).then(() => true, () => false);
}
