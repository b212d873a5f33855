// Every fault of examples/wrong is found, and by the right checks alone. Run beside a stack: `make test-conformance`.
// Faults that different checks find go into one client, so that it is quick; `each` gives each fault a client of its own.
import assert from 'node:assert/strict';

import { clientFaults } from '../examples/wrong/client-faults.mjs';
import { partnerFaults, verifierFaults } from '../examples/wrong/partner-faults.mjs';
import { expected } from './expected.mjs';
import { run, sandbox } from './stack.mjs';

// A rotation is one thing in five methods.
const ROTATION = new Set(['presented', 'rotationKey', 'rotate', 'refresh', 'rotated']);
const PARALLEL = 4;
const only = process.argv.slice(2).filter((name) => name !== 'each');
const names = only.length > 0 ? only : Object.keys(expected);
const known = Object.keys({ ...clientFaults, ...partnerFaults, ...verifierFaults });
assert.deepEqual(known.filter((name) => name !== 'code-without-zeros').sort(), Object.keys(expected).sort());

const hands = process.argv.includes('each') || only.length > 0 ? names.map((name) => [name]) : together(names);
const { apiKey, emails } = await sandbox(hands.length * 3);
const queue = hands.map((faults, turn) => ({ faults, patients: emails.slice(turn * 3, turn * 3 + 3) }));
const problems = [];
await Promise.all(Array.from({ length: PARALLEL }, async () => {
  for (let next; (next = queue.shift()); ) problems.push(...(await found(next)));
}));
for (const problem of problems) console.error(problem);
assert.deepEqual(problems.length, 0, 'each fault is found by exactly its checks');
console.log(`conformance: ${names.length} faults in ${hands.length} wrong clients, each found by its checks and no others`);

/** Faults whose checks differ, and that change different methods: one would undo the other. */
function together(names) {
  const hands = [];
  for (const name of names) {
    const shares = (one, other) => one.some((item) => other.includes(item));
    const fits = (hand) => !hand.some((other) => shares(expected[other], expected[name]) || shares(methods(other), methods(name)));
    const hand = hands.find(fits);
    if (hand) hand.push(name);
    else hands.push([name]);
  }
  return hands;
}

function methods(name) {
  const [kind, faults] = Object.entries({ clientFaults, partnerFaults, verifierFaults }).find(([, faults]) => Object.hasOwn(faults, name));
  const changed = Object.getOwnPropertyNames(faults[name](class {}).prototype).filter((method) => method !== 'constructor');
  return [...new Set(changed.map((method) => `${kind} ${ROTATION.has(method) ? 'rotation' : method}`))];
}

async function found({ faults, patients }) {
  const start = 'exec node examples/wrong/adapter.mjs';
  const args = ['--start', start, '--shared', '--code', '000000', '--look-again', '1', ...patients.flatMap((email) => ['--email', email])];
  const { status, output, report } = await run(args, { FAULTS: faults.join(','), POSTERN_API_KEY: apiKey });
  if (!report) return [`${faults}: no report\n${output}`];
  const failed = report.checks.filter(({ result }) => result === 'failed').map(({ id }) => id).sort();
  const wanted = faults.flatMap((name) => expected[name]).sort();
  const extra = failed.filter((id) => !wanted.includes(id));
  const missed = wanted.filter((id) => !failed.includes(id));
  if (extra.length === 0 && missed.length === 0 && report.notRun === 0 && status === 1) return [];
  return [`${faults}: missed [${missed}], found besides [${extra}], status ${status}, ${report.notRun} not run (${report.seconds} s)\n${output}`];
}
