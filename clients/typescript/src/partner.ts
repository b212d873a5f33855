import { ConfigurationError, TokenInvalidError, UserAccessError } from "./errors.js";
import { array, object, requiredSeconds, requiredString, string } from "./json.js";
import { credential, segment, type Http } from "./http.js";

export interface Connection {
  organizationId: string;
  organizationSecret: string;
  /** In whose name the partner acts. */
  userId: string;
  scope: string[];
}

export interface PartnerToken {
  accessToken: string;
  /** What was granted: it may be less than what was asked for. */
  scope: string[];
}

interface Cached extends PartnerToken {
  from: number;
  until: number;
}

/** A practice-management partner's server. Tokens are cached for all organizations of this object. */
export class Partner {
  readonly #http: Http;
  readonly #headers: Record<string, string>;
  readonly #cached = new Map<string, Cached>();
  readonly #inFlight = new Map<string, Promise<Cached>>();

  /** @internal Use `PosternClient.partner`. */
  constructor(http: Http, options: { partnerId: string; partnerSecret: string }) {
    this.#http = http;
    this.#headers = {
      "x-partner-id": credential("partnerId", options.partnerId),
      "x-partner-secret": credential("partnerSecret", options.partnerSecret),
    };
  }

  /** A live token: the cached one until a minute before it expires. Callers of the same moment wait for one call. */
  async token(connection: Connection): Promise<PartnerToken> {
    const key = cacheKey(connection);
    const cached = this.#cached.get(key);
    const now = Date.now();
    const found = cached && cached.from <= now && now < cached.until ? cached : await this.#fetched(key, connection);
    return { accessToken: found.accessToken, scope: [...found.scope] };
  }

  /** Forgets a token that an API answered with 401, so that the next call gets a new one. */
  drop(accessToken: string): void {
    for (const [key, cached] of this.#cached) {
      if (cached.accessToken === accessToken) this.#cached.delete(key);
    }
  }

  /** Marks the organization as integrated. Once is enough; repeating it changes nothing. */
  async validate(connection: Connection): Promise<void> {
    const token = await this.token(connection);
    try {
      await this.#validate(connection, token);
    } catch (error) {
      if (!(error instanceof TokenInvalidError || error instanceof UserAccessError)) throw error;
      this.drop(token.accessToken);
      await this.#validate(connection, await this.token(connection));
    }
  }

  #fetched(key: string, connection: Connection): Promise<Cached> {
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

  #fetch(connection: Connection): Promise<Cached> {
    return this.#http.call({
      surface: "partner",
      method: "POST",
      path: "/v1/token",
      headers: {
        ...this.#headers,
        "x-organization-id": credential("organizationId", connection.organizationId),
        "x-organization-secret": credential("organizationSecret", connection.organizationSecret),
        "x-user-id": credential("userId", connection.userId),
      },
      body: { grantType: "client_credentials", scope: connection.scope },
      tries: 3,
      read: (body, from) => {
        const data = object(object(body)["data"]);
        const seconds = requiredSeconds(data, "expiresIn");
        return {
          accessToken: requiredString(data, "accessToken"),
          scope: array(data["scope"]).filter((word) => string(word) !== undefined) as string[],
          from,
          until: from + Math.max(seconds - 60, seconds / 2) * 1_000,
        };
      },
    });
  }

  #validate(connection: Connection, token: PartnerToken): Promise<void> {
    return this.#http.call({
      surface: "partner",
      method: "GET",
      path: `/v1/organizations/${segment("organizationId", connection.organizationId)}/validate`,
      // Never `x-partner-secret`, which is refused here.
      headers: {
        authorization: `Bearer ${token.accessToken}`,
        "x-organization-secret": credential("organizationSecret", connection.organizationSecret),
      },
      tries: 3,
      read: () => undefined,
    });
  }

  #forgetExpired(): void {
    const now = Date.now();
    for (const [key, cached] of this.#cached) {
      if (cached.until <= now) this.#cached.delete(key);
    }
  }
}

function cacheKey({ organizationId, userId, scope }: Connection): string {
  if (!Array.isArray(scope) || scope.length === 0) throw new ConfigurationError("scope: a list of at least one is needed");
  return JSON.stringify([organizationId, userId, ...[...scope].sort()]);
}
