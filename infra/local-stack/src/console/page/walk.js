import { element } from './element.js';
import { LABELS } from './walks.js';

// The headers of an answer that the page shows.
const SHOWN = ['content-type', 'cache-control', 'retry-after', 'set-cookie', 'www-authenticate', 'x-request-id'];

/** Shows a walk; `hear` passes a new message on to it. */
export class Walk {
  constructor(walk, demo) {
    this.walk = walk;
    const empty = walk.steps.flatMap(({ fields }) => fields.map((name) => [name, '']));
    this.values = { ...Object.fromEntries(empty), ...walk.values(demo) };
    this.steps = walk.steps.map((step, index) => this.#step(step, index));
    const title = element('h2', { id: `${walk.id}-title` }, walk.title);
    const steps = element('ol', { class: 'steps' }, ...this.steps.map(({ item }) => item));
    const about = element('p', { class: 'about' }, walk.about);
    this.section = element('section', { 'aria-labelledby': title.id }, title, about, steps);
    this.#show();
    this.#next(0);
  }

  hear(message) {
    this.#fill(this.walk.hear?.(message, this.values) ?? {});
  }

  #step(step, index) {
    const id = `${this.walk.id}-${index + 1}`;
    const fields = step.fields.map((name) => {
      const input = element('input', {
        id: `${id}-${name}`, name, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false',
      });
      input.addEventListener('input', () => this.#fill({ [name]: input.value }));
      return element('p', { class: 'field' }, element('label', { for: input.id }, LABELS[name] ?? name), input);
    });
    const title = element('h3', { id: `${id}-title` }, step.title);
    const request = element('pre', { role: 'group', 'aria-label': 'Request' });
    const send = element('button', { 'aria-describedby': title.id }, 'Send');
    const status = element('output');
    const answer = element('pre', { role: 'group', 'aria-label': 'Answer', hidden: '' });
    const actions = element('div', { class: 'actions' }, send, status);
    const form = element('form', { 'aria-labelledby': title.id }, element('div', { class: 'fields' }, ...fields), request, actions, answer);
    const item = element('li', { id }, title, element('p', { class: 'about' }, step.about), form);
    const shown = { step, item, request, send, status, answer };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send(shown, index);
    });
    return shown;
  }

  async #send({ step, send, status, answer }, index) {
    // Unlike with `disabled`, the button keeps the keyboard's focus.
    if (send.getAttribute('aria-disabled') === 'true') return;
    send.setAttribute('aria-disabled', 'true');
    status.className = '';
    status.value = 'Sending…';
    try {
      const got = await call(step.request(this.values));
      const succeeded = got.status >= 200 && got.status < 300;
      const learned = this.#fill(succeeded ? (step.learn?.(got.parsed ?? {}) ?? {}) : {});
      answer.textContent = shownAnswer(got);
      status.className = succeeded ? 'good' : 'bad';
      status.value = [`Answered ${got.status}.`, filledIn(learned)].join(' ').trim();
      if (succeeded) this.#next(index + 1);
    } catch (error) {
      answer.textContent = error.message;
      status.className = 'bad';
      status.value = 'No answer.';
    }
    answer.hidden = false;
    send.removeAttribute('aria-disabled');
  }

  #fill(values) {
    const names = Object.keys(values).filter((name) => values[name] !== undefined);
    for (const name of names) this.values[name] = values[name];
    if (names.length > 0) this.#show();
    return names;
  }

  #show() {
    for (const { step, item, request } of this.steps) {
      request.textContent = shownRequest(step.request(this.values));
      for (const input of item.querySelectorAll('input')) {
        const value = this.values[input.name] ?? '';
        if (input.value !== value) input.value = value;
      }
    }
  }

  #next(index) {
    for (const [place, { item }] of this.steps.entries()) {
      if (place === index) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    }
  }
}

/** The console's server calls the API, so the API doesn't need CORS. */
async function call(request) {
  const { method, path, headers } = request;
  const response = await fetch('/try', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ method, path, headers, body: sent(request) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  try {
    return { ...answer, parsed: JSON.parse(answer.body) };
  } catch {
    return answer;
  }
}

/** A body is sent as JSON, a form URL-encoded. */
function sent({ body, form }) {
  return form ? new URLSearchParams(form).toString() : body && JSON.stringify(body);
}

function shownRequest({ method, path, headers, body, form }) {
  const text = form ? sent({ form }) : body && pretty(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path}`, ...lines, ...(text ? ['', text] : [])].join('\n');
}

function shownAnswer({ status, headers, body, parsed }) {
  const shown = headers.filter(([name]) => SHOWN.includes(name));
  const lines = shown.map(([name, value]) => `${name}: ${value}`);
  return [`HTTP ${status}`, ...lines, ...(body ? ['', parsed === undefined ? body : pretty(parsed)] : [])].join('\n');
}

const pretty = (value) => JSON.stringify(value, null, 2);

function filledIn(names) {
  const labels = names.map((name) => LABELS[name] ?? name);
  return labels.length > 0 ? `Filled in: ${labels.join(', ')}.` : '';
}
