// The command line and the environment, in a checked form.
import { parseArgs } from 'node:util';

export const usage = `usage: node run.mjs --api URL ADAPTER PATIENT… CODES [options]

--api URL           the API: a local stack or a deployed sandbox (or POSTERN_API)

The adapter, one of
--adapter URL       listens there; configure your client with http://127.0.0.1:PORT as the API's address (--port)
--start COMMAND     the runner starts it; it listens on PORT, and its client takes the API's address from POSTERN_API
--command COMMAND   the runner calls COMMAND begin, COMMAND complete …, with JSON on standard input and output

Patients who may sign in, one or more; with more it is faster
--email ADDRESS     --phone NUMBER

Codes, one of them or both
--code 000000       what every code of a sandbox organization is
--console URL       the console of a local stack, whose inbox has the codes: http://127.0.0.1:9001
                    With it the report says why the API refused a request, and tokens under the API's own keys are tried

--port PORT         where the proxy listens for the client; 9400 with --adapter, else any free one
--shared            with --start: sessions outlive the process, and two processes share them (in the folder SESSIONS)
--look-again SECONDS    how long your client waits between two looks for an unknown key of partners' tokens; 60
--log FILE          a log of your client that is searched for secrets; may be repeated
--name TEXT         the client's name and version in the report
--report PATH       writes PATH.json and PATH.md; conformance
--only ID,ID        these checks alone, and "sign-in"; --list shows all
--skip ID,ID        all but these
--serial            one check at a time, for an adapter with one session
`;

export class UsageError extends Error {}

const OPTIONS = {
  api: { type: 'string' }, adapter: { type: 'string' }, start: { type: 'string' }, command: { type: 'string' },
  email: { type: 'string', multiple: true }, phone: { type: 'string', multiple: true },
  code: { type: 'string' }, console: { type: 'string' }, port: { type: 'string' }, shared: { type: 'boolean' },
  'look-again': { type: 'string' }, log: { type: 'string', multiple: true }, name: { type: 'string' },
  report: { type: 'string' }, only: { type: 'string' }, skip: { type: 'string' }, list: { type: 'boolean' }, serial: { type: 'boolean' },
  help: { type: 'boolean' },
};

export function options(args, env) {
  const given = parsed(args);
  if (given.help || given.list) return given;
  const one = (names) => {
    const chosen = names.filter((name) => given[name] !== undefined);
    if (chosen.length !== 1) throw new UsageError(`give exactly one of ${names.map((name) => `--${name}`).join(', ')}`);
  };
  one(['adapter', 'start', 'command']);
  if (given.code === undefined && given.console === undefined) throw new UsageError('give --code or --console: where do codes come from?');
  const identifiers = [...(given.email ?? []).map((email) => ({ email })), ...(given.phone ?? []).map((phoneNumber) => ({ phoneNumber }))];
  if (identifiers.length === 0) throw new UsageError('give a patient: --email or --phone');
  if (given.code !== undefined && !/^[0-9]{6}$/.test(given.code)) throw new UsageError('--code: six digits');
  return {
    api: url('api', given.api ?? env.POSTERN_API),
    url: given.adapter && url('adapter', given.adapter).replace(/\/$/, ''),
    start: given.start,
    command: given.command,
    identifiers,
    code: given.code,
    console: given.console && url('console', given.console),
    port: number('port', given.port ?? (given.adapter ? '9400' : '0'), 65_535),
    shared: given.shared,
    lookAgain: number('look-again', given['look-again'] ?? '60', 600),
    log: given.log ?? [],
    client: given.name ?? 'a client without a name (--name)',
    report: given.report ?? 'conformance',
    only: given.only?.split(','),
    skip: given.skip?.split(',') ?? [],
    parallel: given.serial ? 1 : 16,
    key: env.POSTERN_API_KEY,
  };
}

function parsed(args) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function url(name, text) {
  if (!text || !URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new UsageError(`--${name}: an http(s) URL`);
  return text;
}

function number(name, text, most) {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > most) throw new UsageError(`--${name}: a number from 0 to ${most}`);
  return Number(text);
}
