import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test, type TestContext } from "node:test";
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import {
  InsufficientScopeError,
  InvalidFieldsError,
  KeysUnavailableError,
  OrganizationSecretError,
  PartnerCredentialsError,
  TokenInvalidError,
  TokenNotVerifiedError,
  type Connection,
} from "@postern/client";
import { FaultProxy } from "./fault-proxy.js";
import { api, client, organization } from "./stack.js";

const PARTNER = { partnerId: "demo-partner", partnerSecret: "demo-partner-secret" };
const TOKEN = "POST /v1/token";
const JWKS = "GET /.well-known/jwks.json";

async function connection(): Promise<Connection> {
  const at = await organization();
  const { organizationId, partnerSecret: organizationSecret, patient } = at;
  return { organizationId, organizationSecret, userId: patient.userId, scope: ["create:patient"] };
}

test("callers of one moment share one token, which is fetched anew a minute before it expires or after a 401", async (t) => {
  const proxy = await FaultProxy.before(api);
  const partner = client({ baseUrl: proxy.url }).partner(PARTNER);
  const [clinic, other] = await Promise.all([connection(), connection()]);
  const tokens = await Promise.all(Array.from({ length: 10 }, () => partner.token(clinic)));
  assert.equal(new Set(tokens.map((token) => token.accessToken)).size, 1);
  assert.deepEqual(tokens[0]?.scope, ["create:patient"]);
  await partner.token(other);
  assert.equal(proxy.routes.length, 2);

  partner.drop(tokens[0]?.accessToken ?? "");
  await Promise.all([partner.token(clinic), partner.token(other)]);
  assert.equal(proxy.routes.length, 3);

  const later = clock(t);
  // A machine's clock that is set says nothing of a token's age.
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 86_400_000 });
  later(21_600 - 70);
  await partner.token(clinic);
  assert.equal(proxy.routes.length, 3);
  later(15);
  await partner.token(clinic);
  assert.equal(proxy.routes.length, 4);
});

test("an integration is validated, again with a new token if the cached one was refused", async () => {
  const proxy = await FaultProxy.before(api);
  const partner = client({ baseUrl: proxy.url }).partner(PARTNER);
  const clinic = await connection();
  await partner.validate(clinic);
  await partner.validate(clinic);
  const detail = { type: "https://example.com/x", title: "Unauthorized", detail: "invalid token" };
  const refused = { success: false, statusCode: 401, error: detail, timestamp: "", requestId: "req_1_a" };
  proxy.plan = (_, number) => (number === 4 ? { instead: { status: 401, body: refused } } : {});
  await partner.validate(clinic);
  const validate = `GET /v1/organizations/${clinic.organizationId}/validate`;
  assert.deepEqual(proxy.routes, [TOKEN, validate, validate, validate, TOKEN, validate]);
  // Refused again, the second is dropped, too.
  proxy.plan = (route) => (route === TOKEN ? {} : { instead: { status: 401, body: refused } });
  await assert.rejects(partner.validate(clinic), TokenInvalidError);
  assert.deepEqual(proxy.routes.slice(6), [validate, TOKEN, validate]);
  proxy.plan = () => ({});
  await partner.validate(clinic);
  assert.deepEqual(proxy.routes.slice(9), [TOKEN, validate]);
});

test("each refusal has its class", async () => {
  const partner = client().partner(PARTNER);
  const clinic = await connection();
  await assert.rejects(client().partner({ ...PARTNER, partnerSecret: "wrong" }).token(clinic), PartnerCredentialsError);
  await assert.rejects(partner.token({ ...clinic, scope: ["sing:song"] }), (error) => {
    return error instanceof InvalidFieldsError && error.issues.length > 0 && error.requestId?.startsWith("req_") === true;
  });
  await assert.rejects(partner.validate({ ...clinic, scope: ["read:users"] }), InsufficientScopeError);
  await partner.token(clinic);
  await assert.rejects(partner.validate({ ...clinic, organizationSecret: "wrong" }), OrganizationSecretError);
});

test("a token is verified, for its organization and its scopes", async () => {
  const clinic = await connection();
  const { accessToken } = await client().partner(PARTNER).token(clinic);
  const verifier = client().tokenVerifier();
  const organizationId = clinic.organizationId.toUpperCase();
  const claims = await verifier.verify(accessToken, { organizationId, scope: ["create:patient"] });
  assert.equal(claims.userId, clinic.userId);
  assert.equal(claims.partnerId, PARTNER.partnerId);
  assert.ok(claims.expiresAt.getTime() > Date.now());
  await verifier.verify(accessToken, { organizationId: null });

  const [, body, signature] = accessToken.split(".");
  const head = (text: string | Buffer) => `${Buffer.from(text).toString("base64url")}.${body}.${signature}`;
  const refused = [accessToken.slice(0, -8), `${accessToken}x`, "", "no token", head('{"alg":"none","kid":"k"}'), head("[".repeat(99_999)), head(Buffer.of(255)), "\ud800.a.b"];
  for (const token of refused) await assert.rejects(verifier.verify(token, { organizationId: null }), TokenNotVerifiedError);
  await assert.rejects(verifier.verify(accessToken, { organizationId: "another" }), TokenNotVerifiedError);
  // A variable that was never set must not mean "any".
  await assert.rejects(verifier.verify(accessToken, { organizationId: undefined as unknown as string }), TokenNotVerifiedError);
  await assert.rejects(verifier.verify(accessToken, { organizationId, scope: ["update:patient"] }), TokenNotVerifiedError);
});

test("under a published key only our form counts", async () => {
  const proxy = await FaultProxy.before(api);
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k", use: "sig" };
  const others = [{ kty: "OKP", kid: "later" }, 7, { kty: "RSA", kid: "half" }];
  proxy.plan = () => ({ instead: { status: 200, body: { keys: [...others, jwk] } } });
  const verifier = client({ baseUrl: proxy.url }).tokenVerifier();
  const now = Math.floor(Date.now() / 1_000);
  const good = { iss: "postern", sub: "u", jti: "j", iat: now, exp: now + 3_600, scope: ["a", "b"], organization_id: "O", partner_id: "p", user_id: "u" };
  const verify = async (claims: object, alg = "RS256") => {
    const token = await new SignJWT(claims as JWTPayload).setProtectedHeader({ alg, kid: "k" }).sign(privateKey);
    return verifier.verify(token, { organizationId: "o" });
  };
  const claims = await verify(good);
  assert.deepEqual([claims.scope, claims.tokenId, claims.expiresAt], [["a", "b"], "j", new Date((now + 3_600) * 1_000)]);
  await verify({ ...good, exp: now - 50, later: 1 });
  const refused: object[] = Object.keys(good).map((lacking) => Object.fromEntries(Object.entries(good).filter(([name]) => name !== lacking)));
  refused.push({ ...good, iss: "another" }, { ...good, exp: now - 70 }, { ...good, nbf: now + 90 }, { ...good, scope: "a b" });
  refused.push({ ...good, exp: "tomorrow" }, { ...good, user_id: 7 }, { ...good, scope: null });
  for (const each of refused) await assert.rejects(verify(each), TokenNotVerifiedError, JSON.stringify(each));
  await assert.rejects(verify(good, "PS256"), TokenNotVerifiedError);
  assert.equal(proxy.routes.length, 1);
});

test("keys are cached for five minutes, and an unknown key is looked for once a minute", async (t) => {
  const proxy = await FaultProxy.before(api);
  const verifier = client({ baseUrl: proxy.url }).tokenVerifier();
  const { accessToken } = await client().partner(PARTNER).token(await connection());
  const any = { organizationId: null };
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  const others = { keys: [{ ...(await exportJWK(publicKey)), kid: "another", alg: "RS256", use: "sig", later: "field" }] };
  const later = clock(t);
  // Nor does it say how old the keys are.
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() - 3_600_000 });

  // The set from before a rotation: the token's key isn't in it.
  proxy.plan = () => ({ change: () => others });
  await assert.rejects(verifier.verify(accessToken, any), TokenNotVerifiedError);
  later(59);
  await assert.rejects(verifier.verify(accessToken, any), TokenNotVerifiedError);
  assert.equal(proxy.routes.length, 1);
  later(2);
  proxy.plan = () => ({ instead: { status: 503, body: { message: "Service Unavailable" } } });
  await assert.rejects(verifier.verify(accessToken, any), KeysUnavailableError);
  await assert.rejects(verifier.verify(accessToken, any), KeysUnavailableError);
  assert.equal(proxy.routes.length, 3, "two tries, and no others within the minute");

  proxy.plan = () => ({});
  const fresh = client({ baseUrl: proxy.url }).tokenVerifier();
  const signed = await new SignJWT({}).setProtectedHeader({ alg: "RS256", kid: "another" }).sign((await generateKeyPair("RS256")).privateKey);
  t.mock.timers.reset();
  for (const _ of [1, 2]) await fresh.verify(accessToken, any);
  later(4 * 60);
  await fresh.verify(accessToken, any);
  assert.equal(proxy.routes.length, 4);
  later(61);
  await fresh.verify(accessToken, any);
  assert.deepEqual([proxy.routes.length, proxy.statuses.at(-1)], [5, 304]);
  // The API is down: the last set counts for a quarter of an hour, and it is asked for once a minute.
  proxy.plan = () => ({ lose: "request" });
  later(301);
  await fresh.verify(accessToken, any);
  assert.equal(proxy.routes.length, 7);
  await assert.rejects(fresh.verify(signed, any), KeysUnavailableError);
  assert.equal(proxy.routes.length, 7);
  later(15 * 60 - 302);
  await fresh.verify(accessToken, any);
  later(2);
  await assert.rejects(fresh.verify(accessToken, any), KeysUnavailableError);
  assert.ok(proxy.routes.every((route) => route === JWKS));
});

test("verifications of one moment share one look, and a set that is no set is an outage", async () => {
  const proxy = await FaultProxy.before(api);
  const { accessToken } = await client().partner(PARTNER).token(await connection());
  const verifier = client({ baseUrl: proxy.url }).tokenVerifier();
  await Promise.all(Array.from({ length: 10 }, () => verifier.verify(accessToken, { organizationId: null })));
  assert.equal(proxy.routes.length, 1);
  for (const body of ["", "<html>", [], { keys: 7 }, { keys: Array(600_000).fill(7) }]) {
    proxy.plan = () => ({ instead: { status: 200, body } });
    const verify = client({ baseUrl: proxy.url }).tokenVerifier().verify(accessToken, { organizationId: null });
    await assert.rejects(verify, KeysUnavailableError);
  }
});

/** Moves the clock that nobody sets. */
function clock(t: TestContext): (seconds: number) => void {
  const now = performance.now.bind(performance);
  let moved = 0;
  t.mock.method(performance, "now", () => now() + moved);
  return (seconds) => void (moved += seconds * 1_000);
}
