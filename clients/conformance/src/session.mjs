// One sign-in of the client under test, and all that the proxy saw of it.
export class Session {
  rules = [];
  exchanges = [];
  tokens = [];

  constructor(name, patient) {
    this.name = name;
    this.patient = patient;
  }

  /** The next `times` calls of this kind get this disturbance. */
  next(operation, action, times = 1) {
    this.when((exchange) => exchange.operation === operation, action, times);
  }

  when(matches, action, times = Infinity) {
    this.rules.push({ matches, action, times });
  }

  /** From now on the API's 401 for an expired token answers this access token. */
  expire(token, refusal) {
    this.when(({ operation, presented }) => operation === 'me' && presented === token, refusal);
  }

  calm() {
    this.rules.length = 0;
  }

  of(operation) {
    return this.exchanges.filter((exchange) => exchange.operation === operation);
  }

  /** What `work` makes the client ask, and how it ends. */
  async during(work) {
    const before = this.exchanges.length;
    const outcome = await work();
    const exchanges = this.exchanges.slice(before);
    return { outcome, exchanges, of: (operation) => exchanges.filter((exchange) => exchange.operation === operation) };
  }

  /** The session's requests for the report: tokens and keys are numbered in the order in which they appeared. */
  evidence() {
    const names = new Map();
    const named = (kind, value) => {
      if (value === undefined) return '';
      const id = `${kind} ${value}`;
      if (!names.has(id)) names.set(id, 1 + [...names.keys()].filter((other) => other.startsWith(`${kind} `)).length);
      return `, ${kind} ${names.get(id)}`;
    };
    const start = this.exchanges[0]?.at ?? 0;
    return this.exchanges.map(({ operation, at, presented, key, fate, explanation }) => {
      const kind = operation === 'me' ? 'access token' : 'refresh token';
      const held = operation === 'send' || operation === 'verify' ? '' : named(kind, presented);
      return `${((at - start) / 1000).toFixed(2)} s: ${operation}${held}${named('key', key)} → ${fate}${explanation ? ` (${explanation})` : ''}`;
    });
  }
}
