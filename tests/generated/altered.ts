// The client of openapi-generator's typescript-fetch decodes every answer with unknown fields and words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import * as client from './client';

type Case = { operation: string; status: number; schema?: string; body?: Record<string, unknown> };

const headers = { xPartnerId: 'p', xPartnerSecret: 's', xOrganizationId: 'o', xOrganizationSecret: 's', xUserId: 'u' };
const login = { organization: 'o', passwordCredentials: { username: 'u', password: 'p' } };
const user = { accessToken: 't', clientId: 'c' };

const calls = (configuration: client.Configuration): Record<string, () => Promise<unknown>> => {
  const portal = new client.PortalApi(configuration);
  const partner = new client.PartnerApi(configuration);
  const password = new client.PasswordApi(configuration);
  const sso = new client.SsoApi(configuration);
  return {
    sendPortalOtp: () => portal.sendPortalOtp({ portalSendOtp: { channel: 'EMAIL', email: 'a@example.com' } }),
    verifyPortalOtp: () => portal.verifyPortalOtp({ portalVerifyOtp: { email: 'a@example.com', code: '123456' } }),
    refreshPortalSession: () => portal.refreshPortalSession({ portalPresentedToken: { refreshToken: 't' } }),
    endPortalSession: () => portal.endPortalSession({ portalPresentedToken: { refreshToken: 't' } }),
    getPortalUser: () => portal.getPortalUser(),
    issuePartnerToken: () => partner.issuePartnerToken({ ...headers, partnerGrant: { grantType: 'client_credentials', scope: ['create:patient'] } }),
    validatePartnerToken: () => partner.validatePartnerToken({ organizationId: 'o', xOrganizationSecret: 's' }),
    getPartnerKeys: () => partner.getPartnerKeys(),
    checkPartnerKeys: () => partner.checkPartnerKeys(),
    logInPasswordUser: () => password.logInPasswordUser({ api: 'patient', ...login }),
    logInPasswordUserByAlias: () => password.logInPasswordUserByAlias(login),
    logInPasswordUserBySecondAlias: () => password.logInPasswordUserBySecondAlias(login),
    getPasswordAccount: () => password.getPasswordAccount({ api: 'patient', organization: 'o' }),
    logOutPasswordUser: () => password.logOutPasswordUser({ api: 'patient', organization: 'o' }),
    signInSsoUser: () => sso.signInSsoUser({ clientId: 'c', email: 'a@example.com', password: 'p' }),
    signOutSsoUser: () => sso.signOutSsoUser({ ...user, email: 'a@example.com', password: 'p' }),
    getSsoUser: () => sso.getSsoUser(user),
    getSsoUserByPost: () => sso.getSsoUserByPost(user),
  };
};

/** Which of the two refusals it is. The generator's type for both together keeps no field that is new. */
const branch = (schema: string, body: Case['body']) => schema.replace(/(.*)OrGateway/, body?.statusCode ?? body?.status ? '$1' : 'Gateway');

/** What a model has of the answer, under the answer's names. */
function encoded(schema: string, decoded: unknown): unknown {
  const models: Record<string, unknown> = client as never;
  const encode = models[`${schema}ToJSON`] as (model: unknown) => unknown;
  return JSON.parse(JSON.stringify(encode(decoded)));
}

/** Models have some fields under two names, so they have more than the answer. */
function contains(actual: unknown, expected: unknown, name: string): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), name);
    assert.equal(actual.length, expected.length, name);
    for (const [place, inner] of expected.entries()) contains(actual[place], inner, `${name}[${place}]`);
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [key, inner] of Object.entries(expected)) contains((actual as Record<string, unknown>)?.[key], inner, `${name}.${key}`);
  } else {
    assert.equal(actual, expected, name);
  }
}

const cases: Case[] = JSON.parse(readFileSync(process.env.POSTERN_CASES!, 'utf8'));

async function main() {
  for (const [number, { operation, status, schema, body }] of cases.entries()) {
    const name = `${operation} ${status}`;
    const basePath = `${process.env.POSTERN_ANSWERS}/${number}`;
    const call = calls(new client.Configuration({ basePath, apiKey: 'k', accessToken: 't' }))[operation];
    assert.ok(call, `no call of ${operation}`);
    let decoded: unknown;
    if (status < 300) {
      decoded = await call();
    } else {
      const refused = await call().then(() => assert.fail(`${name} was taken for a success`), (error: unknown) => error);
      assert.ok(refused instanceof client.ResponseError, `${name}: ${refused}`);
      assert.equal(refused.response.status, status);
      if (schema === undefined) continue;
      const models: Record<string, unknown> = client as never;
      const decode = models[`${branch(schema, body)}FromJSON`] as (json: unknown) => unknown;
      decoded = decode(await refused.response.json());
    }
    if (schema === undefined) assert.equal(decoded, undefined, name);
    else contains(encoded(branch(schema, body), decoded), body, name);
  }
  console.log(`ok: openapi-generator's TypeScript client decodes ${cases.length} answers with unknown fields and words`);
}

main();
