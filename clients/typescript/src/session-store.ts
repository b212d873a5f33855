import { StoreCorruptError } from "./errors.js";
import { isObject, number, object, string } from "./json.js";
import { OneAtATime } from "./one-at-a-time.js";

/** What a store keeps of one session. All of it is secret. */
export interface StoredSession {
  accessToken: string;
  refreshToken: string;
  /** When the access token was asked for, in seconds of this machine's clock. */
  askedAt: number;
  /** The access token's life in seconds. */
  expiresIn: number;
  /** A refresh whose answer isn't stored yet. The next try is the same call. */
  pending?: Pending | undefined;
}

export interface Pending {
  refreshToken: string;
  idempotencyKey: string;
}

/**
 * Where one session is kept: a row, a Redis key, a file. It has to be durable once `save` is done: a refresh token that
 * is presented again with another key ends the session.
 */
export interface SessionStore {
  load(): Promise<StoredSession | undefined>;
  /** Called with the lock alone. `undefined` forgets the session. */
  save(session: StoredSession | undefined): Promise<void>;
  /**
   * Runs `work` while no other holder of this session's lock runs, in any process. The lock of a killed process ends by
   * itself. If a lock can pass to another holder while its own is only paused, `assertHeld` throws `LockLostError` then,
   * and `save` changes nothing.
   */
  lock<T>(work: (assertHeld: () => void) => Promise<T>): Promise<T>;
}

/** One process; a restart ends it. */
export class MemoryStore implements SessionStore {
  readonly #queue = new OneAtATime();
  #session: StoredSession | undefined;

  async load(): Promise<StoredSession | undefined> {
    return structuredClone(this.#session);
  }

  async save(session: StoredSession | undefined): Promise<void> {
    this.#session = structuredClone(session);
  }

  lock<T>(work: (assertHeld: () => void) => Promise<T>): Promise<T> {
    return this.#queue.run("", () => work(() => {}));
  }
}

/** The session of what a store has as JSON, which is the same for both kits; `undefined` is what no JSON gives. */
export function storedSession(value: unknown): StoredSession {
  if (isObject(value)) {
    const accessToken = string(value["accessToken"]);
    const refreshToken = string(value["refreshToken"]);
    const askedAt = number(value["askedAt"]);
    const expiresIn = number(value["expiresIn"]);
    const pending = pendingOf(value["pending"] ?? undefined);
    if (accessToken && refreshToken && askedAt !== undefined && expiresIn !== undefined && pending !== null) {
      return { accessToken, refreshToken, askedAt, expiresIn, ...(pending && { pending }) };
    }
  }
  // The content is secret, so the message doesn't quote it.
  throw new StoreCorruptError("what the store has is not a session: remove it, and have the patient sign in again");
}

/** Half of one would lose the key of a call that may have been carried out: `null`. */
function pendingOf(value: unknown): Pending | undefined | null {
  if (value === undefined) return undefined;
  const refreshToken = string(object(value)["refreshToken"]);
  const idempotencyKey = string(object(value)["idempotencyKey"]);
  return refreshToken && idempotencyKey ? { refreshToken, idempotencyKey } : null;
}
