import { AccessTokenInvalidError } from "./errors.js";
import { flag, object, requiredString, string } from "./json.js";
import type { Http } from "./http.js";
import type { Rotation } from "./rotation.js";

export interface PortalUser {
  userId: string;
  organizationId: string;
  email: string | null;
  phoneNumber: string | null;
  role: string | null;
  organizationAccessRole: string | null;
  /** All that the answer has, also what this version doesn't know. */
  raw: Record<string, unknown>;
}

/** A patient's session. Any number of objects and processes may have the same store. */
export class PortalSession {
  readonly #http: Http;
  readonly #apiKey: string;
  readonly #rotation: Rotation;

  /** @internal Use `Portal.verifyCode` or `Portal.session`. */
  constructor(http: Http, apiKey: string, rotation: Rotation) {
    this.#http = http;
    this.#apiKey = apiKey;
    this.#rotation = rotation;
  }

  /** A token that is good for a minute at least, if the API can be reached; while it can't, for as long as it lives. */
  async accessToken(): Promise<string> {
    return (await this.#rotation.fresh()).accessToken;
  }

  /** Rotates both tokens now. Calls of the same moment share one rotation. */
  async refresh(): Promise<void> {
    await this.#rotation.refresh();
  }

  /** The patient, as stored now. A refused token is refreshed once. */
  async me(): Promise<PortalUser> {
    const session = await this.#rotation.fresh();
    try {
      return await this.#me(session.accessToken);
    } catch (error) {
      if (!(error instanceof AccessTokenInvalidError)) throw error;
      return this.#me((await this.#rotation.refresh(session)).accessToken);
    }
  }

  /**
   * Ends the session there and here. If it throws, the session is still stored: repeat it, or `forget` it.
   * Access tokens that are out work until they expire.
   */
  async logout(): Promise<void> {
    await this.#rotation.end((refreshToken) =>
      this.#http.call({
        surface: "portal",
        method: "POST",
        path: "/api/v1/users/auth/logout",
        headers: { "cv-api-key": this.#apiKey },
        body: { refresh_token: refreshToken },
        read: flag("success", true),
      }),
    );
  }

  /** Forgets the session here alone: its refresh token lives on until it expires. */
  async forget(): Promise<void> {
    await this.#rotation.save(undefined);
  }

  #me(accessToken: string): Promise<PortalUser> {
    return this.#http.call({
      surface: "portal",
      method: "GET",
      path: "/api/v1/users/me",
      headers: { "cv-api-key": this.#apiKey, authorization: `Bearer ${accessToken}` },
      read: (body) => {
        const raw = object(object(body)["data"]);
        return {
          userId: requiredString(raw, "userId"),
          organizationId: requiredString(raw, "organizationId"),
          email: string(raw["email"]) ?? null,
          phoneNumber: string(raw["phoneNumber"]) ?? null,
          role: string(raw["role"]) ?? null,
          organizationAccessRole: string(raw["organizationAccessRole"]) ?? null,
          raw,
        };
      },
    });
  }
}
