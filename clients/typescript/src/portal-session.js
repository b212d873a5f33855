import { AccessTokenInvalidError } from "./errors.js";
import { flag, object, requiredString, string } from "./json.js";
/** A patient's session. Any number of objects and processes may have the same store. */
export class PortalSession {
    #http;
    #apiKey;
    #rotation;
    /** @internal Use `Portal.verifyCode` or `Portal.session`. */
    constructor(http, apiKey, rotation) {
        this.#http = http;
        this.#apiKey = apiKey;
        this.#rotation = rotation;
    }
    /** A token that is good for a minute at least, if the API can be reached; while it can't, for as long as it lives. */
    async accessToken() {
        return (await this.#rotation.fresh()).accessToken;
    }
    /** Rotates both tokens now. Calls of the same moment share one rotation. */
    async refresh() {
        await this.#rotation.refresh();
    }
    /** The patient, as stored now. A refused token is refreshed once. */
    async me() {
        const session = await this.#rotation.fresh();
        try {
            return await this.#me(session.accessToken);
        }
        catch (error) {
            if (!(error instanceof AccessTokenInvalidError))
                throw error;
            return this.#me((await this.#rotation.refresh(session)).accessToken);
        }
    }
    /**
     * Ends the session there and here. If it throws, the session is still stored: repeat it, or `forget` it.
     * Access tokens that are out work until they expire.
     */
    async logout() {
        await this.#rotation.end((refreshToken) => this.#http.call({
            surface: "portal",
            method: "POST",
            path: "/api/v1/users/auth/logout",
            headers: { "cv-api-key": this.#apiKey },
            body: { refresh_token: refreshToken },
            read: flag("success", true),
        }));
    }
    /** Forgets the session here alone: its refresh token lives on until it expires. */
    async forget() {
        await this.#rotation.save(undefined);
    }
    #me(accessToken) {
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
