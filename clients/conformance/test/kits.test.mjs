// The kits pass every check. With EACH=1 that of rotated keys, too: a kit looks for an unknown key once a minute.
// Run beside a stack: `make test-conformance`, which builds them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PARALLEL, run, sandbox } from './stack.mjs';

const PATIENTS = 4;
const kits = {
  typescript: 'exec node examples/typescript/adapter.mjs',
  python: 'exec "$KIT_PYTHON" -B examples/python/adapter.py',
};
const skipped = process.env.EACH ? [] : ['keys-rotated'];

/** What is known to be missing in a kit. What is listed and passes fails the test. */
const known = {
  typescript: [],
  python: [],
};

describe('the kits', { concurrency: PARALLEL }, async () => {
  const { apiKey, emails } = await sandbox(PATIENTS * Object.keys(kits).length);
  for (const [turn, [kit, start]] of Object.entries(kits).entries()) {
    const patients = emails.slice(turn * PATIENTS, (turn + 1) * PATIENTS).flatMap((email) => ['--email', email]);
    test(`the kit for ${kit}`, async () => {
      const skip = skipped.flatMap((id) => ['--skip', id]);
      const codes = ['--code', '000000', '--console', process.env.POSTERN_CONSOLE];
      const { output, report } = await run(['--start', start, '--shared', ...skip, ...codes, ...patients], { POSTERN_API_KEY: apiKey });
      assert(report, output);
      const failed = report.checks.filter(({ result }) => result === 'failed').map(({ id }) => id);
      assert.deepEqual([failed, report.notRun], [known[kit], skipped.length], output);
    });
  }
});
