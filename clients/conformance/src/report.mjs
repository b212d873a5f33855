// The report that a partner hands in: JSON for programs, Markdown for people. It names no secret and no patient.
const DOCUMENT = 'docs/integrate.md';
const UNDISTURBED = 'nothing is disturbed';
const SIGNS = { passed: '✓ passed', failed: '✗ **failed**', 'not run': '– not run' };

/** What the runner can't see. Whoever hands the report in answers for it. */
const unseen = [
  'The address of the API, keys and secrets come from configuration, the secret ones from a secret store; none is in a page, an app or a repository.',
  'In production all calls are made over HTTPS, and certificates are checked: here the client talks to a proxy on loopback.',
  'Tokens are stored where docs/integrate.md says, and not in localStorage, sessionStorage or a URL.',
  'Pages say "if we know this address, a code is on its way", and let the patient change the address and ask again.',
  'x-end-user-ip, if it is sent, is the address of the connection, not one that the client named.',
  'X-Request-Id is in the logs.',
  "The clock of the client's machine was not moved: a server with another clock was simulated.",
  'Keys of partner tokens that were withdrawn are given up after five minutes.',
  'A partner validates each integration once, drops a token after a 401, and changes over while two secrets are good.',
  'The password surface and the identity provider.',
];

export function summary({ settings, api, version, results, startedAt, seconds }) {
  const count = (result) => results.filter((one) => one.result === result).length;
  const [passed, failed, notRun] = ['passed', 'failed', 'not run'].map(count);
  return {
    report: 'postern-conformance',
    version,
    client: settings.client,
    verdict: failed > 0 ? 'failed' : notRun > 0 ? 'incomplete' : 'passed',
    passed,
    failed,
    notRun,
    run: { api, startedAt: startedAt.toISOString(), seconds: tenths(seconds), node: process.version, ...conditions(settings) },
    checks: results.map(({ id, title, anchor, made, result, why, failures, evidence, seconds }) => ({
      id, title, document: `${DOCUMENT}#${anchor}`, situation: made ?? UNDISTURBED, result, why, failures, evidence, seconds: tenths(seconds),
    })),
    unseen,
  };
}

/** What a reader has to know of the run to judge it. */
function conditions({ url, command, shared, code, parallel, lookAgain }) {
  return {
    adapter: url ? 'ran already' : command ? 'a command for each call' : `started by the runner, ${shared ? 'sessions shared by processes' : 'one process'}`,
    codes: code ? 'a sandbox organization' : "a local stack's inbox",
    checksAtOnce: parallel,
    secondsBetweenLooksForKeys: lookAgain,
  };
}

const VERDICTS = {
  passed: () => '**Passed:** every check.',
  incomplete: ({ passed, notRun }) => `**Incomplete:** ${passed} checks passed, none failed, ${notRun} were not run.`,
  failed: ({ passed, failed, notRun }) => `**Failed:** ${failed} checks failed, ${passed} passed, ${notRun} were not run.`,
};

export function markdown(report) {
  const { client, version, verdict, run, checks } = report;
  const of = (result) => checks.filter((check) => check.result === result);
  const lines = [
    `# Conformance of ${inline(client)}`, '', VERDICTS[verdict](report), '',
    '| | |', '|---|---|',
    `| runner | postern-conformance ${version}, Node ${run.node}, ${run.checksAtOnce} checks at once |`,
    `| begun | ${run.startedAt}, took ${run.seconds} s |`,
    `| API | ${cell(run.api)} |`,
    `| adapter | ${run.adapter} |`,
    `| codes | of ${run.codes} |`,
    `| looks for an unknown key | ${run.secondsBetweenLooksForKeys} s apart |`, '',
    ...section('Failed', of('failed').flatMap(failure)),
    ...section('Not run', of('not run').map(({ id, why }) => `- ${id}: ${inline(why)}`)),
    ...section('All checks', [
      '| check | what the client does | result |', '|---|---|---|',
      ...checks.map(({ id, title, result }) => `| ${id} | ${cell(title)} | ${SIGNS[result]} |`),
    ]),
    ...section('How the situations were made', of('passed').filter(({ situation }) => situation !== UNDISTURBED)
      .map(({ id, situation }) => `- ${id}: ${inline(situation)}.`)),
    ...section('What was not looked at', [
      'The runner can\'t see these. Whoever hands this report in answers for them.', '', ...report.unseen.map((sentence) => `- ${inline(sentence)}`),
    ]),
  ];
  return lines.join('\n');
}

function section(title, lines) {
  return lines.length > 0 ? [`## ${title}`, '', ...lines, ''] : [];
}

function failure({ id, title, document, situation, failures, evidence }) {
  const requests = evidence.filter((session) => session.length > 0).flatMap((session) => ['', '```text', ...session, '```']);
  return [
    `### ${id}`, '', `${inline(title)}. See ${document}.`, '', `Situation: ${inline(situation)}.`, '', 'Expected, and not seen:', '',
    ...failures.map((sentence) => `- ${inline(sentence)}`), ...requests, '',
  ];
}

function tenths(seconds) {
  return Math.round(seconds * 10) / 10;
}

function inline(text) {
  return text.replace(/\s+/g, ' ').replace(/([\\`*_[\]<>])/g, '\\$1');
}

function cell(text) {
  return inline(text).replaceAll('|', '\\|');
}
