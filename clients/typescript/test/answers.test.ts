import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { ConfigurationError, GatewayError, MemoryStore, PosternClient, RefusalError } from "@postern/client";
import { FaultProxy } from "./fault-proxy.js";
import { api, client, code, organization, PASSWORD } from "./stack.js";

test("unknown fields and values of every answer break nothing", async () => {
  const proxy = await FaultProxy.before(api);
  proxy.plan = () => ({ change: (body) => later(body) });
  const postern = client({ baseUrl: proxy.url });
  const at = await organization();

  const portal = postern.portal({ apiKey: at.apiKey });
  await portal.sendCode({ email: at.patient.email });
  const session = await portal.verifyCode({ email: at.patient.email }, await code(at.patient.email), new MemoryStore());
  await session.refresh();
  const user = await session.me();
  assert.equal(user.userId, at.patient.userId);
  assert.equal(user["added"], "later");
  await session.logout();

  const partner = postern.partner({ partnerId: "demo-partner", partnerSecret: "demo-partner-secret" });
  const { organizationId, partnerSecret: organizationSecret, patient } = at;
  const connection = { organizationId, organizationSecret, userId: patient.userId, scope: ["create:patient"] };
  const { accessToken, scope } = await partner.token(connection);
  assert.deepEqual(scope, ["create:patient", "added"]);
  await partner.validate(connection);
  assert.equal((await postern.tokenVerifier().verify(accessToken)).userId, patient.userId);

  const password = postern.password({ organizationId });
  const { token } = await password.login(patient.username, PASSWORD);
  assert.equal((await password.account(token)).id, patient.userId);

  const sso = postern.sso({ clientId: "18550", clientToken: "demo-client-token" });
  const signedIn = await sso.signIn("second@example.com", "demo-password-1");
  assert.equal((await sso.user(signedIn.accessToken)).id, 7);
  await sso.signOut(signedIn.accessToken, "second@example.com", "demo-password-1");
});

test("a refusal that this version doesn't know is one by its status", async () => {
  const proxy = await FaultProxy.before(api);
  const portal = client({ baseUrl: proxy.url }).portal({ apiKey: "any" });
  proxy.plan = () => ({ instead: { status: 409, body: { status: 409, success: false, error: "No", code: "LATER", added: [] } } });
  await assert.rejects(portal.sendCode({ email: "a@example.com" }), (error) => {
    return error instanceof RefusalError && !(error instanceof GatewayError) && error.code === "LATER" && error.status === 409;
  });
});

test("a redirect is not followed", async () => {
  const proxy = await FaultProxy.before(api);
  proxy.plan = () => ({ instead: { status: 307, headers: { location: `${proxy.url}/elsewhere` }, body: "" } });
  await assert.rejects(client({ baseUrl: proxy.url }).portal({ apiKey: "any" }).sendCode({ email: "a@example.com" }), GatewayError);
  assert.equal(proxy.routes.length, 1);
});

test("what can't be sent is refused by name, and never quoted", async () => {
  const secret = "s3cret\n";
  const refused = [
    () => client().portal({ apiKey: secret }),
    () => client().partner({ partnerId: "p", partnerSecret: secret }),
    () => client().sso({ clientId: "1", clientToken: secret }),
    () => client().password({ organizationId: secret }),
    () => client().portal({ apiKey: "k" }).sendCode({ email: "a@example.com" }, { idempotencyKey: secret }),
    () => client().sso({ clientId: "1", clientToken: "t" }).user(".."),
    () => client({ baseUrl: "http://api.example" }),
    () => client({ baseUrl: "nowhere" }),
    () => client({ timeoutMilliseconds: 0 }),
  ];
  for (const call of refused) {
    await assert.rejects(async () => call(), (error) => error instanceof ConfigurationError && !inspect(error).includes("s3cret"));
  }
});

test("printing an object shows no secret", async () => {
  const postern = new PosternClient({ baseUrl: api });
  const secret = "s3cret";
  const objects = [
    postern.portal({ apiKey: secret }),
    postern.portal({ apiKey: secret }).session(new MemoryStore()),
    postern.partner({ partnerId: "p", partnerSecret: secret }),
    postern.sso({ clientId: "1", clientToken: secret }),
  ];
  for (const each of objects) assert.ok(!`${inspect(each, { depth: 9, showHidden: true })}${JSON.stringify(each)}`.includes(secret));
});

/** The answer as a later version may give it: each object with a field more, each list of texts with a text more. */
function later(value: unknown): unknown {
  if (Array.isArray(value)) {
    const longer = value.map(later);
    return typeof value[0] === "string" ? [...longer, "added"] : longer;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, later(each)]);
  return { ...Object.fromEntries(entries), added: "later" };
}
