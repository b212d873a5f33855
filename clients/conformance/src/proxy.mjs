// The reverse proxy between the client and the API: it sees each request, knows whose it is, and may disturb its answer.
import { Exchange } from './exchange.mjs';
import { listen } from './listener.mjs';
import { operation } from './operations.mjs';
import { Secrets } from './secrets.mjs';

export class Proxy {
  exchanges = [];
  strays = [];
  secrets = new Secrets();
  identifiers = new Map(); // an address or number: the session that signs in with it now
  owners = new Map(); // a token: its session
  aliases = new Map(); // a token of ours that the client has in place of the API's
  rules = []; // for calls that belong to no session
  jwks = undefined; // changes the published keys

  constructor(api) {
    this.api = new URL(api).origin;
    this.startedAt = performance.now();
  }

  async listen(port) {
    const { url, close } = await listen((request, bytes, response) => this.handle(request, bytes, response), port);
    return Object.assign(this, { url, close });
  }

  now() {
    return performance.now() - this.startedAt;
  }

  async handle(request, bytes, response) {
    const exchange = new Exchange(this, request, response, bytes);
    exchange.operation = operation(request.method, exchange.path);
    this.keepSecrets(exchange);
    exchange.session = this.sessionOf(exchange);
    this.exchanges.push(exchange);
    if (exchange.session) exchange.session.exchanges.push(exchange);
    else if (PERSONAL.has(exchange.operation) || !exchange.operation) this.strays.push(exchange);
    const rule = this.take(exchange.session?.rules ?? this.rules, exchange);
    try {
      await (rule ? rule.action(exchange) : exchange.pass());
    } catch (error) {
      exchange.trouble ??= `in the runner, ${error.message}`;
      throw error;
    } finally {
      exchange.endedAt = this.now();
    }
  }

  /** Disturbs calls that belong to no session, while `work` runs. */
  async disturbing(operation, action, work, times = Infinity) {
    const rule = { matches: (exchange) => exchange.operation === operation, action, times };
    this.rules.push(rule);
    try {
      return await work();
    } finally {
      this.rules.splice(this.rules.indexOf(rule), 1);
    }
  }

  take(rules, exchange) {
    const rule = rules.find((rule) => rule.times > 0 && rule.matches(exchange));
    if (rule) rule.times -= 1;
    return rule;
  }

  sessionOf({ operation, body, presented }) {
    if (operation === 'send' || operation === 'verify') return this.identifiers.get(body?.email ?? body?.phoneNumber);
    return this.owners.get(presented);
  }

  /** The API's answer gave these tokens to a session, whether or not the client sees them. */
  gave(session, { accessToken, refreshToken }) {
    this.secrets.add('access token', accessToken);
    this.secrets.add('refresh token', refreshToken);
    if (!session) return;
    for (const token of [accessToken, refreshToken]) this.owners.set(token, session);
    session.tokens.push({ accessToken, refreshToken, at: this.now() });
  }

  /** From now on `stand` is how the client knows `token`. */
  alias(stand, token) {
    this.aliases.set(stand, token);
    this.owners.set(stand, this.owners.get(token));
    this.secrets.add('token', stand);
  }

  keepSecrets({ headers, body }) {
    this.secrets.add('API key', headers['cv-api-key']);
    this.secrets.add('Idempotency-Key', headers['idempotency-key']);
    this.secrets.add("partner's secret", headers['x-partner-secret']);
    this.secrets.add("organization's secret", headers['x-organization-secret']);
    this.secrets.add('access token', headers.authorization?.replace(/^bearer\s+/i, ''));
    this.secrets.add('refresh token', body?.refresh_token);
  }
}

const PERSONAL = new Set(['send', 'verify', 'refresh', 'logout', 'me']);
