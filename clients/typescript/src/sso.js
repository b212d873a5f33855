import { CallerMismatchError, ClientRefusedError, NotAuthenticatedError } from "./errors.js";
import { array, flag, isObject, number, object, requiredString, string, strings, Unreadable } from "./json.js";
import { OneAtATime } from "./one-at-a-time.js";
import { header, PASSWORD_TRIES } from "./http.js";
/** The identity provider of a health exchange, for one client pair. */
export class Sso {
    #http;
    #headers;
    #logins = new OneAtATime();
    /** @internal Use `PosternClient.sso`. */
    constructor(http, options) {
        this.#http = http;
        this.#headers = {
            // With a hyphen: some proxies drop names with an underscore.
            "client-id": header("clientId", options.clientId),
            "x-auth-token": header("clientToken", options.clientToken),
        };
    }
    /** Exchanges a user's email and password for a token. Sign-ins of one user run one after the other. */
    signIn(email, password) {
        return this.#logins.run(email.trim().toLowerCase(), () => this.#http.call({
            surface: "sso",
            method: "POST",
            path: "/api/1.0/sso/signin",
            headers: this.#headers,
            form: { email, password },
            tries: PASSWORD_TRIES,
            read: (body, sentAt) => {
                const accessToken = requiredString(object(body), "access_token");
                return { accessToken, signedInAt: new Date(sentAt.clock * 1_000) };
            },
        }));
    }
    /** The user of a token. If another system showed it to you, use `identify`. */
    async user(accessToken) {
        return this.#http.call({
            surface: "sso",
            method: "GET",
            path: `/api/1.0/sso/token/${segment(accessToken)}`,
            headers: this.#headers,
            read: (body) => user(object(body)),
        });
    }
    /**
     * The user of a call, if its headers `X-Auth-Token`, `client_id` and `From` are of one user; `NotAuthenticatedError` or
     * `CallerMismatchError` if not.
     */
    async identify(accessToken, named) {
        const found = await this.user(accessToken);
        // The email exactly as registered, letter case included.
        if (found.accessToken !== accessToken || String(found.id) !== named.clientId || found.email !== named.fromEmail) {
            throw new CallerMismatchError("token, client_id and From are not of one user");
        }
        return found;
    }
    /** Ends this token for everyone. Email and password are those of its user. */
    async signOut(accessToken, email, password) {
        const path = `/api/1.0/sso/signout/${segment(accessToken)}`;
        try {
            await this.#logins.run(email.trim().toLowerCase(), () => this.#http.call({
                surface: "sso",
                method: "POST",
                path,
                headers: this.#headers,
                form: { email, password },
                tries: PASSWORD_TRIES,
                read: flag("error", false),
            }));
        }
        catch (error) {
            // If a try without an answer ended the token, it is unknown now. A wrong password gets the same answer.
            if (!(error instanceof NotAuthenticatedError && error.mayHaveBeenDone) || (await this.#lives(accessToken)))
                throw error;
        }
    }
    async #lives(accessToken) {
        try {
            await this.user(accessToken);
        }
        catch (error) {
            if (error instanceof NotAuthenticatedError)
                return false;
            // This client may not ask: nobody knows, so the refusal is the caller's.
            if (!(error instanceof ClientRefusedError))
                throw error;
        }
        return true;
    }
}
function segment(accessToken) {
    // It may be what a caller sent: nothing that could lead to another path is asked about.
    if (/^[A-Za-z0-9_~-]{1,256}$/.test(accessToken))
        return accessToken;
    const text = "the text isn't an access token; nothing was sent";
    throw new NotAuthenticatedError({ surface: "sso", status: 404, text, issues: [], mayHaveBeenDone: false });
}
function user(raw) {
    const id = number(raw["id"]);
    if (id === undefined)
        throw new Unreadable("id is missing");
    return {
        id,
        name: string(raw["name"]) ?? "",
        email: requiredString(raw, "email"),
        accessToken: requiredString(raw, "access_token"),
        isActive: raw["is_active"] === true || raw["is_active"] === 1,
        groups: strings(raw["groups"]),
        profiles: array(raw["profiles"])
            .filter(isObject)
            .map((profile) => ({
            type: string(profile["type"]) ?? "",
            id: string(profile["id"]) ?? "",
            catchment: strings(profile["catchment"]),
        })),
        raw,
    };
}
