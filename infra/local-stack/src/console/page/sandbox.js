import { copyButton } from './copy.js';
import { element } from './element.js';
import { short } from './tokens.js';

const KINDS = {
  'lost-answer': 'the answer is lost',
  'lost-request': 'the request is lost',
  slow: 'the answer comes 3 s late',
  'too-many-requests': '429, too many requests',
  unavailable: 'a dependency is down',
  'gateway-error': 'API Gateway’s own 503',
};
const ANY = 'any route';
const SURFACES = ['portal', 'partner', 'password', 'sso'];
const FLAWS = ['expired', 'foreign', 'forged', 'none'];

/** Forms that disturb answers, move the clock and make tokens; `changed` is called after each change. */
export class Sandbox {
  constructor(changed) {
    this.changed = changed;
    this.route = select(ANY);
    this.route.className = 'wide';
    const more = element('a', { href: '/docs/local-stack#the-stack-as-a-sandbox' }, 'More, and how to do it by HTTP');
    this.section = element(
      'details', { class: 'card' },
      element('summary', {}, 'Break the network, move the clock, make bad tokens'),
      this.#disturb(), this.#advance(), mint(), element('p', {}, more),
    );
  }

  /** The routes of these requests can be chosen. */
  offer(requests) {
    const known = new Set([...this.route.options].map(({ value }) => value));
    const fresh = new Set(requests.map(({ route }) => route).filter((route) => !known.has(route)));
    this.route.append(...[...fresh].map((route) => element('option', {}, route)));
  }

  #disturb() {
    const kind = element('select', {}, ...Object.entries(KINDS).map(([value, text]) => element('option', { value }, text)));
    const times = element('input', { type: 'number', min: '1', max: '10000', value: '1', required: '' });
    const disturb = () => {
      const route = this.route.value === ANY ? {} : { route: this.route.value };
      return this.#change('/faults', { kind: kind.value, times: times.valueAsNumber, ...route });
    };
    return form('Disturb the next answers', [['What happens', kind], ['How often', times], ['To', this.route]], {
      Disturb: disturb, 'Disturb no more': () => this.#reset('/faults'),
    });
  }

  #advance() {
    const by = element('input', { value: '6h', required: '', pattern: '[0-9]+[smhd]', title: 'a whole number and s, m, h or d, such as 6h' });
    return form('Move the clock', [['Forward by', by]], {
      Move: () => this.#change('/clock', { advance: by.value }), 'Back to now': () => this.#reset('/clock'),
    });
  }

  async #change(path, body) {
    await change(path, body);
    await this.changed();
  }

  async #reset(path) {
    await read(await fetch(path, { method: 'DELETE' }));
    await this.changed();
  }
}

/** What is in force, in sentences. */
export function inForce(faults, { now, offsetSeconds }) {
  const left = faults.map(({ kind, times, route }) => `${KINDS[kind]}, ${times}× (${route ?? ANY})`);
  return [
    ...(left.length > 0 ? [`Still to come: ${left.join('; ')}.`] : []),
    ...(offsetSeconds > 0 ? [`The clock is ${span(offsetSeconds)} ahead, at ${now}.`] : []),
  ];
}

/** Makes a token that an application has to refuse, or has to see refused. */
function mint() {
  const [surface, flaw] = [select(...SURFACES), select(...FLAWS)];
  return form('Make a token', [['Of', surface], ['What is wrong with it', flaw]], {
    Make: async () => {
      const { token } = await change('/mint', { surface: surface.value, fault: flaw.value });
      return [element('code', {}, short(token)), ' ', copyButton('the token', () => token)];
    },
  });
}

/** A form with a button for each action: the first submits it. Shows what an action returns, or its error. */
function form(title, fields, actions) {
  const id = `sandbox-${title.toLowerCase().replaceAll(' ', '-')}`;
  const labelled = fields.map(([text, control], at) => {
    control.id = `${id}-${at}`;
    return element('p', { class: 'field' }, element('label', { for: control.id }, text), control);
  });
  const status = element('p', { role: 'status' });
  const run = (action) => async (event) => {
    event.preventDefault();
    status.replaceChildren(...await action().then((made) => made ?? [], (error) => [error.message]));
  };
  const [[verb, submit], ...others] = Object.entries(actions);
  const buttons = others.map(([name, action]) => {
    const button = element('button', { type: 'button', class: 'quiet' }, name);
    button.addEventListener('click', run(action));
    return button;
  });
  const made = element(
    'form', { 'aria-labelledby': id },
    element('h3', { id }, title), element('div', { class: 'fields' }, ...labelled),
    element('div', { class: 'actions' }, element('button', {}, verb), ...buttons), status,
  );
  made.addEventListener('submit', run(submit));
  return made;
}

const select = (...options) => element('select', {}, ...options.map((text) => element('option', {}, text)));

async function change(path, body) {
  return read(await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }));
}

async function read(response) {
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function span(seconds) {
  const [unit, size] = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]].find(([, one]) => seconds % one === 0);
  return `${seconds / size} ${unit}`;
}
