// The adapter of the kit for TypeScript. In a project of your own its import is '@postern/client'.
import { join } from 'node:path';

import {
  AccessTokenInvalidError, FileStore, KeysUnavailableError, NoAnswerError, NotSignedInError, PosternClient, RefusalError,
  SessionEndedError, TokenNotVerifiedError, UnauthorizedError,
} from '../../../typescript/dist/index.js';
import { adapter } from '../serve.mjs';

const { POSTERN_API, POSTERN_API_KEY, SESSIONS, PARTNER_ID, PARTNER_SECRET, ORGANIZATION_ID, ORGANIZATION_SECRET, USER_ID } = process.env;
const postern = new PosternClient({ baseUrl: POSTERN_API });
const portal = postern.portal({ apiKey: POSTERN_API_KEY });
const verifier = postern.tokenVerifier();
const partner = PARTNER_ID && postern.partner({ partnerId: PARTNER_ID, partnerSecret: PARTNER_SECRET });
const clinic = { organizationId: ORGANIZATION_ID, organizationSecret: ORGANIZATION_SECRET, userId: USER_ID, scope: ['create:patient'] };

const sessions = new Map();

/** Sessions are files, so that they outlive the process and are shared. One object for each: its calls share a refresh. */
function session(name) {
  if (!sessions.has(name)) sessions.set(name, portal.session(store(name)));
  return sessions.get(name);
}

function store(name) {
  return new FileStore(join(SESSIONS, name));
}

function identifier({ email, phoneNumber }) {
  return email ? { email } : { phoneNumber };
}

const calls = {
  begin: (input) => portal.sendCode(identifier(input)),
  complete: async (input) => void (await portal.verifyCode(input.code, store(input.session), identifier(input))),
  me: async (input) => ({ userId: (await session(input.session).me()).userId }),
  refresh: (input) => session(input.session).refresh(),
  logout: (input) => session(input.session).logout(),
  verify: async ({ token }) => void (await verifier.verify(token, { organizationId: null })),
};
if (partner) calls['partner-token'] = async () => void (await partner.token(clinic));

/** What went wrong, in the runner's words. */
function word(error) {
  if (error instanceof NotSignedInError || error instanceof SessionEndedError || error instanceof AccessTokenInvalidError) return 'sign-in';
  if (error instanceof UnauthorizedError) return 'code';
  if (error instanceof TokenNotVerifiedError) return 'token';
  if (error instanceof NoAnswerError || error instanceof KeysUnavailableError) return 'unavailable';
  if (!(error instanceof RefusalError)) return undefined;
  if (error.status === 429) return 'wait';
  return error.status >= 500 ? 'unavailable' : 'request';
}

function worded(call) {
  return (input) => call(input).catch((error) => {
    throw Object.assign(error, { word: word(error) });
  });
}

await adapter(Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, worded(call)])));
