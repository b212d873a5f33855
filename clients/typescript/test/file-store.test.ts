import assert from "node:assert/strict";
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigurationError, FileStore, LockLostError, StoreBusyError, StoreCorruptError, StoreUnsafeError, type StoredSession } from "@postern/client";
import { folder } from "./stack.js";

const SESSION: StoredSession = { accessToken: "a", refreshToken: "0", askedAt: 1, expiresIn: 900 };

test("no change is lost, however many stores have the same file", async () => {
  const path = join(await folder(), "session.json");
  const stores = Array.from({ length: 8 }, () => new FileStore(path));
  await stores[0]?.lock(() => stores[0]!.save(SESSION));
  const add = (store: FileStore) =>
    store.lock(async () => {
      const stored = (await store.load()) as StoredSession;
      await store.save({ ...stored, refreshToken: String(Number(stored.refreshToken) + 1) });
    });
  await Promise.all(stores.flatMap((store) => Array.from({ length: 5 }, () => add(store))));
  assert.equal((await stores[0]?.load())?.refreshToken, "40");
  assert.ok((await readdir(`${path}.lock`)).length <= 9, "old generations are removed");
});

test("the file is its owner's alone, and what a killed process left of a draft is removed", async () => {
  const path = join(await folder(), "deep", "session.json");
  const store = new FileStore(path);
  await mkdir(`${path}.lock`, { recursive: true });
  await writeFile(join(`${path}.lock`, "3.draft"), "secret");
  await store.lock(() => store.save(SESSION));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(`${path}.lock`), ["1"]);
  await store.lock(() => store.save(undefined));
  assert.equal(await store.load(), undefined);
});

test("who was taken for dead changes nothing", async () => {
  const path = join(await folder(), "session.json");
  const [paused, other] = [new FileStore(path), new FileStore(path)];
  await paused.lock(async (assertHeld) => {
    await paused.save(SESSION);
    // As if this process had been stopped: its beats have no effect, because another took the next number.
    await writeFile(join(`${path}.lock`, "2"), "free");
    await other.lock(() => other.save({ ...SESSION, refreshToken: "newer" }));
    assert.throws(assertHeld, LockLostError);
    await assert.rejects(paused.save({ ...SESSION, refreshToken: "older" }), LockLostError);
    await assert.rejects(paused.save(undefined), LockLostError);
  });
  assert.equal((await other.load())?.refreshToken, "newer");
});

test("who was taken for dead doesn't save with the lock of the next one who has the same store", async () => {
  const path = join(await folder(), "session.json");
  const store = new FileStore(path);
  let next: Promise<void> = Promise.resolve();
  await store.lock(async () => {
    await writeFile(join(`${path}.lock`, "2"), "free");
    next = store.lock(() => store.save({ ...SESSION, refreshToken: "newer" }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await assert.rejects(store.save({ ...SESSION, refreshToken: "older" }), LockLostError);
  });
  await next;
  assert.equal((await store.load())?.refreshToken, "newer");
});

test("a lock whose holder is silent is taken over, one whose holder lives is not", async () => {
  const path = join(await folder(), "session.json");
  await mkdir(`${path}.lock`);
  await writeFile(join(`${path}.lock`, "7"), "");
  const beat = setInterval(() => void utimes(join(`${path}.lock`, "7"), Date.now() / 1_000, Date.now() / 1_000), 200);
  await assert.rejects(new FileStore(path, { patienceSeconds: 3.5 }).lock(async () => {}), StoreBusyError);
  clearInterval(beat);
  const store = new FileStore(path);
  await store.lock(() => store.save(SESSION));
  assert.equal((await store.load())?.refreshToken, "0");
});

test("a holder who works for longer than the silence of a dead one keeps its lock", async () => {
  const path = join(await folder(), "session.json");
  let holders = 0;
  const hold = (store: FileStore, seconds: number) =>
    store.lock(async () => {
      assert.equal((holders += 1), 1);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      holders -= 1;
    });
  await Promise.all([hold(new FileStore(path), 3.6), hold(new FileStore(path), 0)]);
});

test("who read an old listing of the lock's folder takes no number of long ago", async (t) => {
  const path = join(await folder(), "session.json");
  await mkdir(`${path}.lock`);
  for (const [name, content] of [["1", "free"], ["10", ""]] as const) await writeFile(join(`${path}.lock`, name), content);
  const beat = setInterval(() => void utimes(join(`${path}.lock`, "10"), Date.now() / 1_000, Date.now() / 1_000), 100);
  const real = fs.readdir;
  let listings = 0;
  t.mock.method(fs, "readdir", async (folder: string) => ((listings += 1) === 1 ? ["1"] : real(folder)));
  syncBuiltinESMExports();
  try {
    await assert.rejects(new FileStore(path, { patienceSeconds: 0.3 }).lock(async () => {}), StoreBusyError);
  } finally {
    clearInterval(beat);
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  assert.deepEqual((await readdir(`${path}.lock`)).sort(), ["1", "10"]);
});

test("a file that isn't a session is named as such, without its content", async () => {
  const path = join(await folder(), "session.json");
  const whole = { ...SESSION, accessToken: "s3cret", pending: { refreshToken: "0", idempotencyKey: "s3cret" } };
  const half = { ...whole, pending: { refreshToken: "0" } };
  const torn = JSON.stringify(whole).slice(0, -9);
  for (const text of ["", "s3cret", "{}", "null", "[]", JSON.stringify(half), torn, JSON.stringify({ ...whole, askedAt: "1" }), "[".repeat(99_999)]) {
    await writeFile(path, text, { mode: 0o600 });
    await assert.rejects(new FileStore(path).load(), (error) => error instanceof StoreCorruptError && !error.message.includes("s3cret"));
  }
});

test("the file's form is that of the kit for Python, which may have written it", async () => {
  const path = join(await folder(), "session.json");
  const python = '{"accessToken": "a", "refreshToken": "b", "askedAt": 1767000000.25, "expiresIn": 900, "pending": {"refreshToken": "b", "idempotencyKey": "k"}, "later": {}}';
  await writeFile(path, python, { mode: 0o600 });
  const read = { accessToken: "a", refreshToken: "b", askedAt: 1_767_000_000.25, expiresIn: 900, pending: { refreshToken: "b", idempotencyKey: "k" } };
  const store = new FileStore(path);
  assert.deepEqual(await store.load(), read);
  await store.lock(() => store.save(read));
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), read);
});

test("a file whose lock is the Python kit's is refused, for the two wouldn't exclude each other", async () => {
  const path = join(await folder(), "session.json");
  await writeFile(`${path}.lock`, "");
  await assert.rejects(new FileStore(path).lock(async () => {}), ConfigurationError);
});

test("a file that others may read or change is refused, and so is another user's", async () => {
  const path = join(await folder(), "session.json");
  const store = new FileStore(path);
  await store.lock(() => store.save(SESSION));
  for (const mode of [0o644, 0o602, 0o601]) {
    await chmod(path, mode);
    await assert.rejects(store.load(), StoreUnsafeError);
  }
  // A group may be given it, as Kubernetes does with volumes.
  await chmod(path, 0o660);
  assert.deepEqual(await store.load(), SESSION);
  if (process.geteuid?.() === 0) {
    await chown(path, 4242, 4242);
    await assert.rejects(store.load(), StoreUnsafeError);
  }
});

test("a draft that a full disk left behind, or a link in its place, is replaced", async () => {
  const place = await folder();
  const path = join(place, "session.json");
  const store = new FileStore(path);
  await writeFile(join(place, "victim"), "");
  await store.lock(async () => {
    await symlink(join(place, "victim"), join(`${path}.lock`, "1.draft"));
    await store.save(SESSION);
  });
  assert.equal(await readFile(join(place, "victim"), "utf8"), "");
  assert.deepEqual(await store.load(), SESSION);
});
