// Every fault of examples/wrong is found, and by exactly its checks.
// Faults that different checks find share a client, so that it is quick. With EACH=1 each fault has its own.
// With FAULTS=name,name these alone. Run beside a stack: `make test-conformance`, `make test-conformance-each`.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { clientFaults } from '../examples/wrong/client-faults.mjs';
import { partnerFaults, verifierFaults } from '../examples/wrong/partner-faults.mjs';
import '../src/bench.mjs';
import { checks } from '../src/check.mjs';
import { apart, expected } from './expected.mjs';
import { PARALLEL, run, sandbox } from './stack.mjs';

const PATIENTS = 3;
const all = { clientFaults, partnerFaults, verifierFaults };
const names = process.env.FAULTS?.split(',') ?? Object.keys(expected);
const hands = process.env.EACH ? names.map((name) => [name]) : together(names);

test('each fault has its checks, and each check a fault that it finds', () => {
  assert.deepEqual(Object.values(all).flatMap(Object.keys).sort(), Object.keys(expected).sort());
  assert.deepEqual([...new Set(Object.values(expected).flat())].sort(), checks.map(({ id }) => id).sort());
});

describe(`the wrong client, ${names.length} faults in ${hands.length} runs`, { concurrency: PARALLEL }, async () => {
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
  assert.deepEqual(ids('failed'), wanted, output);
  // Without a sign-in the other checks say nothing.
  const unusable = wanted.includes('sign-in') ? checks.length - wanted.length : 0;
  assert.deepEqual([report.notRun, status], [unusable, 1], output);
}

/** Faults that different checks find. */
function together(names) {
  const hands = [];
  for (const name of names) {
    const hand = hands.find((hand) => hand.every((other) => fit(name, other)));
    if (hand) hand.push(name);
    else hands.push([name]);
  }
  return hands;
}

function fit(one, other) {
  if (apart.some((pair) => pair.includes(one) && pair.includes(other))) return false;
  if ([one, other].some((name) => expected[name].includes('sign-in'))) return false;
  if (expected[one].some((id) => expected[other].includes(id))) return false;
  const [ours, theirs] = [methods(one), methods(other)];
  return Object.keys(ours).every((method) => !(method in theirs) || (ours[method] && theirs[method]));
}

/** The methods that a fault changes, and whether it calls the right one: else it would undo another fault there. */
function methods(name) {
  const [kind, faults] = Object.entries(all).find(([, faults]) => Object.hasOwn(faults, name));
  const { constructor, ...changed } = Object.getOwnPropertyDescriptors(faults[name](class {}).prototype);
  return Object.fromEntries(Object.entries(changed).map(([method, { value }]) => [`${kind} ${method}`, String(value).includes(`super.${method}(`)]));
}
