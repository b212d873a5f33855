import { randomUUID } from "node:crypto";
import {
  GatewayError,
  LockLostError,
  NoAnswerError,
  NotSignedInError,
  RefusalError,
  SessionEndedError,
  StoreBusyError,
  ValidationError,
} from "./errors.js";
import { object, requiredSeconds, requiredString } from "./json.js";
import type { Http } from "./http.js";
import type { SessionStore, StoredSession } from "./session-store.js";

/** A session is refreshed this many seconds before its access token ends, or after half of a short life. */
const AHEAD = 90;

/** After a refresh ahead of time that failed, the old token is used for so many milliseconds before the next try. */
const PAUSE = 10_000;

/** Keeps one session's tokens fresh, with one refresh in flight. */
export class Rotation {
  readonly #http: Http;
  readonly #apiKey: string;
  readonly #store: SessionStore;
  #inFlight: Promise<StoredSession> | undefined;
  #notBefore = -Infinity;

  constructor(http: Http, apiKey: string, store: SessionStore) {
    this.#http = http;
    this.#apiKey = apiKey;
    this.#store = store;
  }

  async session(): Promise<StoredSession> {
    const session = await this.#store.load();
    if (session === undefined) throw new NotSignedInError("the store has no session: sign in");
    return session;
  }

  async save(session: StoredSession | undefined): Promise<void> {
    await this.#locked(() => this.#store.save(session));
  }

  /** The session, with a token that works as long as the API can be reached. */
  async fresh(): Promise<StoredSession> {
    const session = await this.session();
    if (!isDue(session)) return session;
    // A token that still works is worth more than the error of a refresh that came early.
    const works = remaining(session) > this.#http.timeoutSeconds;
    if (works && performance.now() < this.#notBefore) return session;
    try {
      return await this.refresh(session, works ? 1 : undefined);
    } catch (error) {
      if (!mayPass(error) || remaining(session) <= 0) throw error;
      this.#notBefore = performance.now() + PAUSE;
      return session;
    }
  }

  /** Rotates the refresh token, unless the session has another one than `seen` by now. */
  async refresh(seen?: StoredSession, tries?: number): Promise<StoredSession> {
    // Not by the access token: two of one second are the same text.
    const known = (seen ?? (await this.session())).refreshToken;
    // One rotation at a time in this process; the store's lock does the same for all.
    this.#inFlight ??= this.#refreshed(known, tries).finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  /** No refresh runs beside the logout, or it could store its answer after it. */
  async end(logout: (refreshToken: string) => Promise<void>): Promise<void> {
    await this.#locked(async () => {
      const session = await this.#store.load();
      if (session === undefined) return;
      // If it was rotated and the answer was lost: the old token names the same family.
      await logout(session.refreshToken);
      await this.#store.save(undefined);
    });
  }

  async #locked<T>(work: (assertHeld: () => void) => Promise<T>): Promise<T> {
    for (let lost = 0; ; lost += 1) {
      try {
        return await this.#store.lock(work);
      } catch (error) {
        // Whoever took over finishes the same rotation, with the same key: look what came of it.
        if (!(error instanceof LockLostError) || lost === 3) throw error;
      }
    }
  }

  async #refreshed(known: string, tries: number | undefined): Promise<StoredSession> {
    return this.#locked(async (assertHeld) => {
      const session = await this.session();
      // Another process was faster.
      if (session.refreshToken !== known && !isDue(session)) return session;
      return this.#rotate(session, tries, assertHeld);
    });
  }

  async #rotate(session: StoredSession, tries: number | undefined, assertHeld: () => void): Promise<StoredSession> {
    try {
      return await this.#rotated(await this.#intended(session, session.pending), tries, assertHeld);
    } catch (error) {
      if (!(error instanceof ValidationError && error.issues.some(({ field }) => field === "Idempotency-Key"))) throw error;
      // The key served the rotation before, as it does if the store was restored. Nothing changed.
      return await this.#rotated(await this.#intended(session, undefined), tries, assertHeld);
    }
  }

  /** Stored before the call: whoever finds it makes the same call, whatever became of this one. */
  async #intended(session: StoredSession, stored: StoredSession["pending"]): Promise<NonNullable<StoredSession["pending"]>> {
    if (stored !== undefined) return stored;
    const pending = { refreshToken: session.refreshToken, idempotencyKey: randomUUID() };
    await this.#store.save({ ...session, pending });
    return pending;
  }

  async #rotated(pending: NonNullable<StoredSession["pending"]>, tries: number | undefined, assertHeld: () => void): Promise<StoredSession> {
    let renewed: StoredSession;
    try {
      renewed = await this.#http.call({
        surface: "portal",
        method: "POST",
        path: "/api/v1/users/auth/refresh-token",
        headers: { "cv-api-key": this.#apiKey, "idempotency-key": pending.idempotencyKey },
        body: { refresh_token: pending.refreshToken },
        tries,
        beforeTry: assertHeld,
        read: tokens,
      });
    } catch (error) {
      // A proxy's 401 isn't about the session.
      if (!(error instanceof RefusalError) || error.status !== 401 || error instanceof GatewayError) throw error;
      await this.#store.save(undefined);
      throw error instanceof SessionEndedError ? error : new SessionEndedError(error);
    }
    // Stored before it is used; the old token and the key are forgotten with the same write.
    await this.#store.save(renewed);
    return renewed;
  }
}

/** The tokens of verify-otp and refresh-token. */
export function tokens(body: unknown, sentAt: { clock: number }): StoredSession {
  const answer = object(body);
  return {
    accessToken: requiredString(answer, "accessToken"),
    refreshToken: requiredString(answer, "refreshToken"),
    askedAt: sentAt.clock,
    expiresIn: requiredSeconds(answer, "expiresIn"),
  };
}

/** The seconds that the access token still works. None if this machine's clock was put back since. */
function remaining(session: StoredSession): number {
  const age = Date.now() / 1_000 - session.askedAt;
  return age < 0 ? 0 : session.expiresIn - age;
}

function isDue(session: StoredSession): boolean {
  return remaining(session) <= Math.min(AHEAD, session.expiresIn / 2);
}

function mayPass(error: unknown): boolean {
  if (error instanceof RefusalError) return error.status === 429 || error.status >= 500;
  return error instanceof NoAnswerError || error instanceof StoreBusyError;
}
