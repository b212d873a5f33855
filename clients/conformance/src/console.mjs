// What the local stack's console offers for tests: the inbox, tokens that must be refused, and why the API refused a request.
import { setTimeout as sleep } from 'node:timers/promises';

import { ask } from './http.mjs';

export class Console {
  constructor(url) {
    this.url = url.replace(/\/$/, '');
  }

  /** What was sent, newest first. */
  messages() {
    return this.json('GET', '/messages');
  }

  /** A partner's token under the API's own keys. `fault`: see docs/local-stack.md. */
  async token(fault) {
    return (await this.json('POST', '/mint', { surface: 'partner', fault })).token;
  }

  /** Why the API refused the request whose answer had this `X-Request-Id`, in a sentence. */
  async explanation(id) {
    const { explanation } = await this.json('GET', `/requests/${encodeURIComponent(id)}`).catch(() => ({})); // it keeps a thousand
    return explanation ?? undefined;
  }

  async json(method, path, body) {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const once = () => ask(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    let { status, text } = await once();
    // On a busy machine what the console needs may be late.
    for (let again = 0; again < 3 && status >= 500; again++) {
      await sleep(1_000);
      ({ status, text } = await once());
    }
    if (status !== 200 && status !== 201) throw new Error(`${method} ${path} of the console at ${this.url} answered ${status}`);
    return JSON.parse(text);
  }
}
