// The report that a partner hands in: JSON for programs, Markdown for people. It names no secret and no patient.
const DOCUMENT = 'docs/integrate.md';

/** What no proxy can see. Whoever hands the report in answers for it. */
export const unseen = [
  'The address of the API, keys and secrets come from configuration, the secret ones from a secret store; none is in a page, an app or a repository.',
  'In production all calls are made over HTTPS, and certificates are checked: here the client talks to a proxy on loopback.',
  'Tokens are stored where docs/integrate.md says, and not in localStorage, sessionStorage or a URL.',
  'Pages say "if we know this address, a code is on its way", and let the patient change the address and ask again.',
  'x-end-user-ip, if it is sent, is the address of the connection, not one that the client named.',
  'X-Request-Id is in the logs.',
  'The clock of the machine of the client was not moved: a server with another clock was simulated.',
  'Keys of partner tokens that were withdrawn are given up after five minutes.',
  'The password surface and the identity provider.',
];

export function summary({ client, version, api, results, startedAt, seconds }) {
  const count = (result) => results.filter((one) => one.result === result).length;
  return {
    report: 'postern-conformance',
    version,
    client,
    api,
    startedAt: startedAt.toISOString(),
    seconds: Math.round(seconds * 10) / 10,
    passed: count('passed'),
    failed: count('failed'),
    notRun: count('not run'),
    checks: results.map(({ id, title, anchor, made, result, why, failures, evidence, seconds }) => ({
      id, title, document: `${DOCUMENT}#${anchor}`, situation: made ?? 'as it is', result, why, failures, evidence,
      seconds: Math.round(seconds * 100) / 100,
    })),
    unseen,
  };
}

export function markdown(report) {
  const { client, version, api, startedAt, seconds, passed, failed, notRun, checks } = report;
  const signs = { passed: '✓ passed', failed: '✗ **failed**', 'not run': '– not run' };
  const lines = [
    `# Conformance of ${inline(client)}`, '',
    `${passed} checks passed, ${failed} failed, ${notRun} were not run. postern-conformance ${version}, ${startedAt}, ${seconds} s, against ${inline(api)}.`, '',
    '| check | what the client does | result |', '|---|---|---|',
    ...checks.map(({ id, title, result }) => `| ${id} | ${cell(title)} | ${signs[result]} |`), '',
  ];
  const failing = checks.filter(({ result }) => result === 'failed');
  if (failing.length > 0) lines.push('## Failed', '');
  for (const { id, title, document, situation, failures, evidence } of failing) {
    lines.push(`### ${id}`, '', `${title}. See ${document}.`, '', `Situation: ${situation}.`, '', 'Expected, and not seen:', '',
      ...failures.map((failure) => `- ${inline(failure)}`), '');
    for (const session of evidence) if (session.length > 0) lines.push('```text', ...session, '```', '');
  }
  const missing = checks.filter(({ result }) => result === 'not run');
  if (missing.length > 0) lines.push('## Not run', '', ...missing.map(({ id, why }) => `- ${id}: ${inline(why)}`), '');
  const passing = checks.filter(({ result, situation }) => result === 'passed' && situation !== 'as it is');
  if (passing.length > 0) lines.push('## How the situations were made', '', ...passing.map(({ id, situation }) => `- ${id}: ${situation}.`), '');
  lines.push('## What was not looked at', '', 'No proxy can see these. Whoever hands this report in answers for them.', '',
    ...report.unseen.map((sentence) => `- ${sentence}`), '');
  return lines.join('\n');
}

/** The text without the secrets of the run and the patients' addresses, in the forms in which they may stand in JSON. */
export function redacted(text, secrets) {
  const forms = [...secrets].flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return [...new Set(forms)].sort((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
}

function inline(text) {
  return text.replace(/\s+/g, ' ').replace(/([\\`*_[\]<>])/g, '\\$1');
}

function cell(text) {
  return inline(text).replaceAll('|', '\\|');
}
