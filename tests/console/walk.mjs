// The console's page in a real browser: all walks to their end, by keyboard and by click.
import assert from 'node:assert/strict';

import { looksWell, open, url } from './browser.mjs';

await open('/', async (page) => {
  await byKeyboard(page);
  await byClick(page);
  await refusals(page);
  await looks(page);
});
console.log('console: all walks reach their end; pictures in .local/console-*.png');

async function byKeyboard(page) {
  await page.locator('#sign-in-1').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  await page.reload(); // at the address that the skip link leads to
  await page.locator('#sign-in-1').waitFor();
  assert.equal(await page.locator('#messages > li').count(), 0);

  await sendByKeyboard(page, 'sign-in-1');
  await answered(page, 'sign-in-1', 200);
  await page.locator('#messages > li').first().waitFor();
  await page.waitForFunction(() => /^\d{6}$/.test(document.querySelector('#sign-in-2-code').value));
  const code = await page.inputValue('#sign-in-2-code');
  assert.match(await page.textContent('#messages > li'), new RegExp(code));
  assert.match(await page.textContent('#sent-status'), /^One message; the newest went to patient@example\.com/);

  await sendByKeyboard(page, 'sign-in-2');
  assert.match(await answered(page, 'sign-in-2', 200), /Filled in: Access token, Refresh token/);
  await sendByKeyboard(page, 'sign-in-3');
  await answered(page, 'sign-in-3', 200);
  const first = await page.inputValue('#sign-in-4-refreshToken');
  await sendByKeyboard(page, 'sign-in-4');
  await answered(page, 'sign-in-4', 200);
  assert.notEqual(await page.inputValue('#sign-in-5-refreshToken'), first, 'the rotated token goes on');
  await sendByKeyboard(page, 'sign-in-5');
  await answered(page, 'sign-in-5', 200);
  assert.equal(await page.locator('[aria-current=step]').count(), 0, 'the walk is at its end');
}

async function byClick(page) {
  await page.getByRole('link', { name: 'Log in with a password' }).click();
  for (const [step, status] of [['password-1', 200], ['password-2', 200], ['password-3', 204]]) {
    await page.locator(`#${step}`).getByRole('button', { name: 'Send' }).click();
    await answered(page, step, status);
  }
  assert.match(await page.textContent('#password-1 pre >> nth=1'), /set-cookie: __Host-postern-patient=/);
  assert.match(await page.textContent('#password-2 pre >> nth=1'), /"username": "demo"/);
  await page.getByRole('link', { name: 'Validate an integration' }).click();
  for (const step of ['partner-1', 'partner-2', 'partner-3']) {
    await page.locator(`#${step}`).getByRole('button', { name: 'Send' }).click();
    await answered(page, step, 200);
  }
  assert.match(await page.textContent('#partner-2 pre >> nth=1'), /"validated": true/);
  assert.match(await page.textContent('#partner-3 pre >> nth=1'), /"kty": "RSA"/);
  await page.getByRole('link', { name: 'Log in with a password' }).click();
  await page.fill('#password-1-password', 'wrong');
  await page.keyboard.press('Enter');
  await answered(page, 'password-1', 401);

  await page.getByRole('link', { name: 'Identity provider' }).click();
  for (const [step, status] of [['sso-1', 200], ['sso-2', 200], ['sso-3', 200], ['sso-2', 404]]) {
    await page.locator(`#${step}`).getByRole('button', { name: 'Send' }).click();
    await answered(page, step, status);
  }
  assert.match(await page.textContent('#sso-1 pre >> nth=0'), /email=xyz%40example\.com&password=demo-password-1/);
}

/** What another site could send is refused by the server, not by the browser alone. */
async function refusals(page) {
  const attempt = JSON.stringify({ method: 'GET', path: '/api/v1/users/me' });
  const send = async (headers) => {
    const response = await fetch(`${url}/try`, { method: 'POST', headers, body: attempt });
    return response.status;
  };
  const json = { 'content-type': 'application/json' };
  assert.equal(await send(json), 200);
  assert.equal(await send({ ...json, origin: 'https://evil.example' }), 403);
  assert.equal(await send({ 'content-type': 'text/plain' }), 415);
  const policy = (await page.request.get(url)).headers()['content-security-policy'];
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
}

async function looks(page) {
  const walks = ['Sign a patient in', 'Log in with a password', 'Validate an integration', 'Identity provider'];
  for (const walk of walks) {
    await page.getByRole('link', { name: walk }).click();
    await looksWell(page, walk.toLowerCase().replaceAll(' ', '-'));
  }
}

/** Presses Tab until the step's button has the focus, then Enter. */
async function sendByKeyboard(page, step) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      const { outlineStyle } = getComputedStyle(activeElement);
      return { localName: activeElement.localName, outlineStyle, step: activeElement.closest('li')?.id };
    });
    assert.notEqual(focused.outlineStyle, 'none', `the focus shows on ${focused.localName}`);
    if (focused.localName === 'button' && focused.step === step) return page.keyboard.press('Enter');
  }
  assert.fail(`Tab never comes to the button of ${step}`);
}

async function answered(page, step, status) {
  const output = page.locator(`#${step} output`, { hasText: `Answered ${status}.` });
  await output.waitFor().catch(async () => assert.fail(`${step}: ${await page.textContent(`#${step}`)}`));
  return output.textContent();
}
