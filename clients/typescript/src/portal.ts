import { randomUUID } from "node:crypto";
import { ConfigurationError } from "./errors.js";
import { CODE_TRIES, header, SEND_TRIES, type Http } from "./http.js";
import { flag } from "./json.js";
import { PortalSession } from "./portal-session.js";
import { Rotation, tokens } from "./rotation.js";
import type { SessionStore } from "./session-store.js";

/** What the code is sent to: one of them. */
export type Recipient = { email: string; phoneNumber?: never } | { phoneNumber: string; email?: never };

export interface EndUser {
  /** The end user's address, from the connection that your server accepted, never from a header of the client. */
  endUserIp?: string | undefined;
}

/** Patient sign-in by one-time code, for the organization of an API key. */
export class Portal {
  readonly #http: Http;
  readonly #apiKey: string;

  /** @internal Use `PosternClient.portal`. */
  constructor(http: Http, options: { apiKey: string }) {
    this.#http = http;
    this.#apiKey = header("apiKey", options.apiKey);
  }

  /**
   * Asks for a code by mail or SMS. Success doesn't mean that the patient exists, or that a message was sent.
   * To repeat one press of the button after an error, pass its `idempotencyKey` again: nothing is sent twice then.
   */
  async sendCode(to: Recipient & EndUser & { idempotencyKey?: string | undefined }): Promise<void> {
    const key = header("idempotencyKey", to.idempotencyKey ?? randomUUID());
    const channel = to.email === undefined ? "SMS" : "EMAIL";
    await this.#post("auth/send-otp", { ...recipient(to), channel }, { "idempotency-key": key, ...endUser(to) }, SEND_TRIES, flag("success", true));
  }

  /** Exchanges the code for a session, and stores it. Name what the code was asked for with. */
  async verifyCode(code: string, store: SessionStore, from: Recipient & EndUser): Promise<PortalSession> {
    const signedIn = await this.#post("auth/verify-otp", { ...recipient(from), code }, endUser(from), CODE_TRIES, tokens);
    const rotation = this.#rotation(store);
    await rotation.save(signedIn);
    return new PortalSession(this.#http, this.#apiKey, rotation);
  }

  /** The session of a store, whether it has one yet or not. */
  session(store: SessionStore): PortalSession {
    return new PortalSession(this.#http, this.#apiKey, this.#rotation(store));
  }

  #rotation(store: SessionStore): Rotation {
    return new Rotation(this.#http, this.#apiKey, store);
  }

  #post<T>(route: string, body: object, headers: Record<string, string>, tries: number, read: (body: unknown, sentAt: { clock: number }) => T): Promise<T> {
    const path = `/api/v1/users/${route}`;
    return this.#http.call({ surface: "portal", method: "POST", path, headers: { "cv-api-key": this.#apiKey, ...headers }, body, tries, read });
  }
}

function recipient({ email, phoneNumber }: Recipient): { email: string } | { phoneNumber: string } {
  if (email !== undefined && phoneNumber === undefined) return { email };
  if (phoneNumber !== undefined && email === undefined) return { phoneNumber };
  throw new ConfigurationError("name exactly one of email and phoneNumber");
}

function endUser({ endUserIp }: EndUser): Record<string, string> {
  return endUserIp === undefined ? {} : { "x-end-user-ip": header("endUserIp", endUserIp) };
}
