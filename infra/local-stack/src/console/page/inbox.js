import { element } from './element.js';

const EVERY = 1000;
const SHOWN = 50;

/** Shows the sent messages; `arrived` gets each new message once, oldest first. */
export function watch(arrived) {
  const list = document.querySelector('#messages');
  const status = document.querySelector('#sent-status');
  let known = [];

  const look = async () => {
    try {
      const messages = await (await fetch('/messages')).json();
      const ids = new Set(known);
      const fresh = messages.filter(({ id }) => !ids.has(id));
      if (fresh.length > 0 || messages.length !== known.length) {
        known = messages.map(({ id }) => id);
        list.replaceChildren(...messages.slice(0, SHOWN).map(shown));
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
  const kind = element('span', { class: 'kind' }, message.channel === 'SMS' ? 'SMS' : 'Mail');
  const sent = element('time', { datetime: message.sentAt }, time(message));
  const to = element('strong', {}, message.to);
  const subject = message.subject ? [element('p', { class: 'subject' }, message.subject)] : [];
  const text = element('p', { class: 'text' }, message.text.trim());
  return element('li', {}, element('p', { class: 'bar' }, kind, sent), element('p', {}, 'to ', to), ...subject, text);
}

const time = ({ sentAt }) => new Date(sentAt).toLocaleTimeString();
