import assert from "node:assert/strict";
import { mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FileStore, LockLostError, StoreBusyError, StoreCorruptError, type StoredSession } from "@postern/client";
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

test("a lock whose holder is silent is taken over, one whose holder lives is not", async () => {
  const path = join(await folder(), "session.json");
  await mkdir(`${path}.lock`);
  await writeFile(join(`${path}.lock`, "7"), "");
  const beat = setInterval(() => void utimes(join(`${path}.lock`, "7"), Date.now() / 1_000, Date.now() / 1_000), 200);
  await assert.rejects(new FileStore(path, { patienceMilliseconds: 3_500 }).lock(async () => {}), StoreBusyError);
  clearInterval(beat);
  const store = new FileStore(path);
  await store.lock(() => store.save(SESSION));
  assert.equal((await store.load())?.refreshToken, "0");
});

test("a file that isn't a session is named as such, without its content", async () => {
  const path = join(await folder(), "session.json");
  for (const text of ["", "s3cret", "{}", '{"accessToken":"s3cret"}', "[]"]) {
    await writeFile(path, text);
    await assert.rejects(new FileStore(path).load(), (error) => error instanceof StoreCorruptError && !error.message.includes("s3cret"));
  }
});
