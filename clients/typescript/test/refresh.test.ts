import assert from "node:assert/strict";
import { execFile, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  FileStore,
  GatewayError,
  InternalError,
  MemoryStore,
  NoAnswerError,
  NotSignedInError,
  RateLimitedError,
  RefreshReusedError,
  UnavailableError,
  type StoredSession,
} from "@postern/client";
import { FaultProxy, lossy, random } from "./fault-proxy.js";
import { api, client, folder, signedIn } from "./stack.js";

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));
const REFRESH = "POST /api/v1/users/auth/refresh-token";

test("a thousand refreshes, of which a third gets no answer, end no session", async (t) => {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const proxy = await FaultProxy.before(api);
  const place = await folder();
  const stores = Array.from({ length: 10 }, (_, n) => (n < 2 ? new FileStore(join(place, `${n}.json`)) : new MemoryStore()));
  const sessions = await Promise.all(stores.map((store) => signedIn(proxy.url, store)));
  proxy.plan = lossy(random(seed));

  let refreshes = 0;
  let gaveUp = 0;
  await Promise.all(
    sessions.map(async ({ session }) => {
      for (let done = 0; done < 100; ) {
        try {
          await session.refresh();
          done += 1;
          refreshes += 1;
        } catch (error) {
          // Five tries without an answer. A sign-out is another error, and fails the test.
          if (!(error instanceof NoAnswerError)) throw error;
          gaveUp += 1;
        }
      }
    }),
  );
  const sent = proxy.routes.length;
  t.diagnostic(`${refreshes} refreshes, ${sent} requests, ${sent - proxy.statuses.length} without an answer, ${gaveUp} times five in a row`);
  assert.equal(refreshes, 1_000);
  assert.ok(sent - proxy.statuses.length > 400, "the faults happened");

  proxy.plan = () => ({});
  for (const { at, session } of sessions) assert.equal((await session.me()).userId, at.patient.userId);
});

test("two processes on one storage don't end each other's session", async (t) => {
  const proxy = await FaultProxy.before(api);
  const path = join(await folder(), "session.json");
  const { at, session } = await signedIn(api, new FileStore(path));
  proxy.plan = lossy(random(randomInt(2 ** 31)));

  const run = promisify(execFile);
  const environment = { env: { ...process.env, API_KEY: at.apiKey } };
  const workers = await Promise.all([1, 2].map(() => run(process.execPath, [WORKER, proxy.url, path, "20"], environment)));
  t.diagnostic(`gave up ${workers.map(({ stdout }) => stdout).join(" and ")} times`);
  assert.equal((await session.me()).userId, at.patient.userId);
});

test("a process that is killed between asking and storing loses nothing", async () => {
  // Before the stack sees the request, after it rotated, and at any moment after the answer was passed on.
  const moments = ["asked", "rotated", "answered", "asked", "rotated", "answered"];
  const place = await folder();
  await Promise.all(
    moments.map(async (moment, n) => {
      const path = join(place, `${n}.json`);
      const { at, session } = await signedIn(api, new FileStore(path));
      const before = await new FileStore(path).load();
      const proxy = await FaultProxy.before(api);
      const worker = fork(WORKER, [proxy.url, path, "1000"], { env: { ...process.env, API_KEY: at.apiKey }, silent: true });
      const ended = once(worker, "exit");
      proxy.plan = async (route) => {
        if (route !== REFRESH) return {};
        if (moment === "asked") return (worker.kill("SIGKILL"), await ended, { lose: "request" });
        if (moment === "rotated") return { lose: "answer", answered: async () => void (worker.kill("SIGKILL"), await ended) };
        setTimeout(() => worker.kill("SIGKILL"), randomInt(40));
        return {};
      };
      const [, signal] = await ended;
      assert.equal(signal, "SIGKILL");
      if (moment !== "answered") {
        const after = JSON.parse(await readFile(path, "utf8")) as StoredSession;
        assert.equal(after.refreshToken, before?.refreshToken, "the new token wasn't stored");
        assert.equal(after.pending?.refreshToken, before?.refreshToken);
      }
      await session.refresh();
      assert.equal((await session.me()).userId, at.patient.userId);
    }),
  );
});

test("callers of one moment share one refresh", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store } = await signedIn(proxy.url);
  await aged(store, 820);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
  assert.equal(new Set(tokens).size, 1);
  assert.deepEqual(proxy.routes, [REFRESH]);
});

test("callers of one moment share its error, too", async () => {
  const proxy = await FaultProxy.before(api);
  const { session } = await signedIn(proxy.url);
  proxy.plan = () => ({ lose: "request" });
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => session.refresh()));
  assert.ok(results.every((result) => result.status === "rejected" && result.reason instanceof NoAnswerError));
  assert.equal(proxy.routes.length, 5);
});

test("two that find a due token refresh it once, even if the new access token is the same text", async () => {
  const path = join(await folder(), "session.json");
  const memory = new MemoryStore();
  for (const [one, other] of [[new FileStore(path), new FileStore(path)], [memory, memory]] as const) {
    const proxy = await FaultProxy.before(api);
    const { at, session, store } = await signedIn(proxy.url, one);
    await aged(store, 901);
    const { accessToken, refreshToken } = (await store.load()) as StoredSession;
    // Tokens of one second are equal.
    proxy.plan = () => ({ change: (body) => ({ ...body, accessToken }) });
    const another = client({ baseUrl: proxy.url }).portal({ apiKey: at.apiKey }).session(other);
    await Promise.all([session.accessToken(), another.accessToken()]);
    assert.deepEqual(proxy.routes, [REFRESH]);
    assert.notEqual((await store.load())?.refreshToken, refreshToken);
  }
});

test("who was taken for dead sends nothing more, and finds what came of its refresh", async () => {
  const proxy = await FaultProxy.before(api);
  const path = join(await folder(), "session.json");
  const { at, session } = await signedIn(proxy.url, new FileStore(path));
  const other = client().portal({ apiKey: at.apiKey }).session(new FileStore(path));
  proxy.plan = () => ({
    lose: "answer",
    // As if this process had been stopped: another takes over, and rotates twice. The old call would be a replay now.
    answered: async () => {
      const newest = Math.max(...(await readdir(`${path}.lock`)).filter((name) => /^\d+$/.test(name)).map(Number));
      await writeFile(join(`${path}.lock`, String(newest + 1)), "free");
      await other.refresh();
      await other.refresh();
    },
  });
  await session.refresh();
  assert.equal(proxy.routes.length, 1);
  assert.equal((await other.me()).userId, at.patient.userId);
});

test("no refresh runs beside a logout", async () => {
  const proxy = await FaultProxy.before(api);
  const { at, session, store } = await signedIn(proxy.url);
  const another = client({ baseUrl: proxy.url }).portal({ apiKey: at.apiKey }).session(store);
  let refreshing: Promise<unknown> = Promise.resolve();
  proxy.plan = (route) => {
    if (route === REFRESH) return {};
    // While the logout is under way, and before it can be carried out.
    refreshing = assert.rejects(another.refresh(), NotSignedInError);
    return new Promise((resolve) => setTimeout(() => resolve({}), 300));
  };
  await session.logout();
  await refreshing;
  assert.equal(proxy.routes.length, 1);
  assert.equal(await store.load(), undefined);
});

test("a server error is asked about once more, the gateway's as often as a lost answer", async () => {
  const proxy = await FaultProxy.before(api);
  const { session } = await signedIn(proxy.url);
  const internal = { status: 500, success: false, error: "Internal server error", code: "INTERNAL_ERROR" };
  proxy.plan = () => ({ instead: { status: 500, body: internal } });
  await assert.rejects(session.me(), InternalError);
  assert.equal(proxy.routes.length, 2);
  proxy.plan = () => ({ instead: { status: 503, body: { message: "Service Unavailable" } } });
  await assert.rejects(session.me(), GatewayError);
  assert.equal(proxy.routes.length, 2 + 5);
  const limited = { status: 429, success: false, error: "Too many requests", code: "RATE_LIMITED" };
  proxy.plan = () => ({ instead: { status: 429, body: limited } });
  await assert.rejects(session.me(), (error) => error instanceof RateLimitedError && error.retryAfterSeconds === undefined);
  assert.equal(proxy.routes.length, 7 + 1);
});

test("a wait that is over or unreadable is ours, and a date counts by its own clock", async () => {
  const proxy = await FaultProxy.before(api);
  const { store, at } = await signedIn(api);
  const session = client({ baseUrl: proxy.url, firstWaitSeconds: 0.3 }).portal({ apiKey: at.apiKey }).session(store);
  const waited = async (headers: Record<string, string>) => {
    const before = proxy.routes.length;
    proxy.plan = (_, number) => (number === before + 1 ? { instead: { status: 502, headers, body: "<html>" } } : {});
    const start = performance.now();
    await session.me();
    return performance.now() - start;
  };
  for (const wait of ["0", "-1", "1.5", "soon", "", "Mon, 15 Jan 2024 10:30:00 GMT", "Xxx, 99 Jan 2024 10:30:00 GMT"]) {
    assert.ok((await waited({ "retry-after": wait })) >= 299, wait);
  }
  const start = { date: "Mon, 15 Jan 2024 10:30:00 GMT", "retry-after": "Mon, 15 Jan 2024 10:30:01 GMT" };
  assert.ok((await waited(start)) >= 999);
});

test("a token is refreshed when 90 seconds are left, and not before", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store } = await signedIn(proxy.url);
  const first = await session.accessToken();
  await aged(store, 805);
  assert.equal(await session.accessToken(), first);
  assert.deepEqual(proxy.routes, []);
  await aged(store, 815);
  await session.accessToken();
  assert.deepEqual(proxy.routes, [REFRESH]);
});

test("a clock that was set back makes a token's age unknown, so it is refreshed", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store } = await signedIn(proxy.url);
  await aged(store, -3_600);
  await session.accessToken();
  assert.deepEqual(proxy.routes, [REFRESH]);
});

test("while the API is down, a token is used as long as it lives", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store } = await signedIn(proxy.url);
  const first = await session.accessToken();
  proxy.plan = () => ({ lose: "request" });
  await aged(store, 880);
  for (const _ of [1, 2]) assert.equal(await session.accessToken(), first);
  assert.equal(proxy.routes.length, 1, "nobody waits for five tries while there is a token, nor for one with each call");
  await aged(store, 901);
  await assert.rejects(session.accessToken(), NoAnswerError);
  proxy.plan = () => ({});
  await session.accessToken();
  assert.equal(proxy.statuses.at(-1), 200);
});

test("a token with a short life is refreshed in the middle of it", async () => {
  const proxy = await FaultProxy.before(api);
  const { session, store } = await signedIn(proxy.url);
  for (const [age, calls] of [[25, 0], [35, 1]] as const) {
    await store.lock(async () => store.save({ ...((await store.load()) as StoredSession), expiresIn: 60, askedAt: Date.now() / 1_000 - age }));
    await session.accessToken();
    assert.equal(proxy.routes.length, calls);
  }
});

test("Retry-After is waited for, and left to the caller if it is long", async () => {
  const proxy = await FaultProxy.before(api);
  const { session } = await signedIn(proxy.url);
  const unavailable = { status: 503, success: false, error: "Service unavailable", code: "UNAVAILABLE" };
  const after = (seconds: string) => ({ instead: { status: 503, headers: { "retry-after": seconds }, body: unavailable } });

  proxy.plan = (_, number) => (number === 1 ? after("1") : {});
  const start = performance.now();
  await session.refresh();
  assert.ok(performance.now() - start >= 1_000);

  proxy.plan = () => after("70");
  await assert.rejects(session.refresh(), (error) => error instanceof UnavailableError && error.retryAfterSeconds === 70);
  assert.equal(proxy.routes.length, 3);
  proxy.plan = () => ({});
  await session.refresh();
});

test("an answer that is cut off, or the gateway's, is followed by the same call", async () => {
  const proxy = await FaultProxy.before(api);
  const { session } = await signedIn(proxy.url);
  const faults = [
    { change: ({ accessToken }: any) => ({ accessToken }) },
    { instead: { status: 503, body: { message: "Service Unavailable" } } },
    { instead: { status: 429, body: { message: "Too Many Requests" } } },
    { instead: { status: 502, body: "<html>" } },
  ];
  proxy.plan = (_, number) => faults[number - 1] ?? {};
  await session.refresh();
  assert.equal(proxy.routes.length, 5);
  await session.refresh();
});

test("a key of the rotation before is replaced by a new one", async () => {
  const { session, store } = await signedIn(api);
  const idempotencyKey = "the-same-key-for-two-rotations";
  for (const _ of [1, 2]) {
    await store.lock(async () => {
      const stored = (await store.load()) as StoredSession;
      await store.save({ ...stored, pending: { refreshToken: stored.refreshToken, idempotencyKey } });
    });
    await session.refresh();
  }
  assert.equal((await store.load())?.pending, undefined);
});

test("a replayed token ends the session, and the store forgets it", async () => {
  const { session, store, at } = await signedIn(api);
  const old = new MemoryStore();
  await old.save(await store.load());
  await session.refresh();
  const thief = client().portal({ apiKey: at.apiKey }).session(old);
  await assert.rejects(thief.refresh(), RefreshReusedError);
  assert.equal(await old.load(), undefined);
  await assert.rejects(session.refresh(), RefreshReusedError);
  assert.equal(await store.load(), undefined);
});

/** Makes the stored access token so many seconds old. */
async function aged(store: Awaited<ReturnType<typeof signedIn>>["store"], seconds: number): Promise<void> {
  await store.lock(async () => {
    const stored = (await store.load()) as StoredSession;
    await store.save({ ...stored, askedAt: Date.now() / 1_000 - seconds });
  });
}
