// The four flows and the refusals that a partner meets, with the client of openapi-generator's typescript-fetch.
import assert from 'node:assert/strict';

import * as client from './client';

const basePath = process.env.POSTERN_API!;
const organizationId = '11111111-1111-4111-8111-111111111111';
const demo = { organization: organizationId, api: 'patient' };
const email = 'patient@example.com';
const partnerHeaders = {
  xPartnerId: 'demo-partner',
  xPartnerSecret: 'demo-partner-secret',
  xOrganizationId: organizationId,
  xOrganizationSecret: 'demo-organization-secret',
  xUserId: '33333333-3333-4333-8333-333333333333',
};
const ssoLogin = { clientId: '18550', email: 'xyz@example.com', password: 'demo-password-1' };

const portal = (accessToken = '', apiKey = 'demo-portal-key') => new client.PortalApi(new client.Configuration({ basePath, apiKey, accessToken }));
const partner = (accessToken = '') => new client.PartnerApi(new client.Configuration({ basePath, accessToken }));
const password = (accessToken = '') => new client.PasswordApi(new client.Configuration({ basePath, accessToken }));
const sso = (apiKey = 'demo-client-token') => new client.SsoApi(new client.Configuration({ basePath, apiKey }));

/** The refusal of a call, typed by the generated decoder. */
async function refusal<T>(call: Promise<unknown>, status: number, decode: (json: unknown) => T): Promise<T> {
  const error = await call.then(() => assert.fail('not refused'), (thrown: unknown) => thrown);
  assert.ok(error instanceof client.ResponseError, String(error));
  assert.equal(error.response.status, status);
  return decode(await error.response.json());
}

/** The code of the newest mail, from the local stack's inbox. */
async function code(): Promise<string> {
  for (let looks = 0; looks < 100; looks += 1) {
    const messages: unknown = await (await fetch(`${process.env.POSTERN_CONSOLE}/messages`)).json();
    const found = /\b[0-9]{6}\b/.exec(JSON.stringify(messages));
    if (found) return found[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return assert.fail('no code was sent');
}

async function signIn(): Promise<client.PortalTokens> {
  await fetch(`${process.env.POSTERN_CONSOLE}/messages`, { method: 'DELETE' });
  const sent = await portal().sendPortalOtp({ idempotencyKey: crypto.randomUUID(), portalSendOtp: { channel: 'EMAIL', email } });
  assert.equal(sent.success, true);
  return portal().verifyPortalOtp({ portalVerifyOtp: { email, code: await code() } });
}

async function ofThePortal() {
  const first = await signIn();
  const me = await portal(first.accessToken).getPortalUser();
  assert.equal(me.data.email, email);
  assert.equal(me.data.organizationId, organizationId);

  const rotate = (refreshToken: string, idempotencyKey: string) => portal().refreshPortalSession({ idempotencyKey, portalPresentedToken: { refreshToken } });
  const key = crypto.randomUUID();
  const second = await rotate(first.refreshToken, key);
  assert.equal((await rotate(first.refreshToken, key)).refreshToken, second.refreshToken, 'a lost answer is made good');
  await portal().endPortalSession({ portalPresentedToken: { refreshToken: second.refreshToken } });

  const refused = async (call: Promise<unknown>, status: number, expected: string) => {
    const { code, success } = await refusal(call, status, client.PortalRefusalFromJSON);
    assert.deepEqual([code, success], [expected, false]);
  };
  await refused(rotate(second.refreshToken, crypto.randomUUID()), 401, 'REFRESH_REUSED');
  await refused(rotate('x'.repeat(43), crypto.randomUUID()), 401, 'REFRESH_INVALID');
  await refused(portal().verifyPortalOtp({ portalVerifyOtp: { email: 'nobody@example.com', code: '000000' } }), 401, 'UNAUTHORIZED');
  await refused(portal().sendPortalOtp({ portalSendOtp: { channel: 'SMS', phoneNumber: '5551234567' } }), 400, 'VALIDATION_ERROR');
  await refused(portal('', 'unknown').sendPortalOtp({ portalSendOtp: { channel: 'EMAIL', email } }), 404, 'NOT_FOUND');
  await refused(portal('forged').getPortalUser(), 401, 'VALIDATION_ERROR');
}

async function ofAPartner() {
  const partnerGrant = { grantType: 'client_credentials', scope: ['create:patient'] } satisfies client.PartnerGrant;
  const issued = await partner().issuePartnerToken({ ...partnerHeaders, partnerGrant });
  assert.deepEqual(issued.data.scope, ['create:patient']);
  assert.ok(Math.abs(issued.timestamp.getTime() - Date.now()) < 3_600_000);
  const validate = (xOrganizationSecret: string) => partner(issued.data.accessToken).validatePartnerToken({ organizationId, xOrganizationSecret });
  assert.equal((await validate(partnerHeaders.xOrganizationSecret)).data.validated, true);
  const keys = await partner().getPartnerKeysRaw({});
  assert.ok((await keys.value()).keys.every(({ kty }) => kty === 'RSA'));
  const ifNoneMatch = keys.raw.headers.get('etag')!;
  const unchanged = await partner().checkPartnerKeys({ ifNoneMatch }).catch((error: client.ResponseError) => error.response.status);
  assert.equal(unchanged, 304);

  const wrongSecret = await refusal(validate('wrong'), 401, client.PartnerRefusalFromJSON);
  assert.match(wrongSecret.error.detail, /secret/);
  const wrongPartner = partner().issuePartnerToken({ ...partnerHeaders, partnerGrant, xPartnerSecret: 'wrong' });
  assert.equal((await refusal(wrongPartner, 401, client.PartnerRefusalFromJSON)).statusCode, 401);
  const wrongScope = partner().issuePartnerToken({ ...partnerHeaders, partnerGrant: { ...partnerGrant, scope: ['read:minds' as client.PartnerScope] } });
  const invalid = await refusal(wrongScope, 422, client.PartnerRefusalFromJSON);
  assert.equal(invalid.error.validation?.[0]?.code, 'VALIDATION_ERROR');
}

async function ofAPassword() {
  const passwordCredentials = { username: 'demo', password: 'demo-password-1' };
  const { token, tokenType } = await password().logInPasswordUser({ ...demo, passwordCredentials });
  assert.equal(tokenType, 'Bearer');
  assert.equal((await password(token).getPasswordAccount(demo)).username, 'demo');
  await password(token).logOutPasswordUser(demo);

  const wrong = password().logInPasswordUser({ ...demo, passwordCredentials: { ...passwordCredentials, password: 'wrong' } });
  assert.equal((await refusal(wrong, 401, client.PasswordRefusalFromJSON)).message, 'Invalid credentials');
  const elsewhere = password().logInPasswordUser({ ...demo, api: 'unknown', passwordCredentials });
  assert.equal((await refusal(elsewhere, 404, client.PasswordRefusalFromJSON)).statusCode, 404);
}

async function ofAnExchange() {
  const { accessToken } = await sso().signInSsoUser(ssoLogin);
  const asked = { accessToken, clientId: ssoLogin.clientId };
  const user = await sso().getSsoUser(asked);
  assert.equal(user.email, ssoLogin.email);
  assert.equal(user.isActive, true);
  assert.equal((await sso().getSsoUserByPost(asked)).id, user.id);
  assert.equal((await sso().signOutSsoUser({ ...asked, ...ssoLogin })).error, false);

  const refused = async (call: Promise<unknown>, status: number) => {
    assert.equal((await refusal(call, status, client.SsoRefusalFromJSON)).code, 401);
  };
  await refused(sso().getSsoUser(asked), 404);
  await refused(sso('wrong').signInSsoUser(ssoLogin), 401);
  await refused(sso().signInSsoUser({ ...ssoLogin, password: 'wrong' }), 404);
}

(async () => {
  for (const flow of [ofThePortal, ofAPartner, ofAPassword, ofAnExchange]) await flow();
  console.log("ok: four flows and 14 refusals with openapi-generator's TypeScript client");
})();
