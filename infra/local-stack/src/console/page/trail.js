import { element } from './element.js';

const EVERY = 2000;

/** What was changed of a user's: the lines of the audit trail, as they come while the list is shown. */
export class Trail {
  constructor({ clinics }) {
    const [{ users: [first] }] = clinics;
    const title = element('h2', { id: 'trail-title' }, 'Audit trail');
    const about = element(
      'p', { class: 'about' },
      'Each change of a user’s sessions, codes, addresses and settings, and who made it. More filters: ',
      element('code', {}, 'postern audit'), '; every line is at ', element('a', { href: '/trail' }, '/trail'), '.',
    );
    this.user = element('input', { id: 'trail-user', list: 'trail-users', value: first.id, spellcheck: 'false', autocomplete: 'off' });
    const known = clinics.flatMap(({ name, users }) => users.map(({ id, email }) => element('option', { value: id }, `${email}, ${name}`)));
    const label = element('label', { for: this.user.id }, 'User (id)');
    const form = element('form', {}, element('div', { class: 'field' }, label, this.user, element('datalist', { id: 'trail-users' }, ...known)));
    this.state = element('p', { role: 'status' }, 'Loading…');
    this.list = element('ol', { class: 'requests', tabindex: '0', 'aria-label': 'Changes, newest first' });
    this.section = element('section', { 'aria-labelledby': title.id }, title, about, form, this.state, this.list);
    form.addEventListener('submit', (event) => event.preventDefault());
    this.user.addEventListener('input', () => this.#look());
    this.#again();
  }

  async #again() {
    if (this.section.isConnected && !document.hidden) await this.#look();
    setTimeout(() => this.#again(), EVERY);
  }

  async #look() {
    const user = this.user.value.trim();
    try {
      const { lines } = await (await fetch(`/trail?user=${encodeURIComponent(user)}`)).json();
      if (user !== this.user.value.trim()) return;
      const text = JSON.stringify(lines);
      if (text !== this.told) this.list.replaceChildren(...lines.map(shown));
      this.told = text;
      this.#say(summary(lines.length));
    } catch {
      this.#say('The local stack does not answer.');
    }
  }

  /** Sets the text only if it changes, because screen readers announce it. */
  #say(text) {
    if (this.state.textContent !== text) this.state.textContent = text;
  }
}

function summary(count) {
  if (count === 0) return 'Nothing was changed of this user, or there is no such user.';
  return count === 1 ? 'The only change.' : `The newest ${count} changes.`;
}

function shown({ time, event, by, operator, requestId, reason, changed = [] }) {
  const head = element(
    'p', { class: 'bar' },
    element('strong', { class: by === 'unknown' ? 'bad' : 'good' }, event),
    element('time', { datetime: time }, new Date(time).toLocaleTimeString()),
  );
  const who = by === 'unknown' ? 'by nobody who is known: somebody changed it by hand' : `by ${operator ?? by}`;
  const why = [requestId && `request ${requestId}`, reason].filter(Boolean).join(', ');
  const names = changed.length > 0 ? [element('p', { class: 'about' }, `changed: ${changed.join(', ')}`)] : [];
  return element('li', {}, head, element('p', {}, why ? `${who}; ${why}` : who), ...names);
}
