import { Http } from "./http.js";
import { address, complete } from "./options.js";
import { Partner } from "./partner.js";
import { Password } from "./password.js";
import { Portal } from "./portal.js";
import { Sso } from "./sso.js";
import { TokenVerifier } from "./token-verifier.js";
/** A deployment of Postern. It is for servers: its keys and secrets never belong in a browser or an app. */
export class PosternClient {
    #http;
    constructor(options) {
        const all = complete(options);
        this.#http = new Http(address(all.baseUrl, all.allowHttp), all);
    }
    /** Patient sign-in by one-time code. */
    portal(options) {
        return new Portal(this.#http, options);
    }
    /** Partner integration. */
    partner(options) {
        return new Partner(this.#http, options);
    }
    /** Verification of partners' tokens, which needs no credential. `clockToleranceSeconds`: 60 unless given. */
    tokenVerifier(options = {}) {
        return new TokenVerifier(this.#http, options);
    }
    /** Password login. `api` is what the token is for, `patient` unless given. */
    password(options) {
        return new Password(this.#http, options);
    }
    /** Identity provider of an exchange. */
    sso(options) {
        return new Sso(this.#http, options);
    }
}
