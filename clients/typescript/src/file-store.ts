import { renameSync, rmSync } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreCorruptError } from "./errors.js";
import { FileLock, type HeldLock } from "./file-lock.js";
import { isObject, number, object, string } from "./json.js";
import { OneAtATime } from "./one-at-a-time.js";
import type { SessionStore, StoredSession } from "./session-store.js";

/**
 * A session in a file that its owner alone may read. Processes on one machine may share it; the folder `<path>.lock`
 * beside it has their lock. Keep it out of backups, images and repositories.
 */
export class FileStore implements SessionStore {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #queue = new OneAtATime();
  #held: HeldLock | undefined;

  /** `patienceMilliseconds`: how long to wait for another process, 60,000 unless given. */
  constructor(path: string, options: { patienceMilliseconds?: number } = {}) {
    this.#path = path;
    this.#lock = new FileLock(`${path}.lock`, options.patienceMilliseconds ?? 60_000);
  }

  async load(): Promise<StoredSession | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    return session(text);
  }

  async save(session: StoredSession | undefined): Promise<void> {
    const held = this.#held;
    if (held === undefined) throw new Error("FileStore.save is called within FileStore.lock alone");
    if (session === undefined) {
      held.assert();
      rmSync(this.#path, { force: true });
    } else {
      await write(held.draft, JSON.stringify(session));
      // Nothing may run between the two, or a process that was taken for dead would put an old token back.
      held.assert();
      renameSync(held.draft, this.#path);
    }
    await sync(dirname(this.#path));
  }

  lock<T>(work: (assertHeld: () => void) => Promise<T>): Promise<T> {
    return this.#queue.run("", async () => {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      const held = await this.#lock.acquire();
      this.#held = held;
      try {
        return await work(() => held.assert());
      } finally {
        this.#held = undefined;
        await held.release();
      }
    });
  }
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename in the folder outlive a power cut. Windows has no such call for folders. */
async function sync(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function session(text: string): StoredSession {
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    stored = undefined;
  }
  if (isObject(stored)) {
    const accessToken = string(stored["accessToken"]);
    const refreshToken = string(stored["refreshToken"]);
    const askedAt = number(stored["askedAt"]);
    const expiresIn = number(stored["expiresIn"]);
    const pending = pendingOf(stored["pending"]);
    if (accessToken && refreshToken && askedAt !== undefined && expiresIn !== undefined) {
      return { accessToken, refreshToken, askedAt, expiresIn, pending };
    }
  }
  // The content is secret, so the message doesn't quote it.
  throw new StoreCorruptError("the session's file has no session in it: remove it, and have the patient sign in again");
}

function pendingOf(stored: unknown): StoredSession["pending"] {
  const refreshToken = string(object(stored)["refreshToken"]);
  const idempotencyKey = string(object(stored)["idempotencyKey"]);
  return refreshToken && idempotencyKey ? { refreshToken, idempotencyKey } : undefined;
}
