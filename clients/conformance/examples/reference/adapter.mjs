// The adapter of the reference client: `node adapter.mjs` listens on PORT, `node adapter.mjs CALL` makes one call.
import { pathToFileURL } from 'node:url';

import { adapter } from '../serve.mjs';
import { Client, Failure } from './client.mjs';
import { Partner, Verifier } from './partner.mjs';
import { Store } from './store.mjs';

export function calls(client, partner, verifier) {
  return {
    begin: ({ email, phoneNumber }) => client.send({ email, phoneNumber }),
    complete: ({ session, email, phoneNumber, code }) => client.verify(session, { email, phoneNumber }, code),
    me: async ({ session }) => ({ userId: (await client.me(session)).userId }),
    refresh: async ({ session }) => void (await client.refresh(session)),
    logout: ({ session }) => client.logout(session),
    'partner-token': async () => void (await partner.token()),
    verify: async ({ token }) => {
      if (!(await verifier.claims(token))) throw new Failure('token');
    },
  };
}

export function configured(env = process.env) {
  const api = env.POSTERN_API;
  const headers = {
    'x-partner-id': env.PARTNER_ID,
    'x-partner-secret': env.PARTNER_SECRET,
    'x-organization-id': env.ORGANIZATION_ID,
    'x-organization-secret': env.ORGANIZATION_SECRET,
    'x-user-id': env.USER_ID,
  };
  const lookAgain = Number(env.JWKS_LOOK_AGAIN ?? 60);
  return { api, key: env.POSTERN_API_KEY, store: new Store(env.SESSIONS), headers, lookAgain };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const settings = configured();
  const all = calls(new Client(settings), new Partner(settings), new Verifier(settings));
  // A command ends after each call, and token and keys are cached in memory.
  const { 'partner-token': token, verify, ...portal } = all;
  await adapter(process.argv.length > 2 ? portal : { ...portal, 'partner-token': token, verify });
}
