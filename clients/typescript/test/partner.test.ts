import assert from "node:assert/strict";
import { test } from "node:test";
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import {
  InsufficientScopeError,
  InvalidFieldsError,
  KeysUnavailableError,
  OrganizationSecretError,
  PartnerCredentialsError,
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

  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  t.mock.timers.tick((21_600 - 70) * 1_000);
  await partner.token(clinic);
  assert.equal(proxy.routes.length, 3);
  t.mock.timers.tick(15_000);
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
  const claims = await verifier.verify(accessToken, { organizationId: clinic.organizationId.toUpperCase(), scope: ["create:patient"] });
  assert.equal(claims.userId, clinic.userId);
  assert.equal(claims.partnerId, PARTNER.partnerId);
  assert.ok(claims.expiresAt.getTime() > Date.now());

  const [head, body, signature] = accessToken.split(".");
  const refused = [accessToken.slice(0, -8), `${head}.${body?.slice(0, -4)}.${signature}`, "", "no token"];
  for (const token of refused) await assert.rejects(verifier.verify(token), TokenNotVerifiedError);
  await assert.rejects(verifier.verify(accessToken, { organizationId: "another" }), TokenNotVerifiedError);
  await assert.rejects(verifier.verify(accessToken, { scope: ["update:patient"] }), TokenNotVerifiedError);
});

test("a token of another issuer or algorithm is refused, even if its key is published", async () => {
  const proxy = await FaultProxy.before(api);
  const published = async (algorithm: string) => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    return { jwk: { ...(await exportJWK(publicKey)), kid: algorithm, use: "sig" }, privateKey };
  };
  const [rs256, ps256] = await Promise.all([published("RS256"), published("PS256")]);
  proxy.plan = () => ({ change: () => ({ keys: [rs256.jwk, ps256.jwk] }) });
  const verifier = client({ baseUrl: proxy.url }).tokenVerifier();
  const signed = (alg: "RS256" | "PS256", issuer: string, life = "1h") =>
    new SignJWT({ organization_id: "o", partner_id: "p", user_id: "u", scope: ["a"] })
      .setProtectedHeader({ alg, kid: alg })
      .setIssuer(issuer)
      .setJti("j")
      .setIssuedAt()
      .setExpirationTime(life)
      .sign((alg === "RS256" ? rs256 : ps256).privateKey);
  assert.equal((await verifier.verify(await signed("RS256", "postern"))).tokenId, "j");
  await assert.rejects(verifier.verify(await signed("RS256", "another")), TokenNotVerifiedError);
  await assert.rejects(verifier.verify(await signed("PS256", "postern")), TokenNotVerifiedError);
  await assert.rejects(verifier.verify(await signed("RS256", "postern", "-1s")), TokenNotVerifiedError);
});

test("keys are cached for five minutes, and an unknown key is looked for once a minute", async (t) => {
  const proxy = await FaultProxy.before(api);
  const verifier = client({ baseUrl: proxy.url }).tokenVerifier();
  const { accessToken } = await client().partner(PARTNER).token(await connection());
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  const others = { keys: [{ ...(await exportJWK(publicKey)), kid: "another", alg: "RS256", use: "sig", later: "field" }] };
  createLocalJWKSet(others);
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });

  // The set from before a rotation: the token's key isn't in it.
  proxy.plan = () => ({ change: () => others });
  for (const _ of [1, 2, 3]) await assert.rejects(verifier.verify(accessToken), TokenNotVerifiedError);
  assert.equal(proxy.routes.length, 1);
  proxy.plan = () => ({});
  await assert.rejects(verifier.verify(accessToken), TokenNotVerifiedError);
  t.mock.timers.tick(61_000);
  // Its tag is the same although the body was changed on the way: ask without it.
  proxy.plan = (_, number) => (number === 2 ? { instead: { status: 503, body: { message: "Service Unavailable" } } } : {});
  await assert.rejects(verifier.verify(accessToken), KeysUnavailableError);
  assert.equal(proxy.routes.length, 2);

  const fresh = client({ baseUrl: proxy.url }).tokenVerifier();
  await fresh.verify(accessToken);
  t.mock.timers.tick(4 * 60_000);
  await fresh.verify(accessToken);
  assert.equal(proxy.routes.length, 3);
  t.mock.timers.tick(61_000);
  await fresh.verify(accessToken);
  assert.deepEqual([proxy.routes.length, proxy.statuses.at(-1)], [4, 304]);
  // The API is down: the last set counts for a quarter of an hour, and it is asked once a minute at most.
  proxy.plan = () => ({ lose: "request" });
  t.mock.timers.tick(301_000);
  await fresh.verify(accessToken);
  assert.equal(proxy.routes.length, 5);
  t.mock.timers.tick(15 * 60_000);
  await assert.rejects(fresh.verify(accessToken), KeysUnavailableError);
  assert.ok(proxy.routes.every((route) => route === JWKS));
});
