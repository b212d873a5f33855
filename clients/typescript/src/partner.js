import { ConfigurationError, TokenInvalidError, UserAccessError } from "./errors.js";
import { flag, object, requiredSeconds, requiredString, strings } from "./json.js";
import { header, segment } from "./http.js";
/** A practice-management partner's server. Keep it for the life of the process: it caches a token per organization, user and scope. */
export class Partner {
    #http;
    #headers;
    #cached = new Map();
    #inFlight = new Map();
    /** @internal Use `PosternClient.partner`. */
    constructor(http, options) {
        this.#http = http;
        this.#headers = {
            "x-partner-id": header("partnerId", options.partnerId),
            "x-partner-secret": header("partnerSecret", options.partnerSecret),
        };
    }
    /** A live token: the cached one until a minute before it expires. Callers of the same moment wait for one call. */
    async token(connection) {
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
    drop(accessToken) {
        for (const [key, cached] of this.#cached) {
            if (cached.accessToken === accessToken)
                this.#cached.delete(key);
        }
    }
    /** Marks the organization as integrated. Once is enough; repeating it changes nothing. A refused token is replaced once. */
    async validate(connection) {
        const { accessToken } = await this.token(connection);
        try {
            await this.#validate(connection, accessToken);
        }
        catch (error) {
            if (!isAboutToken(error))
                throw error;
            this.drop(accessToken);
            const again = (await this.token(connection)).accessToken;
            try {
                await this.#validate(connection, again);
            }
            catch (refused) {
                if (isAboutToken(refused))
                    this.drop(again);
                throw refused;
            }
        }
    }
    #fetched(key, connection) {
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
    async #fetch(connection) {
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
    #validate(connection, accessToken) {
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
    #forgetExpired() {
        const now = performance.now();
        for (const [key, cached] of this.#cached) {
            if (cached.until <= now)
                this.#cached.delete(key);
        }
    }
}
function isAboutToken(error) {
    return error instanceof TokenInvalidError || error instanceof UserAccessError;
}
