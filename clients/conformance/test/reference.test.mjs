// The reference client passes every check, by codes of an inbox and in a sandbox, and no report has a secret.
// Run beside a stack: `make test-conformance`.
import assert from 'node:assert/strict';

import { run, sandbox } from './stack.mjs';

const start = ['--start', 'exec node examples/reference/adapter.mjs', '--shared', '--look-again', '1', '--name', 'reference'];
const patients = (emails) => emails.flatMap((email) => ['--email', email]);

const { apiKey, emails } = await sandbox(4);
const passed = await run([...start, '--code', '000000', ...patients(emails)], { POSTERN_API_KEY: apiKey });
assert.equal(passed.status, 0, passed.output);
assert.deepEqual([passed.report.failed, passed.report.notRun], [0, 0], passed.output);
for (const secret of [apiKey, ...emails, 'demo-partner-secret', 'demo-organization-secret', 'eyJ']) {
  for (const text of [passed.text, passed.markdown]) assert(!text.includes(secret), 'the report has a secret or a patient');
}
console.log(`conformance: the reference client passes ${passed.report.passed} checks in ${passed.report.seconds} s`);

const inbox = ['--inbox', `${process.env.POSTERN_CONSOLE}/messages`, ...patients(['patient@example.com'])];
const codes = await run([...start, ...inbox, '--only', 'send-lost,send-fresh-key,code-is-text,logs'], { POSTERN_API_KEY: 'demo-portal-key' });
assert.equal(codes.status, 0, codes.output);
assert.equal(codes.report.passed, 5, codes.output);
console.log('conformance: codes come from the inbox, too');

const wrong = await run([...start, '--code', '000000', ...patients(['nobody@example.com'])], { POSTERN_API_KEY: apiKey });
assert.equal(wrong.status, 1);
assert.deepEqual([wrong.report.failed, wrong.report.passed], [1, 0], wrong.output);
const usage = await run(['--start', 'true', '--email', 'patient@example.com'], {});
assert.equal(usage.status, 2);
assert.match(usage.output, /exactly one of --code, --inbox/);
const ended = await run(['--start', 'exit 3', '--code', '000000', '--email', 'patient@example.com'], {});
assert.equal(ended.status, 2);
assert.match(ended.output, /the adapter ended with 3 before it listened/);
console.log('conformance: exit status 1 if a check failed, 2 if none could run');
