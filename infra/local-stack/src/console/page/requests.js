import { copyButton } from './copy.js';
import { element } from './element.js';
import { inForce, Sandbox } from './sandbox.js';

const EVERY = 1000;
const SHOWN = 30;

/** The live list of the requests to the API. It looks for new ones while it is shown. */
export class Requests {
  constructor(api) {
    const title = element('h2', { id: 'requests-title' }, 'Your requests');
    const forget = element('button', { type: 'button', class: 'quiet' }, 'Delete all');
    const about = element(
      'p', { class: 'about' },
      'Send your application’s calls to ', element('code', {}, api), '. Each appears here, with the check that failed if it is refused.',
    );
    this.sandbox = new Sandbox(() => this.#look());
    this.state = element('p', { role: 'status' }, 'Loading…');
    this.list = element('ol', { class: 'requests', tabindex: '0', 'aria-label': 'Requests, newest first' });
    const head = element('div', { class: 'bar' }, title, forget);
    this.section = element('section', { 'aria-labelledby': title.id }, head, about, this.sandbox.section, this.state, this.list);
    this.items = new Map();
    forget.addEventListener('click', async () => {
      await fetch('/requests', { method: 'DELETE' });
      await this.#look();
    });
    this.#again();
  }

  async #again() {
    if (this.section.isConnected && !document.hidden) await this.#look();
    setTimeout(() => this.#again(), EVERY);
  }

  async #look() {
    try {
      const [{ requests }, { faults }, clock] = await Promise.all(
        [`/requests?limit=${SHOWN}`, '/faults', '/clock'].map(async (path) => (await fetch(path)).json()),
      );
      this.#show(requests);
      this.sandbox.offer(requests);
      this.#say([summary(requests.length), ...inForce(faults, clock)].join(' '));
    } catch {
      this.#say('The local stack does not answer, or it does not serve the API.');
    }
  }

  /** A request that stays as it is keeps its item, with its details open. */
  #show(requests) {
    const items = new Map(requests.map((request) => {
      const text = JSON.stringify(request);
      const known = this.items.get(request.id);
      return [request.id, known?.text === text ? known : { text, item: shown(request) }];
    }));
    const wanted = [...items.values()].map(({ item }) => item);
    const isSame = wanted.length === this.list.children.length && wanted.every((item, at) => item === this.list.children[at]);
    if (!isSame) this.list.replaceChildren(...wanted);
    this.items = items;
  }

  /** Sets the text only if it changes, because screen readers announce it. */
  #say(text) {
    if (this.state.textContent !== text) this.state.textContent = text;
  }
}

function summary(count) {
  if (count === 0) return 'No requests yet.';
  return count === 1 ? 'The newest request.' : `The newest ${count} requests.`;
}

function shown({ id, time, route, status, step, explanation, durationMilliseconds, client, fault }) {
  const isGood = status !== null && status < 400;
  const facts = [durationMilliseconds !== null && `${durationMilliseconds} ms`, client, fault && `disturbed: ${fault}`].filter(Boolean);
  const head = element(
    'p', { class: 'bar' },
    element('span', {}, element('strong', { class: isGood ? 'good' : 'bad' }, status === null ? 'no answer' : `${status}`), ' ', element('code', {}, route)),
    element('time', { datetime: time }, new Date(time).toLocaleTimeString()),
  );
  const check = explanation ? [element('p', { class: 'explanation' }, element('code', {}, step), ` ${explanation}`)] : [];
  const more = element('details', {}, element('summary', { 'aria-label': `Details of ${route}, ${facts.join(', ')}` }, facts.join(', ') || 'Details'));
  more.addEventListener('toggle', async () => {
    if (more.open && more.children.length === 1) more.append(await details(id));
  });
  return element('li', {}, head, ...check, more);
}

/** What the list doesn't say of a request. */
async function details(id) {
  const response = await fetch(`/requests/${id}`);
  if (!response.ok) return element('p', {}, 'The stack has forgotten this request.');
  const { requestId, function: name, organizationId, headers, asked, passed, done, link } = await response.json();
  const { lines } = await (await fetch(`/trail?request=${encodeURIComponent(requestId ?? id)}`)).json();
  const facts = [
    ['asked', asked], ['X-Request-Id', requestId ?? id], ['function', name], ['organization', organizationId], ['headers that arrived', headers.join(', ')],
  ].filter(([, text]) => text);
  const rows = facts.map(([term, text]) => element(
    'div', { class: 'fact' },
    element('dt', {}, term), element('dd', {}, element('span', {}, text), copyButton(`${term} of request ${id}`, () => text)),
  ));
  const ways = [...(link ? [element('a', { href: link }, 'What to do')] : []), element('a', { href: `/requests/${id}` }, 'As JSON')];
  const checks = passed.map((check) => element('li', {}, check));
  const way = [
    ...(checks.length > 0 ? [element('p', {}, 'Checks that it passed, in their order:'), element('ol', { class: 'checks' }, ...checks)] : []),
    ...(done ? [element('p', {}, done)] : []),
    ...(lines.length > 0 ? [element('p', {}, 'What it wrote: ', element('a', { href: '#trail' }, [...new Set(lines.map(({ event }) => event))].reverse().join(', ')), '.')] : []),
  ];
  return element('div', {}, element('dl', {}, ...rows), ...way, element('p', { class: 'actions' }, ...ways));
}
