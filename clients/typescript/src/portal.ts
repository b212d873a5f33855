import { randomUUID } from "node:crypto";
import { PortalSession, tokens } from "./portal-session.js";
import { credential, type Http } from "./http.js";
import type { SessionStore } from "./session-store.js";

/** What the code is sent to: one of them. */
export type Identifier = { email: string } | { phoneNumber: string };

export interface EndUser {
  /** The end user's address, from the connection that your server accepted, never from a header of the client. */
  endUserIp?: string;
}

/** Patient sign-in by one-time code, for the organization of an API key. */
export class Portal {
  readonly #http: Http;
  readonly #apiKey: string;

  /** @internal Use `PosternClient.portal`. */
  constructor(http: Http, options: { apiKey: string }) {
    this.#http = http;
    this.#apiKey = credential("apiKey", options.apiKey);
  }

  /**
   * Asks for a code by mail or SMS. Success doesn't mean that the patient exists, or that a message was sent.
   * To repeat one press of the button after an error, pass its `idempotencyKey` again: nothing is sent twice then.
   */
  async sendCode(to: Identifier, options: EndUser & { idempotencyKey?: string } = {}): Promise<void> {
    await this.#http.call({
      surface: "portal",
      method: "POST",
      path: "/api/v1/users/auth/send-otp",
      headers: {
        "cv-api-key": this.#apiKey,
        "idempotency-key": options.idempotencyKey ?? randomUUID(),
        "x-end-user-ip": options.endUserIp,
      },
      body: { ...to, channel: "email" in to ? "EMAIL" : "SMS" },
      // Each try is one of the patient's ten of the day.
      tries: 2,
      read: () => undefined,
    });
  }

  /** Exchanges the code for a session, and stores it. `to` is what the code was asked for with. */
  async verifyCode(to: Identifier, code: string, store: SessionStore, options: EndUser = {}): Promise<PortalSession> {
    const signedIn = await this.#http.call({
      surface: "portal",
      method: "POST",
      path: "/api/v1/users/auth/verify-otp",
      headers: { "cv-api-key": this.#apiKey, "x-end-user-ip": options.endUserIp },
      body: { ...to, code },
      // Each try may use one of the code's three attempts.
      tries: 2,
      read: tokens,
    });
    await store.lock(() => store.save(signedIn));
    return this.session(store);
  }

  /** The session of a store, whether it has one yet or not. */
  session(store: SessionStore): PortalSession {
    return new PortalSession(this.#http, this.#apiKey, store);
  }
}
