import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AccessTokenInvalidError,
  GatewayError,
  MemoryStore,
  NoAnswerError,
  NotFoundError,
  NotSignedInError,
  RateLimitedError,
  RefreshExpiredError,
  RefreshInvalidError,
  RefreshReusedError,
  SessionEndedError,
  UnauthorizedError,
  ValidationError,
  type StoredSession,
} from "@postern/client";
import { FaultProxy } from "./fault-proxy.js";
import { api, client, code, organization, signedIn } from "./stack.js";

const REFRESH = "POST /api/v1/users/auth/refresh-token";

test("a patient signs in, is named, and signs out", async () => {
  const at = await organization();
  const portal = client().portal({ apiKey: at.apiKey });
  const to = { email: at.patient.email };
  await portal.sendCode({ ...to, endUserIp: "203.0.113.7" });
  const store = new MemoryStore();
  const session = await portal.verifyCode(await code(to.email), store, { ...to, endUserIp: "203.0.113.7" });
  const user = await session.me();
  assert.equal(user.userId, at.patient.userId);
  assert.equal(user.email, at.patient.email);

  const old = new MemoryStore();
  await old.save(await store.load());
  await session.logout();
  assert.equal(await store.load(), undefined);
  await assert.rejects(session.accessToken(), NotSignedInError);
  await assert.rejects(portal.session(old).refresh(), RefreshReusedError);
  await session.logout();
});

test("a send whose answers are lost sends one message", async () => {
  const proxy = await FaultProxy.before(api);
  const at = await organization();
  proxy.plan = (_, number) => (number === 1 ? { lose: "answer" } : {});
  const to = { email: at.patient.email };
  await client({ baseUrl: proxy.url }).portal({ apiKey: at.apiKey }).sendCode(to);
  assert.equal(proxy.routes.length, 2);
  await code(to.email);
  const messages = (await (await fetch(`${process.env["POSTERN_CONSOLE"]}/messages`)).json()) as { to: string }[];
  assert.equal(messages.filter((message) => message.to === to.email).length, 1);
});

test("a code that may have worked before its answer was lost is told apart from a wrong one", async () => {
  const proxy = await FaultProxy.before(api);
  const at = await organization();
  const portal = client({ baseUrl: proxy.url }).portal({ apiKey: at.apiKey });
  const to = { email: at.patient.email };
  await portal.sendCode(to);
  const right = await code(to.email);
  const wrong = right === "000000" ? "000001" : "000000";
  const verify = (digits: string) => portal.verifyCode(digits, new MemoryStore(), to);
  await assert.rejects(verify(wrong), (error) => error instanceof UnauthorizedError && !error.mayHaveBeenDone);
  proxy.plan = () => (proxy.statuses.length < 3 && proxy.routes.length === 3 ? { lose: "answer" } : {});
  await assert.rejects(verify(right), (error) => error instanceof UnauthorizedError && error.mayHaveBeenDone);
  assert.equal(proxy.routes.length, 4);
  // Each try may use one of the code's three attempts, and each send is one of the day's ten.
  proxy.plan = () => ({ lose: "request" });
  await assert.rejects(verify(right), NoAnswerError);
  assert.equal(proxy.routes.length, 4 + 2);
  await assert.rejects(portal.sendCode(to), NoAnswerError);
  assert.equal(proxy.routes.length, 6 + 2);
});

test("each refusal of the stack has its class", async () => {
  const at = await organization({ limits: "default" });
  const portal = client().portal({ apiKey: at.apiKey });
  await assert.rejects(portal.sendCode({ email: "no address" }), (error) => {
    return error instanceof ValidationError && error.status === 400 && typeof error.requestId === "string";
  });
  await assert.rejects(client().portal({ apiKey: "an-unknown-key" }).sendCode({ email: "a@example.com" }), NotFoundError);
  await assert.rejects(portal.sendCode({ email: at.patient.email, endUserIp: "nowhere" }), ValidationError);
  const limited = async () => {
    for (let sent = 0; sent < 11; sent += 1) await portal.sendCode({ phoneNumber: "+15551239999" });
  };
  await assert.rejects(limited(), (error) => error instanceof RateLimitedError && (error.retryAfterSeconds ?? 0) > 10);
});

test("an access token that is refused is refreshed once", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store, at } = await signedIn(proxy.url);
  await changed(store, { accessToken: "eyJ.not.one" });
  assert.equal((await session.me()).userId, at.patient.userId);
  assert.deepEqual(proxy.routes, ["GET /api/v1/users/me", REFRESH, "GET /api/v1/users/me"]);

  const refused = { status: 401, success: false, error: "Invalid or expired token", code: "VALIDATION_ERROR" };
  proxy.plan = (route) => (route === REFRESH ? {} : { instead: { status: 401, body: refused } });
  await assert.rejects(session.me(), AccessTokenInvalidError);
  assert.equal(proxy.routes.length, 6);
});

test("a token that isn't one ends the session, and so does a code of a later version", async () => {
  const { session, store } = await signedIn(api);
  await changed(store, { refreshToken: "A".repeat(43) });
  await assert.rejects(session.refresh(), RefreshInvalidError);
  assert.equal(await store.load(), undefined);

  for (const [word, kind] of [["REFRESH_EXPIRED", RefreshExpiredError], ["REFRESH_FROZEN", SessionEndedError], ["GONE", SessionEndedError]] as const) {
    const proxy = await FaultProxy.before(api);
    const other = await signedIn(proxy.url);
    proxy.plan = () => ({ instead: { status: 401, body: { status: 401, success: false, error: "No", code: word } } });
    await assert.rejects(other.session.refresh(), (error) => error instanceof kind && error.code === word);
    assert.equal(await other.store.load(), undefined);
  }
});

test("a proxy's 401 ends no session", async () => {
  const proxy = await FaultProxy.before(api);
  const { session } = await signedIn(proxy.url);
  proxy.plan = () => ({ instead: { status: 401, body: "<html>Sign in to the network" } });
  await assert.rejects(session.refresh(), GatewayError);
  proxy.plan = () => ({});
  await session.refresh();
});

test("a logout after a refresh whose answer was lost ends the successor, too", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store, at } = await signedIn(proxy.url);
  proxy.plan = () => ({ lose: "answer" });
  await assert.rejects(session.refresh());
  const asked = new MemoryStore();
  await asked.save(await store.load());
  proxy.plan = () => ({});
  await session.logout();
  await assert.rejects(client().portal({ apiKey: at.apiKey }).session(asked).refresh(), RefreshReusedError);
});

test("a logout that failed can be repeated", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store } = await signedIn(proxy.url);
  proxy.plan = () => ({ lose: "request" });
  await assert.rejects(session.logout());
  assert.notEqual(await store.load(), undefined);
  proxy.plan = () => ({});
  await session.logout();
  assert.equal(await store.load(), undefined);
});

async function changed(store: { load(): Promise<StoredSession | undefined>; save(session: StoredSession): Promise<void> }, by: Partial<StoredSession>): Promise<void> {
  await store.save({ ...((await store.load()) as StoredSession), ...by });
}
