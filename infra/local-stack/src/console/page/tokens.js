import { copyButton } from './copy.js';
import { element } from './element.js';

// What no one reads: tokens and keys.
const LONG = /[\w.-]{40,}/g;
const TIMES = ['iat', 'exp', 'nbf'];

/** The text with its tokens cut short. */
export const short = (text) => text.replace(LONG, (long) => `${long.slice(0, 12)}…${long.slice(-6)}`);

/** The tokens in an answer, each with a button that copies it and, if it is a JWT, what is in it. */
export function tokenList(body, step) {
  const found = Object.entries(texts(body)).filter(([, text]) => text.match(/^[\w.-]{40,}$/));
  return found.map(([name, token]) => {
    const bar = element('div', { class: 'bar' }, element('span', {}, `${name} `, element('code', {}, short(token))), copyButton(`${name} of ${step}`, () => token));
    const claims = decoded(token);
    if (!claims) return element('li', {}, bar);
    const text = element('pre', { role: 'group', 'aria-label': `Claims of ${name}` }, claims);
    return element('li', {}, bar, element('details', {}, element('summary', {}, `Decode ${name}`), text));
  });
}

/** The texts in an answer, the inner ones too, by name. */
function texts(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.entries(value).reduce((all, [name, inner]) => ({
    ...all, ...(typeof inner === 'string' ? { [name]: inner } : texts(inner)),
  }), {});
}

/** Header and claims of a JWT, with times that can be read; `undefined` if it is none. */
function decoded(token) {
  try {
    const [header, claims] = token.split('.', 2).map((part) => {
      const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
      return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0))));
    });
    const times = TIMES.filter((name) => name in claims).map((name) => `${name}: ${new Date(claims[name] * 1000).toISOString()}`);
    return [JSON.stringify(header, null, 2), JSON.stringify(claims, null, 2), ...times].join('\n');
  } catch {
    return undefined;
  }
}
