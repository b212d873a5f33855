// Every fault of examples/wrong is found by its checks.
// Several share a client (expected.mjs). With EACH=1 each has its own, and is found by exactly its checks: on a machine that
// stalls, a right call comes too late, and other checks fail, too. With FAULTS=name,name one client has these alone.
// Run beside a stack: `make test-conformance`, `make test-conformance-each`.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { clientFaults } from '../examples/wrong/client-faults.mjs';
import { partnerFaults, verifierFaults } from '../examples/wrong/partner-faults.mjs';
import '../src/bench.mjs';
import { checks } from '../src/check.mjs';
import { clients, expected } from './expected.mjs';
import { PARALLEL, run, sandbox } from './stack.mjs';

const PATIENTS = 3;
const names = Object.keys(expected).sort();
const { FAULTS, EACH } = process.env;
const hands = FAULTS ? [FAULTS.split(',')] : EACH ? names.map((name) => [name]) : clients;

test('each fault has its checks, and each check a fault that it finds', () => {
  assert.deepEqual(Object.keys({ ...clientFaults, ...partnerFaults, ...verifierFaults }).sort(), names);
  assert.deepEqual(clients.flat().sort(), names);
  assert.deepEqual([...new Set(Object.values(expected).flat())].sort(), checks.map(({ id }) => id).sort());
});

describe(`the wrong client, ${hands.flat().length} faults in ${hands.length} runs`, { concurrency: PARALLEL }, async () => {
  const { apiKey, emails } = await sandbox(hands.length * PATIENTS);
  for (const [turn, faults] of hands.entries()) {
    const patients = emails.slice(turn * PATIENTS, (turn + 1) * PATIENTS);
    test(faults.join(', '), () => found(faults, patients, apiKey));
  }
});

async function found(faults, patients, apiKey) {
  const start = ['--start', 'exec node examples/wrong/adapter.mjs', '--shared', '--look-again', '1'];
  const codes = ['--code', '000000', '--console', process.env.POSTERN_CONSOLE];
  const env = { FAULTS: faults.join(','), JWKS_LOOK_AGAIN: '1', POSTERN_API_KEY: apiKey };
  const { status, output, report } = await run([...start, ...codes, ...patients.flatMap((email) => ['--email', email])], env);
  assert(report, output);
  const ids = (result) => report.checks.filter((one) => one.result === result).map(({ id }) => id).sort();
  const wanted = faults.flatMap((name) => expected[name]).sort();
  if (!EACH) {
    const failed = new Set(ids('failed'));
    assert.deepEqual(wanted.filter((id) => !failed.has(id)), [], output);
    assert.equal(status, 1, output);
    return;
  }
  assert.deepEqual(ids('failed'), wanted, output);
  // Without a sign-in the other checks say nothing.
  const unusable = wanted.includes('sign-in') ? checks.length - wanted.length : 0;
  assert.deepEqual([report.notRun, status], [unusable, 1], output);
}
