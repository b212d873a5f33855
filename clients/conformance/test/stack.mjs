// What the tests need of the stack beside them: a sandbox organization with patients, made by `postern`.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const here = new URL('..', import.meta.url).pathname;

/** Runs of a file that go on at once. Two files do, and half of a run is waiting. */
export const PARALLEL = availableParallelism();

export async function postern(args, input) {
  const child = promisify(execFile)(process.env.POSTERN ?? 'postern', [...args, '--output', 'json']);
  child.child.stdin.end(input);
  return JSON.parse((await child).stdout);
}

/** A sandbox organization: its API key, and addresses of patients. */
export async function sandbox(patients) {
  const { id } = await postern(['organization', 'create', '--name', 'Conformance', '--sandbox']);
  const { apiKey } = await postern(['api-key', 'create', '--organization', id]);
  const emails = Array.from({ length: patients }, (_, turn) => `patient-${turn}@example.com`);
  await postern(['user', 'import', '--organization', id, '--format', 'csv', '-'], ['email', ...emails].join('\n'));
  return { apiKey, emails };
}

/** Runs a command, and returns its exit status and what it wrote. */
export async function execute(command, args, options) {
  const child = spawn(command, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (output += part));
  const [status] = await once(child, 'close');
  return { status, output };
}

/** Runs the runner, and returns its exit status, its output, and the report in both forms. */
export async function run(args, env) {
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  try {
    const all = ['run.mjs', '--api', process.env.POSTERN_API, '--report', join(folder, 'report'), ...args];
    const ended = await execute(process.execPath, all, { cwd: here, env: { ...process.env, ...DEMO, ...env } });
    return { ...ended, ...(await reports(folder)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The report of a folder in both forms, if there is one. */
export async function reports(folder, name = 'report') {
  const [text, markdown] = await Promise.all(['json', 'md'].map((form) => readFile(join(folder, `${name}.${form}`), 'utf8').catch(() => undefined)));
  return { text, markdown, report: text && JSON.parse(text) };
}

export const DEMO = {
  PARTNER_ID: 'demo-partner',
  PARTNER_SECRET: 'demo-partner-secret',
  ORGANIZATION_ID: '11111111-1111-4111-8111-111111111111',
  ORGANIZATION_SECRET: 'demo-organization-secret',
  USER_ID: '33333333-3333-4333-8333-333333333333',
};
