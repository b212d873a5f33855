#!/usr/bin/env node
// Drives a partner's client through what docs/integrate.md asks for, and writes a report. README.md says how.
// Exit status: 0 if no check failed, 1 if one did, 2 if the checks could not run.
import { readFile, writeFile } from 'node:fs/promises';

import { Bench } from './src/bench.mjs';
import { checks } from './src/check.mjs';
import { options, usage, UsageError } from './src/options.mjs';
import { markdown, summary } from './src/report.mjs';

const LEFT_OUT = ['--skip leaves it out', '--only leaves it out'];

async function main() {
  const settings = options(process.argv.slice(2), process.env);
  if (settings.help) return console.log(usage);
  if (settings.list) return console.log(checks.map(({ id, title }) => `${id.padEnd(24)}${title}`).join('\n'));
  const leftOut = skipped(settings);
  const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url)));
  const startedAt = new Date();
  const bench = new Bench(settings);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void bench.close().then(() => process.exit(2)));
  try {
    await bench.open();
    if (settings.url) console.error(`the client under test calls ${bench.proxy.url}`);
    const results = await bench.results(leftOut);
    const seconds = (Date.now() - startedAt) / 1000;
    const report = summary({ settings, api: bench.proxy.api, version, results, startedAt, seconds });
    const people = settings.identifiers.map(({ email, phoneNumber }) => email ?? phoneNumber);
    const written = (text) => bench.proxy.secrets.redacted(text, people, settings.code); // a sandbox's code is no secret
    await writeFile(`${settings.report}.json`, written(`${JSON.stringify(report, null, 2)}\n`));
    await writeFile(`${settings.report}.md`, written(markdown(report)));
    print(report, written);
    console.log(`${report.passed} passed, ${report.failed} failed, ${report.notRun} not run: ${settings.report}.json, ${settings.report}.md`);
    process.exitCode = report.failed > 0 ? 1 : 0;
  } finally {
    await bench.close();
  }
}

/** Why a check is not run. The first is: without a patient who can sign in, no other can be. */
function skipped({ only, skip }) {
  const known = checks.map(({ id }) => id);
  for (const [option, ids] of Object.entries({ only: only ?? [], skip })) {
    const unknown = ids.filter((id) => !known.includes(id));
    if (unknown.length > 0) throw new UsageError(`--${option}: no check is named ${unknown.join(', ')}; --list shows all`);
  }
  if (skip.includes(known[0])) throw new UsageError(`--skip: ${known[0]} comes first, and can't be left out`);
  return (id) => {
    if (skip.includes(id)) return LEFT_OUT[0];
    return only && id !== known[0] && !only.includes(id) ? LEFT_OUT[1] : undefined;
  };
}

function print({ checks }, written) {
  for (const { id, result, failures, why } of checks.filter(({ why }) => !LEFT_OUT.includes(why))) {
    console.log(`${{ passed: 'ok      ', failed: 'FAILED  ', 'not run': 'not run ' }[result]}${id}${why ? `: ${why}` : ''}`);
    for (const failure of failures) console.log(written(`        ${failure}`));
  }
}

main().catch((error) => {
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : `conformance: ${error.message}`);
  process.exitCode = 2;
});
