import { Http, type ClientOptions } from "./http.js";
import { Partner } from "./partner.js";
import { Password } from "./password.js";
import { Portal } from "./portal.js";
import { Sso } from "./sso.js";
import { TokenVerifier, type VerifierOptions } from "./token-verifier.js";

/** A deployment of Postern. It is for servers: its keys and secrets never belong in a browser or an app. */
export class PosternClient {
  readonly #http: Http;

  constructor(options: ClientOptions) {
    this.#http = new Http(options);
  }

  /** Patient sign-in by one-time code. */
  portal(options: { apiKey: string }): Portal {
    return new Portal(this.#http, options);
  }

  /** Partner integration. */
  partner(options: { partnerId: string; partnerSecret: string }): Partner {
    return new Partner(this.#http, options);
  }

  /** Verification of partners' tokens, which needs no credential. */
  tokenVerifier(options: VerifierOptions = {}): TokenVerifier {
    return new TokenVerifier(this.#http.url("/.well-known/jwks.json"), options);
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
