import { element } from './element.js';

const EVERY = 1000;
const SHOWN = 30;

/** The live list of the requests to the API. It looks for new ones while it is shown. */
export class Requests {
  constructor(api) {
    const title = element('h2', { id: 'requests-title' }, 'Your requests');
    const about = element(
      'p', { class: 'about' },
      'Send your application’s calls to ', element('code', {}, api), '. Each appears here, with the check that failed if it is refused. ',
      element('a', { href: '/docs/local-stack#the-stack-as-a-sandbox' }, 'How to disturb answers and move the clock'), '.',
    );
    this.state = element('p', { role: 'status' }, 'Loading…');
    this.list = element('ol', { class: 'requests', tabindex: '0', 'aria-label': 'Requests, newest first' });
    this.section = element('section', { 'aria-labelledby': title.id }, title, about, this.state, this.list);
    this.seen = '';
    this.#again();
  }

  async #again() {
    if (this.section.isConnected && !document.hidden) await this.#look();
    setTimeout(() => this.#again(), EVERY);
  }

  async #look() {
    try {
      const [{ requests }, { faults }, { offsetSeconds }] = await Promise.all(
        [`/requests?limit=${SHOWN}`, '/faults', '/clock'].map(async (path) => (await fetch(path)).json()),
      );
      const seen = JSON.stringify(requests);
      if (seen !== this.seen) this.list.replaceChildren(...requests.map(shown));
      this.seen = seen;
      this.#say([
        requests.length === 0 ? 'No requests yet.' : `The newest ${requests.length === 1 ? 'request' : `${requests.length} requests`}.`,
        faults.length > 0 ? `Answers will be disturbed: ${faults.map(({ kind, times }) => `${kind} ${times}×`).join(', ')}.` : '',
        offsetSeconds > 0 ? `The clock is ${offsetSeconds} s ahead.` : '',
      ].join(' ').trim());
    } catch {
      this.#say('The local stack does not answer, or it does not serve the API.');
    }
  }

  /** Sets the text only if it changes, because screen readers announce it. */
  #say(text) {
    if (this.state.textContent !== text) this.state.textContent = text;
  }
}

function shown({ id, time, route, status, step, explanation, durationMilliseconds, client, fault }) {
  const isGood = status !== null && status < 400;
  const state = status === null ? 'no answer' : `${status}`;
  const facts = [durationMilliseconds !== null && `${durationMilliseconds} ms`, client, fault && `disturbed: ${fault}`].filter(Boolean);
  const head = element(
    'p', { class: 'bar' },
    element('span', {}, element('strong', { class: isGood ? 'good' : 'bad' }, state), ' ', element('code', {}, route)),
    element('time', { datetime: time }, new Date(time).toLocaleTimeString()),
  );
  const check = explanation ? [element('p', { class: 'explanation' }, element('code', {}, step), ` ${explanation}`)] : [];
  const more = element('a', { href: `/requests/${id}`, 'aria-label': `Details of ${route} at ${new Date(time).toLocaleTimeString()}` }, 'Details');
  return element('li', {}, head, ...check, element('p', { class: 'about' }, `${facts.join(', ')} `, more));
}
