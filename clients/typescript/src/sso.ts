import { CallerMismatchError, NotAuthenticatedError } from "./errors.js";
import { array, isObject, number, object, requiredString, string, Unreadable } from "./json.js";
import { OneAtATime } from "./one-at-a-time.js";
import { credential, segment, type Http } from "./http.js";

export interface SsoToken {
  accessToken: string;
  /** It is good for a day, unless the deployment says otherwise. */
  signedInAt: Date;
}

export interface SsoProfile {
  /** `provider`, `admin`, `facility`, `patient`, or another word. */
  type: string;
  id: string;
  /** A code covers every place whose code begins with it. */
  catchment: string[];
}

export interface SsoUser {
  id: number;
  name: string;
  email: string;
  groups: string[];
  profiles: SsoProfile[];
  /** The whole answer: times, and attributes that an operator has added. */
  answer: Record<string, unknown>;
}

/** What a caller's headers say of its user. */
export interface Caller {
  /** `X-Auth-Token` */
  accessToken: string;
  /** `client_id` */
  clientId: string;
  /** `From` */
  email: string;
}

/** The identity provider of a health exchange, for one client pair. */
export class Sso {
  readonly #http: Http;
  readonly #headers: Record<string, string>;
  readonly #logins = new OneAtATime();

  /** @internal Use `PosternClient.sso`. */
  constructor(http: Http, options: { clientId: string; clientToken: string }) {
    this.#http = http;
    this.#headers = {
      // With a hyphen: some proxies drop names with an underscore.
      "client-id": credential("clientId", options.clientId),
      "x-auth-token": credential("clientToken", options.clientToken),
    };
  }

  /** Exchanges a user's email and password for a token. Sign-ins of one user run one after the other. */
  signIn(email: string, password: string): Promise<SsoToken> {
    return this.#logins.run(email.trim().toLowerCase(), () =>
      this.#http.call({
        surface: "sso",
        method: "POST",
        path: "/api/1.0/sso/signin",
        headers: this.#headers,
        form: { email, password },
        tries: 2,
        read: (body, sentAt) => ({ accessToken: requiredString(object(body), "access_token"), signedInAt: new Date(sentAt) }),
      }),
    );
  }

  /** The user of a token. */
  user(accessToken: string): Promise<SsoUser> {
    return this.#http.call({
      surface: "sso",
      method: "GET",
      path: `/api/1.0/sso/token/${segment("accessToken", accessToken)}`,
      headers: this.#headers,
      tries: 3,
      read: (body) => user(object(body)),
    });
  }

  /** The user of a call, if token, id and email are of one user; `NotAuthenticatedError` or `CallerMismatchError` if not. */
  async identify(caller: Caller): Promise<SsoUser> {
    const found = await this.user(caller.accessToken);
    // The email exactly as registered, letter case included.
    const isToken = found.answer["access_token"] === caller.accessToken;
    if (!isToken || String(found.id) !== caller.clientId || found.email !== caller.email) {
      throw new CallerMismatchError("token, client_id and From are not of one user");
    }
    return found;
  }

  /** Ends this token for everyone. Email and password are those of its user. */
  async signOut(accessToken: string, email: string, password: string): Promise<void> {
    try {
      await this.#logins.run(email.trim().toLowerCase(), () =>
        this.#http.call({
          surface: "sso",
          method: "POST",
          path: `/api/1.0/sso/signout/${segment("accessToken", accessToken)}`,
          headers: this.#headers,
          form: { email, password },
          tries: 3,
          read: () => undefined,
        }),
      );
    } catch (error) {
      // The try without an answer ended the token, so it is unknown now.
      if (error instanceof NotAuthenticatedError && error.mayHaveBeenDone) return;
      throw error;
    }
  }
}

function user(answer: Record<string, unknown>): SsoUser {
  const id = number(answer["id"]);
  if (id === undefined) throw new Unreadable("id is missing");
  return {
    id,
    name: string(answer["name"]) ?? "",
    email: requiredString(answer, "email"),
    groups: texts(answer["groups"]),
    profiles: array(answer["profiles"])
      .filter(isObject)
      .map((profile) => ({
        type: string(profile["type"]) ?? "",
        id: string(profile["id"]) ?? "",
        catchment: texts(profile["catchment"]),
      })),
    answer,
  };
}

function texts(list: unknown): string[] {
  return array(list).filter((entry) => string(entry) !== undefined) as string[];
}
