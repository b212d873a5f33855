// What may be in no log, no address and no report.
export class Secrets {
  #kinds = new Map(); // a secret: what it is

  /** Short ones are none: a test's key of three letters is in every log. */
  add(kind, secret) {
    if (typeof secret === 'string' && secret.length >= 6 && !this.#kinds.has(secret)) this.#kinds.set(secret, kind);
  }

  isIn(text) {
    return [...this.#kinds.keys()].some((secret) => isIn(text, secret));
  }

  /** How many of which kind the text has, in words. Nothing, if it has none. */
  countedIn(text) {
    const counts = {};
    for (const [secret, kind] of this.#kinds) if (isIn(text, secret)) counts[kind] = (counts[kind] ?? 0) + 1;
    return Object.entries(counts).map(([kind, count]) => `${count} × ${kind}`).join(', ');
  }

  /** The text without them and `others`, in the forms in which they may stand in JSON. */
  redacted(text, others, except) {
    const forms = [...this.#kinds.keys(), ...others].filter((secret) => secret !== except)
      .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
    return [...new Set(forms)].sort((one, other) => other.length - one.length)
      .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
  }
}

/** Six digits are a code only if no others are beside them: logs are full of times. */
function isIn(text, secret) {
  return /^[0-9]+$/.test(secret) ? new RegExp(`(?<![0-9])${secret}(?![0-9])`).test(text) : text.includes(secret);
}
