import { element } from './element.js';

/** A button that copies what `text()` returns, and says so. `what` names it for screen readers. */
export function copyButton(what, text) {
  const button = element('button', { type: 'button', class: 'quiet small', 'aria-label': `Copy ${what}` }, 'Copy');
  button.addEventListener('click', async () => {
    button.textContent = (await copied(text())) ? 'Copied' : 'Not copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return button;
}

/** Browsers have a clipboard only on this machine or with TLS, not at another address. */
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = element('textarea', { class: 'skip', 'aria-hidden': 'true' });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}
