import { decodeProtectedHeader, errors as jose, importJWK, jwtVerify } from "jose";
import { KeysUnavailableError, NoAnswerError, RefusalError, TokenNotVerifiedError } from "./errors.js";
import { isObject, object, requiredString, string, strings, Unreadable } from "./json.js";
/** The set is asked for again after five minutes, and for a key that it lacks at most once a minute. In milliseconds. */
const FRESH = 5 * 60_000;
const PAUSE = 60_000;
/** Without an answer the set is used no longer than this: a new key signs a quarter of an hour after it was published. */
const STALE = 15 * 60_000;
const REQUIRED = ["exp", "iat", "sub", "jti", "organization_id", "partner_id", "user_id", "scope"];
/** Verifies partners' tokens with the published keys. One object for the process: it caches them. */
export class TokenVerifier {
    #keys;
    #tolerance;
    /** @internal Use `PosternClient.tokenVerifier`. */
    constructor(http, options) {
        this.#keys = new Keys(http);
        this.#tolerance = options.clockToleranceSeconds ?? 60;
    }
    /** The claims of a live token; `TokenNotVerifiedError` if it is none, or not the one that is expected. */
    async verify(token, expected) {
        const key = await this.#keys.key(keyId(token));
        const claims = await this.#claims(token, key);
        const { organizationId, scope = [] } = expected;
        // The id, a UUID as a rule, may be written in any letter case. An id that is `undefined` by mistake is nobody's.
        if (organizationId !== null && claims.organizationId.toLowerCase() !== String(organizationId).toLowerCase()) {
            throw new TokenNotVerifiedError("the token is for another organization");
        }
        const missing = scope.find((word) => !claims.scope.includes(word));
        if (missing !== undefined)
            throw new TokenNotVerifiedError(`the token lacks the scope ${missing}`);
        return claims;
    }
    async #claims(token, key) {
        try {
            const { payload } = await jwtVerify(token, key, {
                algorithms: ["RS256"],
                issuer: "postern",
                requiredClaims: REQUIRED,
                clockTolerance: this.#tolerance,
            });
            return read(payload);
        }
        catch (error) {
            if (error instanceof Unreadable)
                throw new TokenNotVerifiedError("the token is refused: its claims have another form");
            // jose names the claim and the reason, never a value.
            throw new TokenNotVerifiedError(`the token is refused: ${error instanceof jose.JOSEError ? error.message : "it can't be read"}`);
        }
    }
}
function keyId(token) {
    let kid;
    try {
        ({ kid } = decodeProtectedHeader(token));
    }
    catch {
        kid = undefined;
    }
    if (typeof kid !== "string")
        throw new TokenNotVerifiedError("the token isn't a JWT whose header names a key");
    return kid;
}
function read(payload) {
    if (!Array.isArray(payload["scope"]))
        throw new Unreadable("scope");
    return {
        organizationId: requiredString(payload, "organization_id"),
        partnerId: requiredString(payload, "partner_id"),
        userId: requiredString(payload, "user_id"),
        scope: strings(payload["scope"]),
        tokenId: requiredString(payload, "jti"),
        issuedAt: new Date(payload.iat * 1_000),
        expiresAt: new Date(payload.exp * 1_000),
        raw: payload,
    };
}
/** The published keys. Clocks that are set change nothing about their age. */
class Keys {
    #http;
    #keys = new Map();
    #etag;
    #fetchedAt = -Infinity;
    #askedAt = -Infinity;
    #hasFailed = false;
    #looking;
    constructor(http) {
        this.#http = http;
    }
    async key(kid) {
        let found = this.#found(kid, FRESH);
        if (found === undefined) {
            this.#looking ??= this.#lookAgain().finally(() => {
                this.#looking = undefined;
            });
            await this.#looking;
            found = this.#found(kid, STALE);
        }
        if (found !== undefined)
            return found;
        if (this.#hasFailed)
            throw new KeysUnavailableError("the JWK Set could not be fetched: try again");
        throw new TokenNotVerifiedError("the token names a key that isn't published");
    }
    #found(kid, age) {
        return performance.now() - this.#fetchedAt < age ? this.#keys.get(kid) : undefined;
    }
    async #lookAgain() {
        const now = performance.now();
        // Also after a failure, or in an outage each token would wait for it.
        if (now - this.#askedAt < PAUSE)
            return;
        this.#askedAt = now;
        try {
            const { set, etag } = await this.#fetch();
            if (set !== undefined)
                this.#keys = await imported(set);
            [this.#etag, this.#fetchedAt, this.#hasFailed] = [etag, now, false];
        }
        catch (error) {
            if (!(error instanceof NoAnswerError || error instanceof RefusalError))
                throw error;
            this.#hasFailed = true;
        }
    }
    /** No set if it is still the one that we have. */
    #fetch() {
        return this.#http.call({
            surface: "partner",
            method: "GET",
            path: "/.well-known/jwks.json",
            headers: { "if-none-match": this.#etag },
            tries: 2,
            read: (body, _, response) => {
                const etag = response.headers.get("etag") ?? undefined;
                if (response.status === 304)
                    return { etag: etag ?? this.#etag };
                const set = object(body)["keys"];
                if (!Array.isArray(set))
                    throw new Unreadable("keys is missing");
                return { set, etag };
            },
        });
    }
}
/** Keys for something else, or of a kind that this version doesn't know, break nothing. */
async function imported(set) {
    const keys = new Map();
    for (const jwk of set) {
        const kid = string(object(jwk)["kid"]);
        if (!isObject(jwk) || kid === undefined || jwk["kty"] !== "RSA" || (jwk["use"] ?? "sig") !== "sig")
            continue;
        try {
            keys.set(kid, await importJWK(jwk, "RS256"));
        }
        catch {
            continue;
        }
    }
    return keys;
}
