import { createRemoteJWKSet, customFetch, errors as jose, jwtVerify } from "jose";
import { KeysUnavailableError, TokenNotVerifiedError } from "./errors.js";
import { array, requiredString, string, Unreadable } from "./json.js";

export interface PartnerClaims {
  organizationId: string;
  partnerId: string;
  userId: string;
  scope: string[];
  tokenId: string;
  issuedAt: Date;
  expiresAt: Date;
}

export interface Expected {
  /** For whom the token has to be: there is no audience. */
  organizationId?: string;
  /** Each of these has to be granted. */
  scope?: string[];
}

export interface VerifierOptions {
  /** How much this machine's clock may differ, 0 unless given. */
  clockToleranceSeconds?: number;
}

const CACHED = 5 * 60_000;
const BETWEEN_LOOKS = 60_000;
/** While the set can't be fetched, the last one is taken again until it is so old: it counts for a quarter of an hour at most. */
const USABLE = 10 * 60_000;

/** Verifies partners' tokens with the published keys. One object for the process: it caches them. */
export class TokenVerifier {
  readonly #source = new KeySource();
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #tolerance: number;

  /** @internal Use `PosternClient.tokenVerifier`. */
  constructor(url: string, options: VerifierOptions) {
    this.#tolerance = options.clockToleranceSeconds ?? 0;
    this.#keys = createRemoteJWKSet(new URL(url), {
      cacheMaxAge: CACHED,
      cooldownDuration: BETWEEN_LOOKS,
      timeoutDuration: 5_000,
      [customFetch]: this.#source.fetch,
    });
  }

  /** The claims of a live token; `TokenNotVerifiedError` if it is none, or not the one that is expected. */
  async verify(token: string, expected: Expected = {}): Promise<PartnerClaims> {
    const claims = await this.#claims(token);
    // The id, a UUID as a rule, may be written in any letter case.
    if (expected.organizationId !== undefined && claims.organizationId.toLowerCase() !== expected.organizationId.toLowerCase()) {
      throw new TokenNotVerifiedError("the token is for another organization");
    }
    const missing = (expected.scope ?? []).find((word) => !claims.scope.includes(word));
    if (missing !== undefined) throw new TokenNotVerifiedError(`the token lacks the scope ${missing}`);
    return claims;
  }

  async #claims(token: string): Promise<PartnerClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms: ["RS256"],
        issuer: "postern",
        requiredClaims: ["exp", "iat"],
        clockTolerance: this.#tolerance,
      });
      return {
        organizationId: requiredString(payload, "organization_id"),
        partnerId: requiredString(payload, "partner_id"),
        userId: requiredString(payload, "user_id"),
        scope: array(payload["scope"]).filter((word) => string(word) !== undefined) as string[],
        tokenId: requiredString(payload, "jti"),
        issuedAt: new Date((payload.iat as number) * 1_000),
        expiresAt: new Date((payload.exp as number) * 1_000),
      };
    } catch (error) {
      if (error instanceof jose.JWKSNoMatchingKey && this.#source.isBehind) {
        throw new KeysUnavailableError("the token's key is unknown, and the JWK Set could not be fetched: try again");
      }
      throw explained(error);
    }
  }
}

/** The set, asked for with `If-None-Match`; while it can't be fetched, the last one. */
class KeySource {
  #last: { etag: string | null; body: string; at: number } | undefined;
  #failedAt = -Infinity;

  /** Whether a key may be published that we couldn't fetch. */
  get isBehind(): boolean {
    return this.#failedAt > (this.#last?.at ?? 0);
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const last = this.#last;
    const fallback = last !== undefined && Date.now() - last.at < USABLE ? last.body : undefined;
    // A key id that nobody has must not make us ask an API that is down once per token.
    if (fallback !== undefined && Date.now() - this.#failedAt < BETWEEN_LOOKS) return new Response(fallback);
    try {
      const headers = new Headers(init.headers);
      if (last?.etag) headers.set("if-none-match", last.etag);
      const answer = await fetch(url, { ...init, headers });
      const isSame = answer.status === 304 && last !== undefined;
      const body = isSame ? last.body : await answer.text();
      if (!isSame && !(answer.status === 200 && isSet(body))) throw new Error(`status ${answer.status}`);
      this.#last = { etag: answer.headers.get("etag") ?? (isSame ? last.etag : null), body, at: Date.now() };
      return new Response(body);
    } catch {
      this.#failedAt = Date.now();
      if (fallback !== undefined) return new Response(fallback);
      throw new KeysUnavailableError("the JWK Set could not be fetched: try again");
    }
  };
}

function isSet(body: string): boolean {
  try {
    return Array.isArray(JSON.parse(body).keys);
  } catch {
    return false;
  }
}

function explained(error: unknown): unknown {
  if (error instanceof Unreadable) return new TokenNotVerifiedError(`the claim ${error.message}`);
  // jose names the claim and the reason, never a value.
  if (error instanceof jose.JWKSTimeout) return new KeysUnavailableError("the JWK Set could not be fetched in time: try again");
  if (error instanceof jose.JOSEError) return new TokenNotVerifiedError(error.message);
  return error;
}
