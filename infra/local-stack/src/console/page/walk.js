import { copyButton } from './copy.js';
import { element } from './element.js';
import { SAMPLES, sent } from './samples.js';
import { short, tokenList } from './tokens.js';
import { LABELS } from './walks.js';

// The headers of an answer that the page shows.
const SHOWN = ['content-type', 'cache-control', 'retry-after', 'set-cookie', 'www-authenticate', 'x-request-id'];

/** Shows a walk; `hear` passes a new message on to it. */
export class Walk {
  /** `chose` is called with the language that is chosen here. */
  constructor(walk, demo, chose) {
    this.walk = walk;
    this.chose = chose;
    this.api = demo.api;
    const empty = walk.steps.flatMap(({ fields }) => fields.map((name) => [name, '']));
    this.values = { ...Object.fromEntries(empty), ...walk.values(demo) };
    this.steps = walk.steps.map((step, index) => this.#step(step, index));
    const title = element('h2', { id: `${walk.id}-title` }, walk.title);
    const steps = element('ol', { class: 'steps' }, ...this.steps.map(({ item }) => item));
    const more = element('a', { href: `/docs/integrate#${walk.anchor}` }, 'How to integrate this');
    const about = element('p', { class: 'about' }, `${walk.about} `, more, '.');
    this.section = element('section', { 'aria-labelledby': title.id }, title, about, this.#languages(), steps);
    this.#show();
    this.#next(0);
  }

  hear(message) {
    this.#fill(this.walk.hear?.(message, this.values) ?? {});
  }

  speak(language) {
    this.language.value = language;
    this.#show();
  }

  #languages() {
    const id = `${this.walk.id}-language`;
    const options = Object.keys(SAMPLES).map((name) => element('option', {}, name));
    this.language = element('select', { id }, ...options);
    this.language.addEventListener('change', () => this.chose(this.language.value));
    return element('p', { class: 'language' }, element('label', { for: id }, 'Show requests as'), this.language);
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
    const request = element('pre', { role: 'group', 'aria-label': `Request of “${step.title}”` });
    const copyRequest = copyButton(`the request of “${step.title}”`, () => this.#sample(step));
    const send = element('button', { 'aria-describedby': title.id }, 'Send');
    const status = element('output');
    const explanation = element('p', { class: 'explanation', hidden: '' });
    const answer = element('pre', { role: 'group', 'aria-label': `Answer of “${step.title}”` });
    const shown = { step, item: undefined, request, send, status, explanation, answer, tokens: element('ul', { class: 'tokens' }), whole: '' };
    shown.block = element('div', { class: 'block', hidden: '' }, answer, copyButton(`the answer of “${step.title}”`, () => shown.whole));
    const actions = element('div', { class: 'actions' }, send, status);
    const form = element(
      'form', { 'aria-labelledby': title.id },
      element('div', { class: 'fields' }, ...fields), element('div', { class: 'block' }, request, copyRequest),
      actions, explanation, shown.block, shown.tokens,
    );
    shown.item = element('li', { id }, title, element('p', { class: 'about' }, step.about), form);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send(shown, index);
    });
    return shown;
  }

  async #send(shown, index) {
    const { step, send, status, answer } = shown;
    // Unlike with `disabled`, the button keeps the keyboard's focus.
    if (send.getAttribute('aria-disabled') === 'true') return;
    shown.isSending = true;
    send.setAttribute('aria-disabled', 'true');
    say(status, '', 'Sending…');
    shown.explanation.hidden = true;
    shown.tokens.replaceChildren();
    try {
      const got = await call(step.request(this.values));
      const succeeded = got.status >= 200 && got.status < 300;
      const learned = this.#fill(succeeded ? (step.learn?.(got.parsed ?? {}) ?? {}) : {});
      shown.whole = shownAnswer(got);
      answer.textContent = short(shown.whole);
      shown.tokens.replaceChildren(...tokenList(got.parsed, `“${step.title}”`));
      say(status, succeeded ? 'good' : 'bad', [`Answered ${got.status}.`, filledIn(learned)].join(' ').trim());
      if (succeeded) this.#next(index + 1);
      else await explain(shown.explanation, got);
    } catch (error) {
      shown.whole = error.message;
      answer.textContent = error.message;
      say(status, 'bad', 'No answer.');
    }
    shown.block.hidden = false;
    shown.isSending = false;
    this.#wait(shown);
    if (status.className === 'good') this.#follow(index + 1);
  }

  #sample(step) {
    return SAMPLES[this.language.value](step.request(this.values), this.api);
  }

  #fill(values) {
    const names = Object.keys(values).filter((name) => values[name] !== undefined);
    for (const name of names) this.values[name] = values[name];
    if (names.length > 0) this.#show();
    return names;
  }

  #show() {
    for (const shown of this.steps) {
      shown.request.textContent = short(this.#sample(shown.step));
      for (const input of shown.item.querySelectorAll('input')) {
        const value = this.values[input.name] ?? '';
        if (input.value !== value) input.value = value;
      }
      this.#wait(shown);
    }
  }

  /** A step can be sent once it has its values. */
  #wait({ step, send, status, isSending }) {
    if (isSending) return;
    const missing = step.fields.filter((name) => !this.values[name]).map((name) => LABELS[name] ?? name);
    send.setAttribute('aria-disabled', String(missing.length > 0));
    if (missing.length > 0) say(status, 'waits', `Waits for: ${missing.join(', ')}.`);
    else if (status.className === 'waits') say(status, '', '');
  }

  #next(index) {
    for (const [place, { item }] of this.steps.entries()) {
      if (place === index) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    }
  }

  /** Scrolls to the next step, so that it is in view with what it waits for. */
  #follow(index) {
    const { item } = this.steps[index] ?? {};
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    item?.scrollIntoView({ block: 'nearest', behavior: isCalm ? 'auto' : 'smooth' });
  }
}

/** Sets the text only if it changes, because screen readers announce it. */
function say(status, className, text) {
  status.className = className;
  if (status.value !== text) status.value = text;
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

/** The check that failed, which the answer doesn't tell. */
async function explain(paragraph, { headers }) {
  const [, id] = headers.find(([name]) => name === 'apigw-requestid') ?? [];
  const response = await fetch(`/requests/${id}`);
  const { step, explanation, link } = response.ok ? await response.json() : {};
  if (!explanation) return;
  paragraph.replaceChildren(element('code', {}, step), ` ${explanation} `, element('a', { href: link }, 'What to do'));
  paragraph.hidden = false;
}

function shownAnswer({ status, headers, body, parsed }) {
  const shown = headers.filter(([name]) => SHOWN.includes(name));
  const lines = shown.map(([name, value]) => `${name}: ${value}`);
  const text = parsed === undefined ? body : JSON.stringify(parsed, null, 2);
  return [`HTTP ${status}`, ...lines, ...(body ? ['', text] : [])].join('\n');
}

function filledIn(names) {
  const labels = names.map((name) => LABELS[name] ?? name);
  return labels.length > 0 ? `Filled in: ${labels.join(', ')}.` : '';
}
