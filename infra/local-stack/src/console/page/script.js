import { element } from './element.js';
import { watch } from './inbox.js';
import { Walk } from './walk.js';
import { WALKS } from './walks.js';

const find = (selector) => document.querySelector(selector);
const demo = await (await fetch('/demo')).json();
const walks = WALKS.map((walk) => new Walk(walk, demo));

find('#api').textContent = demo.api;
find('#walks').append(...WALKS.map(({ id, title }) => element('li', {}, element('a', { href: `#${id}` }, title))));
find('#clinics').append(...demo.clinics.map(clinic));
window.addEventListener('hashchange', choose);
choose();
watch((message) => walks.forEach((walk) => walk.hear(message)));

/** Shows one walk: the one in the address, or the first. */
function choose() {
  const id = location.hash.slice(1);
  if (id === 'walk' && find('#walk').children.length > 0) return;
  const chosen = walks.find(({ walk }) => walk.id === id) ?? walks[0];
  find('#walk').replaceChildren(chosen.section);
  for (const link of document.querySelectorAll('#walks a')) {
    if (link.hash === `#${chosen.walk.id}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function clinic({ id, name, apiKey, portalEnabled, hasLimits, hasCookie, partnerSecret, users }) {
  const notes = [
    portalEnabled ? (hasLimits ? 'default limits' : 'high limits') : 'portal not enabled: requests get a 404',
    ...(hasCookie ? ['password logins set a cookie'] : []),
  ];
  const shared = partnerSecret ? [[`organization secret for ${demo.partner.id}`, partnerSecret]] : [];
  const facts = [['cv-api-key', apiKey], ['organization', id], ...shared, ...users.flatMap(person)];
  const rows = facts.map(([term, text]) => element('div', {}, element('dt', {}, term), element('dd', {}, text)));
  const about = element('p', { class: 'about' }, notes.join('; '));
  return element('article', {}, element('h3', {}, name), about, element('dl', {}, ...rows));
}

function person({ email, phone, password, disabled }) {
  const patient = disabled ? 'disabled patient' : 'patient';
  return [
    [patient, [email, phone].filter(Boolean).join(', ')],
    ...(password ? [['user name, password', `${demo.username}, ${password}`]] : []),
  ];
}
