import { ConfigurationError, TokenInvalidError, UserAccessError } from "./errors.js";
import { flag, object, requiredSeconds, requiredString, strings } from "./json.js";
import { header, segment, type Http } from "./http.js";

/** What an organization that turned the integration on gave you, and what you ask for. */
export interface Connection {
  organizationId: string;
  organizationSecret: string;
  /** The user in whose name you act. */
  userId: string;
  /** `["create:patient"]` unless given. */
  scope?: string[];
}

export interface PartnerToken {
  accessToken: string;
  /** What was granted: it may be less than what was asked for. */
  scope: string[];
  expiresAt: Date;
}

interface Cached extends PartnerToken {
  /** On the clock of `performance.now`, which nobody sets. */
  until: number;
}

/** A practice-management partner's server. Keep it for the life of the process: it caches a token per organization, user and scope. */
export class Partner {
  readonly #http: Http;
  readonly #headers: Record<string, string>;
  readonly #cached = new Map<string, Cached>();
  readonly #inFlight = new Map<string, Promise<Cached>>();

  /** @internal Use `PosternClient.partner`. */
  constructor(http: Http, options: { partnerId: string; partnerSecret: string }) {
    this.#http = http;
    this.#headers = {
      "x-partner-id": header("partnerId", options.partnerId),
      "x-partner-secret": header("partnerSecret", options.partnerSecret),
    };
  }

  /** A live token: the cached one until a minute before it expires. Callers of the same moment wait for one call. */
  async token(connection: Connection): Promise<PartnerToken> {
    const asked = { ...connection, scope: connection.scope ?? ["create:patient"] };
    if (!Array.isArray(asked.scope) || asked.scope.length === 0) {
      throw new ConfigurationError("scope: a list of at least one is needed");
    }
    const key = JSON.stringify([asked.organizationId, asked.userId, ...[...asked.scope].sort()]);
    const cached = this.#cached.get(key);
    const found = cached && performance.now() < cached.until ? cached : await this.#fetched(key, asked);
    return { accessToken: found.accessToken, scope: [...found.scope], expiresAt: new Date(found.expiresAt) };
  }

  /** Forgets a token that an API answered with 401, so that the next call gets a new one. */
  drop(accessToken: string): void {
    for (const [key, cached] of this.#cached) {
      if (cached.accessToken === accessToken) this.#cached.delete(key);
    }
  }

  /** Marks the organization as integrated. Once is enough; repeating it changes nothing. A refused token is replaced once. */
  async validate(connection: Connection): Promise<void> {
    const { accessToken } = await this.token(connection);
    try {
      await this.#validate(connection, accessToken);
    } catch (error) {
      if (!isAboutToken(error)) throw error;
      this.drop(accessToken);
      const again = (await this.token(connection)).accessToken;
      try {
        await this.#validate(connection, again);
      } catch (refused) {
        if (isAboutToken(refused)) this.drop(again);
        throw refused;
      }
    }
  }

  #fetched(key: string, connection: Required<Connection>): Promise<Cached> {
    let fetching = this.#inFlight.get(key);
    if (fetching === undefined) {
      fetching = this.#fetch(connection)
        .then((token) => {
          this.#forgetExpired();
          this.#cached.set(key, token);
          return token;
        })
        .finally(() => this.#inFlight.delete(key));
      this.#inFlight.set(key, fetching);
    }
    return fetching;
  }

  async #fetch(connection: Required<Connection>): Promise<Cached> {
    return this.#http.call({
      surface: "partner",
      method: "POST",
      path: "/v1/token",
      headers: {
        ...this.#headers,
        "x-organization-id": header("organizationId", connection.organizationId),
        "x-organization-secret": header("organizationSecret", connection.organizationSecret),
        "x-user-id": header("userId", connection.userId),
      },
      body: { grantType: "client_credentials", scope: connection.scope },
      read: (body, sentAt) => {
        const data = object(object(body)["data"]);
        const seconds = requiredSeconds(data, "expiresIn");
        return {
          accessToken: requiredString(data, "accessToken"),
          scope: strings(data["scope"]),
          expiresAt: new Date((sentAt.clock + seconds) * 1_000),
          until: sentAt.monotonic + Math.max(seconds - 60, seconds / 2) * 1_000,
        };
      },
    });
  }

  #validate(connection: Connection, accessToken: string): Promise<void> {
    return this.#http.call({
      surface: "partner",
      method: "GET",
      path: `/v1/organizations/${segment("organizationId", connection.organizationId)}/validate`,
      // Never `x-partner-secret`, which is refused here.
      headers: {
        authorization: `Bearer ${accessToken}`,
        "x-organization-secret": header("organizationSecret", connection.organizationSecret),
      },
      read: flag("success", true),
    });
  }

  #forgetExpired(): void {
    const now = performance.now();
    for (const [key, cached] of this.#cached) {
      if (cached.until <= now) this.#cached.delete(key);
    }
  }
}

function isAboutToken(error: unknown): boolean {
  return error instanceof TokenInvalidError || error instanceof UserAccessError;
}
