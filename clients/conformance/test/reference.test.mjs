// The reference client as a command for each call, and what the runner says if it can't run. readme.test.mjs has the rest.
// Run beside a stack: `make test-conformance`.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PARALLEL, run, sandbox } from './stack.mjs';

const patients = (emails) => emails.flatMap((email) => ['--email', email]);
const console = ['--console', process.env.POSTERN_CONSOLE];
const reference = 'node examples/reference/adapter.mjs';
const started = ['--start', `exec ${reference}`, '--shared'];
const zeros = ['--code', '000000'];

describe('the reference client', { concurrency: PARALLEL }, async () => {
  const { apiKey, emails } = await sandbox(3);
  const env = { POSTERN_API_KEY: apiKey, JWKS_LOOK_AGAIN: '1' };

  test('passes as a command for each call, whose processes share sessions', async () => {
    const only = 'one-refresh,two-processes,crash,refresh-lost,logout-forgets,wrong-code,logs,partner-token,token-verified';
    const { status, output, report } = await run(['--command', reference, ...zeros, '--only', only, ...patients(emails)], env);
    assert.equal(status, 0, output);
    const other = report.checks.filter(({ id, result }) => [...only.split(','), 'sign-in'].includes(id) && result !== 'passed');
    // A command that keeps nothing between two calls has neither.
    assert.deepEqual(other.map(({ id, why }) => `${id}: ${why}`), [
      'partner-token: the adapter has no partner-token', 'token-verified: the adapter has no verify',
    ], output);
  });

  test('fails "sign-in" alone if nobody can sign in, and the report says why', async () => {
    const { status, output, report, markdown } = await run([...started, ...zeros, ...console, ...patients(['nobody@example.com'])], env);
    assert.equal(status, 1);
    const failed = report.checks.filter(({ result }) => result === 'failed').map(({ id }) => id);
    assert.deepEqual([failed, report.passed], [['sign-in', 'code-is-text'], 0], output);
    assert.match(markdown, /verify → 401 \(.+\)/, 'the stack explains the refusal');
  });
});

test('a run that is asked for wrongly, or that has no adapter, ends with status 2', async () => {
  for (const [args, message] of [
    [['--start', 'true', '--email', 'patient@example.com'], /give --code or --console/],
    [['--start', 'true', '--command', 'true', ...zeros, '--email', 'patient@example.com'], /exactly one of --adapter, --start, --command/],
    [['--start', 'true', ...zeros], /give a patient/],
    [['--start', 'true', ...zeros, '--email', 'patient@example.com', '--only', 'nothing'], /no check is named nothing/],
    [['--start', 'true', ...zeros, '--email', 'patient@example.com', '--skip', 'sign-in'], /can't be left out/],
    [['--start', 'exit 3', ...zeros, '--email', 'patient@example.com'], /the adapter ended with 3 before it listened/],
  ]) {
    const { status, output, report } = await run(args, {});
    assert.equal(status, 2, output);
    assert.match(output, message);
    assert.equal(report, undefined);
  }
});
