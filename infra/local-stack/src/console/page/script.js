import { cards } from './credentials.js';
import { element } from './element.js';
import { watch } from './inbox.js';
import { Requests } from './requests.js';
import { Trail } from './trail.js';
import { Walk } from './walk.js';
import { WALKS } from './walks.js';

const find = (selector) => document.querySelector(selector);
const demo = await (await fetch('/demo')).json();
const walks = WALKS.map((walk) => new Walk(walk, demo, speak));
const requests = new Requests(demo.api);
const trail = new Trail(demo);
const views = [
  ...walks.map(({ walk, section }) => ({ id: walk.id, title: walk.title, section, isHeard: Boolean(walk.hear) })),
  { id: 'requests', title: 'Your requests', section: requests.section, isHeard: false },
  { id: 'trail', title: 'Audit trail', section: trail.section, isHeard: false },
];

find('#api').textContent = demo.api;
find('#walks').append(...views.map(({ id, title }) => element('li', {}, element('a', { href: `#${id}` }, title))));
find('#credentials').append(...cards(demo));
window.addEventListener('hashchange', choose);
choose();
watch((message) => walks.forEach((walk) => walk.hear(message)));

/** All walks show requests in the language that was chosen in one. */
function speak(language) {
  for (const walk of walks) walk.speak(language);
}

/** Shows one view: the one in the address, or the first. Where nothing is sent, there is no inbox. */
function choose() {
  const id = location.hash.slice(1);
  if (id === 'walk' && find('#walk').children.length > 0) return;
  const chosen = views.find((view) => view.id === id) ?? views[0];
  find('#walk').replaceChildren(chosen.section);
  find('#sent').hidden = !chosen.isHeard;
  for (const link of document.querySelectorAll('#walks a')) {
    if (link.hash === `#${chosen.id}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}
