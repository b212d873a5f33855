import { object, requiredSeconds, requiredString, string } from "./json.js";
import { OneAtATime } from "./one-at-a-time.js";
import { header, PASSWORD_TRIES, segment, type Http } from "./http.js";

export interface PasswordToken {
  token: string;
  /** Log in again shortly before: there is no refresh. */
  expiresAt: Date;
}

export interface PasswordAccount {
  id: string;
  username: string | null;
  organization: string;
  /** All that the answer has, also what this version doesn't know. */
  raw: Record<string, unknown>;
}

/** Login with user name and password, in one organization. */
export class Password {
  readonly #http: Http;
  readonly #path: string;
  readonly #organization: string;
  readonly #logins = new OneAtATime();

  /** @internal Use `PosternClient.password`. */
  constructor(http: Http, options: { organizationId: string; api?: string }) {
    this.#http = http;
    this.#path = `/${segment("api", options.api ?? "patient")}`;
    this.#organization = header("organizationId", options.organizationId);
  }

  /** Exchanges user name and password for a token. Logins of one user run one after the other: each counts while it runs. */
  login(username: string, password: string): Promise<PasswordToken> {
    return this.#logins.run(username.trim().toLowerCase(), () =>
      this.#http.call({
        surface: "password",
        method: "POST",
        path: `${this.#path}/auth`,
        headers: { organization: this.#organization },
        body: { username, password },
        tries: PASSWORD_TRIES,
        read: (body, sentAt) => {
          const answer = object(body);
          const expiresAt = new Date((sentAt.clock + requiredSeconds(answer, "expiresIn")) * 1_000);
          return { token: requiredString(answer, "token"), expiresAt };
        },
      }),
    );
  }

  /** The user of the token, as stored now. */
  account(token: string): Promise<PasswordAccount> {
    return this.#http.call({
      surface: "password",
      method: "GET",
      path: `${this.#path}/users/account`,
      headers: this.#with(token),
      read: (body) => {
        const raw = object(body);
        const username = string(raw["username"]) ?? null;
        return { id: requiredString(raw, "id"), username, organization: requiredString(raw, "organization"), raw };
      },
    });
  }

  /** Clears a browser's cookie. The token itself works until it expires: forget it. */
  logout(token: string): Promise<void> {
    return this.#http.call({
      surface: "password",
      method: "POST",
      path: `${this.#path}/auth/logout`,
      headers: this.#with(token),
      read: () => undefined,
    });
  }

  #with(token: string): Record<string, string> {
    return { organization: this.#organization, authorization: `Bearer ${token}` };
  }
}
