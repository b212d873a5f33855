import { element } from './element.js';

const EVERY = 1000;
const SHOWN = 50;
/** What became of a message that SES or SNS had accepted. */
const FATES = { bounced: 'accepted, then bounced', reportedAsSpam: 'arrived, then reported as spam', notDelivered: 'accepted, then not delivered' };

/** Shows the sent messages; `arrived` gets each new message once, oldest first. */
export function watch(arrived) {
  const list = document.querySelector('#messages');
  const status = document.querySelector('#sent-status');
  let known = [];
  const items = new Map();
  /** A message that stays keeps its view. */
  const item = (message) => {
    if (!items.has(message.id)) items.set(message.id, shown(message));
    return items.get(message.id);
  };

  const look = async () => {
    try {
      const messages = await (await fetch('/messages')).json();
      const ids = new Set(known);
      const fresh = messages.filter(({ id }) => !ids.has(id));
      if (fresh.length > 0 || messages.length !== known.length) {
        known = messages.map(({ id }) => id);
        list.replaceChildren(...messages.slice(0, SHOWN).map(item));
        for (const message of fresh.toReversed()) arrived(message);
      }
      say(status, summary(messages));
    } catch {
      say(status, 'The local stack does not answer. Is it still running?');
    }
  };

  document.querySelector('#forget').addEventListener('click', async () => {
    await fetch('/messages', { method: 'DELETE' });
    await look();
  });
  const again = async () => {
    if (!document.hidden) await look();
    setTimeout(again, EVERY);
  };
  again();
}

/** Sets the text only if it changes, because screen readers announce it. */
function say(status, text) {
  if (status.textContent !== text) status.textContent = text;
}

function summary([newest, ...others]) {
  if (!newest) return 'No messages yet. New messages appear here.';
  const count = others.length === 0 ? 'One message' : `${others.length + 1} messages`;
  return `${count}; the newest went to ${newest.to} at ${time(newest)}.`;
}

function shown(message) {
  const isSms = message.channel === 'SMS';
  const sent = element('time', { datetime: message.sentAt }, time(message));
  const head = element('p', { class: 'bar' }, element('span', { class: 'kind' }, isSms ? 'SMS' : 'Mail'), sent);
  const lines = [
    element('p', {}, 'to ', element('strong', {}, message.to)),
    ...(message.from ? [element('p', { class: 'about' }, `from ${message.from}`)] : []),
    ...(isSms ? [element('p', { class: 'about' }, message.parts === 1 ? 'one part' : `${message.parts} parts`)] : []),
    ...(message.fate ? [element('p', { class: 'about' }, FATES[message.fate])] : []),
    ...(message.subject ? [element('p', { class: 'subject' }, message.subject)] : []),
  ];
  const text = element('p', { class: 'text' }, message.text.trim());
  return element('li', {}, head, ...lines, text, ...(message.html ? [asHtml(message, text)] : []));
}

/** A button that shows the HTML of a mail in place of its text. The frame can run no script and load nothing. */
function asHtml({ id, to }, text) {
  const button = element('button', { type: 'button', class: 'quiet small', 'aria-pressed': 'false', 'aria-label': `Mail to ${to} as HTML` }, 'As HTML');
  let frame;
  button.addEventListener('click', () => {
    const isShown = button.getAttribute('aria-pressed') === 'true';
    frame ??= element('iframe', { src: `/messages/${id}/html`, sandbox: '', title: `Mail to ${to}` });
    button.setAttribute('aria-pressed', String(!isShown));
    if (isShown) frame.replaceWith(text);
    else text.replaceWith(frame);
  });
  return button;
}

const time = ({ sentAt }) => new Date(sentAt).toLocaleTimeString();
