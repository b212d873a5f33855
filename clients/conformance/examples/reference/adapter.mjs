// The adapter of the reference client: `node adapter.mjs` listens on PORT, `node adapter.mjs CALL` makes one call.
import { pathToFileURL } from 'node:url';

import { adapter } from '../serve.mjs';
import { Client, Failure } from './client.mjs';
import { Partner, Verifier } from './partner.mjs';
import { Store } from './store.mjs';

export function calls({ client, partner, verifier }) {
  return {
    begin: ({ email, phoneNumber }) => client.send({ email, phoneNumber }),
    complete: ({ session, email, phoneNumber, code }) => client.verify(session, { email, phoneNumber }, code),
    me: async ({ session }) => ({ userId: (await client.me(session)).userId }),
    refresh: async ({ session }) => void (await client.refresh(session)),
    logout: ({ session }) => client.logout(session),
    ...(partner && { 'partner-token': async () => void (await partner.token()) }),
    ...(verifier && {
      verify: async ({ token }) => {
        if (!(await verifier.claims(token))) throw new Failure('token');
      },
    }),
  };
}

/** The clients of the environment. A command ends after each call, so it caches neither token nor keys, and has neither call. */
export function configured(env = process.env, kinds = { Client, Partner, Verifier }) {
  const api = env.POSTERN_API;
  const headers = {
    'x-partner-id': env.PARTNER_ID,
    'x-partner-secret': env.PARTNER_SECRET,
    'x-organization-id': env.ORGANIZATION_ID,
    'x-organization-secret': env.ORGANIZATION_SECRET,
    'x-user-id': env.USER_ID,
  };
  const lives = process.argv.length === 2;
  return {
    client: new kinds.Client({ api, key: env.POSTERN_API_KEY, store: new Store(env.SESSIONS) }),
    partner: lives && env.PARTNER_ID && new kinds.Partner({ api, headers }),
    verifier: lives && new kinds.Verifier({ api, lookAgain: Number(env.JWKS_LOOK_AGAIN ?? 60) }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await adapter(calls(configured()));
