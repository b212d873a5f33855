import { Http } from "./http.js";
import { address, complete, type ClientOptions } from "./options.js";
import { Partner } from "./partner.js";
import { Password } from "./password.js";
import { Portal } from "./portal.js";
import { Sso } from "./sso.js";
import { TokenVerifier } from "./token-verifier.js";

/** A deployment of Postern. It is for servers: its keys and secrets never belong in a browser or an app. */
export class PosternClient {
  readonly #http: Http;

  constructor(options: ClientOptions) {
    const all = complete(options);
    this.#http = new Http(address(all.baseUrl, all.allowHttp), all);
  }

  /** Patient sign-in by one-time code. */
  portal(options: { apiKey: string }): Portal {
    return new Portal(this.#http, options);
  }

  /** Partner integration. */
  partner(options: { partnerId: string; partnerSecret: string }): Partner {
    return new Partner(this.#http, options);
  }

  /** Verification of partners' tokens, which needs no credential. `clockToleranceSeconds`: 60 unless given. */
  tokenVerifier(options: { clockToleranceSeconds?: number } = {}): TokenVerifier {
    return new TokenVerifier(this.#http, options);
  }

  /** Password login. `api` is what the token is for, `patient` unless given. */
  password(options: { organizationId: string; api?: string }): Password {
    return new Password(this.#http, options);
  }

  /** Identity provider of an exchange. */
  sso(options: { clientId: string; clientToken: string }): Sso {
    return new Sso(this.#http, options);
  }
}
