import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { ConfigurationError, GatewayError, MemoryStore, NoAnswerError, PosternClient, RefusalError } from "@postern/client";
import { FaultProxy } from "./fault-proxy.js";
import { api, client, code, organization, PASSWORD, signedIn } from "./stack.js";

test("unknown fields and values of every answer break nothing", async () => {
  const proxy = await FaultProxy.before(api);
  proxy.plan = () => ({ change: (body) => later(body) });
  const postern = client({ baseUrl: proxy.url });
  const at = await organization();

  const portal = postern.portal({ apiKey: at.apiKey });
  await portal.sendCode({ email: at.patient.email });
  const session = await portal.verifyCode(await code(at.patient.email), new MemoryStore(), { email: at.patient.email });
  await session.refresh();
  const user = await session.me();
  assert.equal(user.userId, at.patient.userId);
  assert.equal(user.raw["added"], "later");
  await session.logout();

  const partner = postern.partner({ partnerId: "demo-partner", partnerSecret: "demo-partner-secret" });
  const { organizationId, partnerSecret: organizationSecret, patient } = at;
  const connection = { organizationId, organizationSecret, userId: patient.userId, scope: ["create:patient"] };
  const { accessToken, scope } = await partner.token(connection);
  assert.deepEqual(scope, ["create:patient", "added"]);
  await partner.validate(connection);
  assert.equal((await postern.tokenVerifier().verify(accessToken, { organizationId })).userId, patient.userId);

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

test("HTTP to another machine has to be asked for", () => {
  client({ baseUrl: "http://api.example", allowHttp: true });
  client({ baseUrl: "http://[::1]:9000/" });
});

test("a page that says 200 is no success", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store, at } = await signedIn(proxy.url);
  const portal = client({ baseUrl: proxy.url }).portal({ apiKey: at.apiKey });
  for (const body of ["", "<html>Sign in to the network", "{}", "[]"]) {
    proxy.plan = () => ({ instead: { status: 200, body } });
    for (const call of [() => portal.sendCode({ email: "a@example.com" }), () => session.me(), () => session.logout(), () => session.refresh()]) {
      await assert.rejects(call(), NoAnswerError);
    }
    assert.notEqual(await store.load(), undefined);
  }
  proxy.plan = () => ({});
  await session.logout();
});

test("an answer that never ends is none", async () => {
  const proxy = await FaultProxy.before(api);
  const { store, at } = await signedIn(api);
  const session = client({ baseUrl: proxy.url, tries: 1, timeoutSeconds: 0.5 }).portal({ apiKey: at.apiKey }).session(store);
  proxy.plan = () => ({ instead: { status: 200, body: " ".repeat(2_000_000) } });
  await assert.rejects(session.me(), (error) => error instanceof NoAnswerError && error.message.includes("1 MiB"));
  proxy.plan = () => ({ trickle: true });
  const start = performance.now();
  await assert.rejects(session.me(), (error) => error instanceof NoAnswerError && error.message.includes("the time was over"));
  assert.ok(performance.now() - start < 2_000);
});

test("what can't be sent is refused by name, and never quoted", async () => {
  const secret = "s3cret\n";
  const refused = [
    () => client().portal({ apiKey: secret }),
    () => client().partner({ partnerId: "p", partnerSecret: secret }),
    () => client().sso({ clientId: "1", clientToken: secret }),
    () => client().password({ organizationId: secret }),
    () => client().portal({ apiKey: "k" }).sendCode({ email: "a@example.com", idempotencyKey: secret }),
    () => client().portal({ apiKey: "k" }).sendCode({ email: "a@example.com", endUserIp: secret }),
    () => client().portal({ apiKey: "k" }).sendCode({} as { email: string }),
    () => client().portal({ apiKey: "k" }).sendCode({ email: "a@example.com", phoneNumber: "+1" } as unknown as { email: string }),
    () => client().partner({ partnerId: "p", partnerSecret: "s" }).token({ organizationId: "o", organizationSecret: "s", userId: "u", scope: [] }),
    ...["http://api.example", "nowhere", "", "ftp://127.0.0.1", "https://a:b@api.example", "https://api.example?a=b"].map(
      (baseUrl) => () => client({ baseUrl }),
    ),
    ...[{ timeoutSeconds: 0 }, { timeoutSeconds: Infinity }, { tries: 0 }, { firstWaitSeconds: -1 }, { longestWaitSeconds: NaN }].map(
      (options) => () => client(options),
    ),
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
