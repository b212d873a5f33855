import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ApiNotFoundError,
  CallerMismatchError,
  ClientRefusedError,
  CredentialsRequiredError,
  InvalidCredentialsError,
  NotAuthenticatedError,
  PasswordTokenInvalidError,
} from "@postern/client";
import { FaultProxy } from "./fault-proxy.js";
import { api, client, organization, PASSWORD } from "./stack.js";

const PAIR = { clientId: "18550", clientToken: "demo-client-token" };
const LOGIN = { email: "xyz@example.com", password: "demo-password-1" };

test("a user logs in with a password, although the first answer is lost", async () => {
  const proxy = await FaultProxy.before(api);
  const { organizationId, patient } = await organization();
  const password = client({ baseUrl: proxy.url }).password({ organizationId });
  proxy.plan = (_, number) => (number === 1 ? { lose: "answer" } : {});
  const { token, expiresAt } = await password.login(patient.username, PASSWORD);
  assert.equal(proxy.routes.length, 2);
  assert.ok(Math.abs(expiresAt.getTime() - Date.now() - 3_600_000) < 60_000);
  assert.equal((await password.account(token)).id, patient.userId);
  await password.logout(token);

  await assert.rejects(password.login(patient.username, "another"), InvalidCredentialsError);
  await assert.rejects(password.login("", ""), CredentialsRequiredError);
  await assert.rejects(password.account(`${token}x`), PasswordTokenInvalidError);
  await assert.rejects(client().password({ organizationId, api: "unknown" }).login("a", "b"), ApiNotFoundError);
});

test("logins of one user run one after the other", async () => {
  const proxy = await FaultProxy.before(api);
  const { organizationId, patient } = await organization({ limits: "default" });
  const password = client({ baseUrl: proxy.url }).password({ organizationId });
  let running = 0;
  proxy.plan = () => {
    running += 1;
    assert.equal(running, 1);
    return { answered: async () => void (running -= 1) };
  };
  const tokens = await Promise.all(Array.from({ length: 4 }, () => password.login(patient.username, PASSWORD)));
  assert.equal(tokens.length, 4);
});

test("a user of the exchange signs in, is asked about, and signs out once", async () => {
  const proxy = await FaultProxy.before(api);
  const sso = client({ baseUrl: proxy.url }).sso(PAIR);
  const { accessToken } = await sso.signIn(LOGIN.email, LOGIN.password);
  const caller = { clientId: "6", fromEmail: LOGIN.email };
  const user = await sso.identify(accessToken, caller);
  assert.deepEqual([user.id, user.accessToken, user.isActive], [6, accessToken, true]);
  assert.equal(user.name, "Dr. X Y Z");
  assert.deepEqual(user.profiles.map(({ type }) => type), ["provider", "admin", "facility", "patient"]);
  await assert.rejects(sso.identify(accessToken, { ...caller, clientId: "7" }), CallerMismatchError);
  await assert.rejects(sso.identify(accessToken, { ...caller, fromEmail: "XYZ@example.com" }), CallerMismatchError);

  // A wrong password whose first answer is lost gets the 404 that a second sign-out gets, but the token lives.
  const loseNext = () => {
    const sent = proxy.routes.length;
    proxy.plan = (_, number) => (number === sent + 1 ? { lose: "answer" } : {});
  };
  loseNext();
  await assert.rejects(sso.signOut(accessToken, LOGIN.email, "wrong"), NotAuthenticatedError);
  loseNext();
  const sent = proxy.routes.length;
  await sso.signOut(accessToken, LOGIN.email, LOGIN.password);
  assert.deepEqual([proxy.routes.length - sent, proxy.statuses.at(-1)], [3, 404]);
  const asked = proxy.routes.length;
  for (const text of ["", "..", "no/such?token", "\n"]) await assert.rejects(sso.user(text), NotAuthenticatedError);
  assert.equal(proxy.routes.length, asked);
  await assert.rejects(sso.user(accessToken), NotAuthenticatedError);
  await assert.rejects(sso.signOut(accessToken, LOGIN.email, LOGIN.password), NotAuthenticatedError);
  await assert.rejects(sso.signIn(LOGIN.email, "wrong"), NotAuthenticatedError);
  await assert.rejects(client().sso({ ...PAIR, clientToken: "wrong" }).user(accessToken), ClientRefusedError);
});
