// The commands of README.md run as printed, but for addresses, the key and the minute between two looks for a key: the reference
// client passes every check, and no report has a secret or a patient. Run beside a stack: `make test-conformance`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import '../src/bench.mjs';
import { freePort } from '../src/adapter.mjs';
import { checks } from '../src/check.mjs';
import { DEMO, execute, PARALLEL, reports, sandbox } from './stack.mjs';

const root = new URL('../../..', import.meta.url).pathname;
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/```sh norun\n([\s\S]*?)```/g)].map(([, block]) => block.trim());

/** Runs a block, with `instead` in place of what is printed. */
async function ran(block, instead, env) {
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  try {
    const text = Object.entries(instead).reduce((rest, [printed, real]) => {
      assert(rest.includes(printed), `README.md says ${printed}`);
      return rest.replaceAll(printed, real);
    }, block);
    const ended = await execute('/bin/sh', ['-euc', `${text} --look-again 1 --report '${folder}/report'`], {
      cwd: root, env: { ...process.env, ...DEMO, JWKS_LOOK_AGAIN: '1', ...env },
    });
    return { ...ended, ...(await reports(folder)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function passed({ status, output, report, text, markdown }, notRun, secrets) {
  assert.equal(status, 0, output);
  const others = report.checks.filter(({ result }) => result !== 'passed').map(({ id }) => id);
  assert.deepEqual(others, notRun, output);
  for (const secret of [...secrets, 'demo-partner-secret', 'demo-organization-secret', 'eyJ']) {
    for (const form of [text, markdown]) assert(!form.includes(secret), 'the report has a secret or a patient');
  }
}

describe('the commands of README.md', { concurrency: PARALLEL }, () => {
  test('beside a local stack', async () => {
    const { POSTERN_API, POSTERN_CONSOLE } = process.env;
    passed(await ran(blocks[0], { 'http://127.0.0.1:9000': POSTERN_API, 'http://127.0.0.1:9001': POSTERN_CONSOLE }), [], ['demo-portal-key', 'patient@example.com']);
  });

  test('in a sandbox organization, with an adapter that runs already', async () => {
    const { apiKey, emails } = await sandbox(1);
    const [port, api] = [await freePort(), await freePort()];
    const sessions = await mkdtemp(join(tmpdir(), 'sessions-'));
    const env = { ...process.env, ...DEMO, POSTERN_API: `http://127.0.0.1:${api}`, POSTERN_API_KEY: apiKey, PORT: port, SESSIONS: sessions, JWKS_LOOK_AGAIN: '1' };
    const adapter = spawn(process.execPath, ['clients/conformance/examples/reference/adapter.mjs'], { cwd: root, env, stdio: 'inherit' });
    try {
      const instead = { 'https://api.postern.example': process.env.POSTERN_API, 'reviewer@example.com': emails[0], '--port 9400': `--port ${api}`, '127.0.0.1:7400': `127.0.0.1:${port}` };
      const ended = await ran(blocks[1], instead, { POSTERN_API_KEY: apiKey });
      passed(ended, ['two-processes', 'crash', 'logs', 'token-minted'], [apiKey, ...emails]);
    } finally {
      adapter.kill();
      await rm(sessions, { recursive: true });
    }
  });
});

test('each check is in the table of README.md once, and --list names it', async () => {
  const [, table] = readme.match(/## What it checks\n([\s\S]*?)\n## /);
  const ids = checks.map(({ id }) => id);
  assert.deepEqual([...table.matchAll(/`([a-z0-9-]+)`/g)].map(([, id]) => id).sort(), [...ids].sort());
  const { output } = await execute(process.execPath, ['clients/conformance/run.mjs', '--list'], { cwd: root });
  assert.deepEqual(output.trim().split('\n').map((line) => line.split(' ')[0]), ids);
});
