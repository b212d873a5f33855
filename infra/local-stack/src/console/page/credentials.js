import { copyButton } from './copy.js';
import { element } from './element.js';

/** The demo data: a card for each organization, for the partner and for the identity provider. */
export function cards({ clinics, partner, exchange, username }) {
  const [first, ...others] = clinics.map((one) => clinic(one, partner, username));
  const ofPartner = card('Demo partner', [['x-partner-id', partner.id], ['x-partner-secret', partner.secret]]);
  const ofExchange = card('Identity provider', [
    ['client_id', exchange.client_id], ['X-Auth-Token', exchange.token], ['email', exchange.email], ['password', exchange.password],
  ]);
  first.open = true;
  return [first, ofPartner, ofExchange, ...others];
}

function clinic({ id, name, apiKey, portalEnabled, hasLimits, hasCookie, partnerSecret, users }, partner, username) {
  const notes = [
    portalEnabled ? (hasLimits ? 'default limits' : 'high limits') : 'portal not enabled: requests get a 404',
    ...(hasCookie ? ['password logins set a cookie'] : []),
  ];
  const shared = partnerSecret ? [[`organization secret for ${partner.id}`, partnerSecret]] : [];
  return card(name, [['cv-api-key', apiKey], ['organization', id], ...shared, ...users.flatMap((one) => person(one, username))], notes.join('; '));
}

function person({ id, email, phone, password, disabled }, username) {
  const patient = disabled ? 'disabled patient' : 'patient';
  return [
    [patient, email],
    ...(phone ? [[`${patient}, phone`, phone]] : []),
    [`${patient}, id`, id],
    ...(password ? [['user name', username], ['password', password]] : []),
  ];
}

function card(name, facts, note) {
  const row = ([term, text]) => element(
    'div', { class: 'fact' },
    element('dt', {}, term), element('dd', {}, element('span', {}, text), copyButton(`${term} of ${name}`, () => text)),
  );
  const about = note ? [element('p', { class: 'about' }, note)] : [];
  return element('details', { class: 'card' }, element('summary', {}, name), ...about, element('dl', {}, ...facts.map(row)));
}
