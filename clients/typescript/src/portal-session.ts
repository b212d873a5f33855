import { randomUUID } from "node:crypto";
import {
  AccessTokenInvalidError,
  GatewayError,
  LockLostError,
  NoAnswerError,
  NotSignedInError,
  RefusalError,
  ValidationError,
} from "./errors.js";
import { object, requiredSeconds, requiredString } from "./json.js";
import type { Http } from "./http.js";
import type { SessionStore, StoredSession } from "./session-store.js";

export interface PortalUser {
  userId: string;
  organizationId: string;
  email: string | null;
  phoneNumber: string | null;
  role: string;
  organizationAccessRole: string;
  /** v1 adds fields. */
  [field: string]: unknown;
}

/** An access token with less than this left is refreshed, in milliseconds. */
const AHEAD = 90_000;

/** How often a refresh is sent, with waits of 1, 2, 4 and 8 seconds. */
const TRIES = 5;

/** A patient's session. Any number of objects and processes may have the same store. */
export class PortalSession {
  readonly #http: Http;
  readonly #apiKey: string;
  readonly #store: SessionStore;
  #inFlight: Promise<StoredSession> | undefined;

  /** @internal Use `Portal.verifyCode` or `Portal.session`. */
  constructor(http: Http, apiKey: string, store: SessionStore) {
    this.#http = http;
    this.#apiKey = apiKey;
    this.#store = store;
  }

  /** A token that is good for a minute at least, if the API can be reached; while it can't, for as long as it lives. */
  async accessToken(): Promise<string> {
    const session = await this.#stored();
    if (remaining(session) > AHEAD) return session.accessToken;
    const isLive = remaining(session) > 0;
    try {
      return (await this.#refreshed(session, isLive ? 1 : TRIES)).accessToken;
    } catch (error) {
      if (isLive && isTransient(error)) return session.accessToken;
      throw error;
    }
  }

  /** The patient, as stored now. */
  async me(): Promise<PortalUser> {
    await this.accessToken();
    const session = await this.#stored();
    try {
      return await this.#me(session);
    } catch (error) {
      if (!(error instanceof AccessTokenInvalidError)) throw error;
      return this.#me(await this.#refreshed(session, TRIES));
    }
  }

  /** Rotates both tokens now. Calls of the same moment share one rotation. */
  async refresh(): Promise<void> {
    await this.#refreshed(await this.#stored(), TRIES);
  }

  /**
   * Ends the session there and here. If it throws, the session is still stored: repeat it, or `forget` it.
   * Access tokens that are out work until they expire.
   */
  async logout(): Promise<void> {
    await this.#store.lock(async () => {
      const session = await this.#store.load();
      if (session === undefined) return;
      await this.#http.call({
        surface: "portal",
        method: "POST",
        path: "/api/v1/users/auth/logout",
        headers: { "cv-api-key": this.#apiKey },
        body: { refresh_token: session.refreshToken },
        tries: 3,
        read: () => undefined,
      });
      await this.#store.save(undefined);
    });
  }

  /** Forgets the session here alone: its refresh token lives on until it expires. */
  async forget(): Promise<void> {
    await this.#store.lock(() => this.#store.save(undefined));
  }

  #me(session: StoredSession): Promise<PortalUser> {
    return this.#http.call({
      surface: "portal",
      method: "GET",
      path: "/api/v1/users/me",
      headers: { "cv-api-key": this.#apiKey, authorization: `Bearer ${session.accessToken}` },
      tries: 3,
      read: (body) => {
        const data = object(object(body)["data"]);
        requiredString(data, "userId");
        return data as PortalUser;
      },
    });
  }

  async #stored(): Promise<StoredSession> {
    const session = await this.#store.load();
    if (session === undefined) throw new NotSignedInError("the store has no session: sign in");
    return session;
  }

  /** One rotation at a time in this process; the store's lock does the same for all. */
  #refreshed(seen: StoredSession, tries: number): Promise<StoredSession> {
    this.#inFlight ??= this.#rotated(seen, tries).finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #rotated(seen: StoredSession, tries: number): Promise<StoredSession> {
    for (let lost = 0; ; lost += 1) {
      try {
        return await this.#store.lock((assertHeld) => this.#rotatedAlone(seen, tries, assertHeld));
      } catch (error) {
        // Whoever took over finishes the same rotation, with the same key: look what came of it.
        if (!(error instanceof LockLostError) || lost === 3) throw error;
      }
    }
  }

  async #rotatedAlone(seen: StoredSession, tries: number, assertHeld: () => void): Promise<StoredSession> {
    let session = await this.#stored();
    const isOthers = session.refreshToken !== seen.refreshToken;
    if (isOthers && remaining(session) > AHEAD) return session;

    for (let renewed = false; ; renewed = true) {
      // Stored before the call: whoever comes after a crash repeats it instead of replaying the token.
      const pending = session.pending ?? { refreshToken: session.refreshToken, idempotencyKey: randomUUID() };
      if (session.pending === undefined) await this.#store.save((session = { ...session, pending }));
      try {
        const rotated = await this.#http.call({
          surface: "portal",
          method: "POST",
          path: "/api/v1/users/auth/refresh-token",
          headers: { "cv-api-key": this.#apiKey, "idempotency-key": pending.idempotencyKey },
          body: { refresh_token: pending.refreshToken },
          tries,
          beforeTry: assertHeld,
          read: tokens,
        });
        // Stored before it is used; the old token and the key are forgotten with the same write.
        await this.#store.save(rotated);
        return rotated;
      } catch (error) {
        if (isEnd(error)) await this.#store.save(undefined);
        if (renewed || !isUsedKey(error)) throw error;
        session = { ...session, pending: undefined };
      }
    }
  }
}

/** The tokens of verify-otp and refresh-token. */
export function tokens(body: unknown, askedAt: number): StoredSession {
  const answer = object(body);
  return {
    accessToken: requiredString(answer, "accessToken"),
    refreshToken: requiredString(answer, "refreshToken"),
    askedAt,
    expiresIn: requiredSeconds(answer, "expiresIn"),
  };
}

/** Milliseconds that the access token has left. None if the clock was set back: how long ago it was is unknown then. */
function remaining(session: StoredSession): number {
  const age = Date.now() - session.askedAt;
  return age < 0 ? 0 : session.expiresIn * 1_000 - age;
}

function isTransient(error: unknown): boolean {
  return error instanceof NoAnswerError || (error instanceof RefusalError && (error.status === 429 || error.status >= 500));
}

/** A code that this version doesn't know goes by its status. A 401 of a proxy isn't about the session. */
function isEnd(error: unknown): boolean {
  return error instanceof RefusalError && error.status === 401 && !(error instanceof GatewayError);
}

function isUsedKey(error: unknown): boolean {
  return error instanceof ValidationError && error.issues.some((issue) => issue.field === "Idempotency-Key");
}
