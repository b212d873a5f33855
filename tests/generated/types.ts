// The types of openapi-typescript, with its client openapi-fetch: a flow, and a refusal that the compiler knows the fields of.
import assert from 'node:assert/strict';

import createClient from 'openapi-fetch';

import type { components, paths } from './openapi';

type Refusal = components['schemas']['PasswordRefusal'];

const api = createClient<paths>({ baseUrl: process.env.POSTERN_API! });
const header = { organization: '11111111-1111-4111-8111-111111111111' };

async function logIn(password: string) {
  return api.POST('/{api}/auth', { params: { path: { api: 'patient' }, header }, body: { username: 'demo', password } });
}

(async () => {
  const { data } = await logIn('demo-password-1');
  assert.ok(data);
  const account = await api.GET('/{api}/users/account', {
    params: { path: { api: 'patient' }, header },
    headers: { authorization: `Bearer ${data.token}` },
  });
  const username: string | null | undefined = account.data?.username;
  assert.equal(username, 'demo');

  const { error, response } = await logIn('wrong');
  assert.equal(response.status, 401);
  const { message, statusCode } = error as Refusal;
  assert.deepEqual([message, statusCode], ['Invalid credentials', 401]);
  console.log('ok: a flow and a refusal with the types of openapi-typescript');
})();
