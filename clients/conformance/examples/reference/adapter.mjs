// The adapter of the reference client: seven calls over HTTP on loopback. README.md says what each has to answer.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

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

export function serve(table, port) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const call = table[request.url.slice(1)];
    const answer = call ? await outcome(call, JSON.parse(Buffer.concat(chunks) || '{}')) : { error: 'not-supported' };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  server.listen(port, '127.0.0.1');
}

async function outcome(call, input) {
  try {
    return { ok: true, ...(await call(input)) };
  } catch (failure) {
    return { error: failure.word ?? 'bug', seconds: failure.seconds };
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const settings = configured();
  serve(calls(new Client(settings), new Partner(settings), new Verifier(settings)), process.env.PORT);
}
