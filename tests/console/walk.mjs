// The console's page in a real browser: all walks to their end, by keyboard and by click.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import { looksWell, open, url } from './browser.mjs';

await open('/', async (page) => {
  await byKeyboard(page);
  await byClick(page);
  await bySms(page);
  await explained(page);
  await samples(page);
  await mail(page);
  await ownRequests(page);
  await trail(page);
  await sandbox(page);
  await refusals(page);
  await looks(page);
}, ['Failed to load resource: the server responded with a status of 400 (Bad Request)']); // the clock's
console.log('console: all walks reach their end; pictures in .local/console-*.png');

async function byKeyboard(page) {
  await page.locator('#sign-in-1').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  await page.reload(); // at the address that the skip link leads to
  await page.locator('#sign-in-1').waitFor();
  assert.equal(await page.locator('#messages > li').count(), 0);
  assert.equal(await page.textContent('#sign-in-2 output'), 'Waits for: Code.');

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

async function bySms(page) {
  await page.getByRole('link', { name: 'Code by SMS' }).click();
  await press(page, 'sms-1');
  await answered(page, 'sms-1', 200);
  await page.waitForFunction(() => /^\d{6}$/.test(document.querySelector('#sms-2-code').value));
  await press(page, 'sms-2');
  await answered(page, 'sms-2', 200);
  assert.match(await page.textContent('#messages > li'), /SMS.*to \+15551234567.*one part/s);
  const isInView = (id) => {
    const { top, bottom } = document.getElementById(id).getBoundingClientRect();
    return top >= 0 && Math.floor(bottom) <= innerHeight;
  };
  await page.waitForFunction(isInView, 'sms-3');
  const decode = page.locator('#sms-2 details');
  await decode.getByText('Decode accessToken').press('Enter');
  assert.match(await decode.locator('pre').textContent(), /"type": "patient-portal"[^]*exp: 20\d\d-/);
  assert.match(await page.textContent('#sms-2 pre >> nth=1'), /"accessToken": "eyJ0eXAiOiJK…/);
}

/** A refused call says which check failed, and leads to what to do. */
async function explained(page) {
  await page.fill('#sms-2-code', '000000');
  await press(page, 'sms-2');
  await answered(page, 'sms-2', 401);
  const explanation = page.locator('#sms-2 .explanation');
  await explanation.waitFor();
  assert.match(await explanation.textContent(), /^CODE_USED The code was used/);
  await explanation.getByRole('link', { name: 'What to do' }).click();
  await page.waitForURL(`${url}/docs/errors#portal-401-unauthorized`);
  assert.equal(await page.textContent(':target'), 'portal-401-unauthorized');
  await looksWell(page, 'errors');
  await page.goBack();
  await page.locator('#sms-1').waitFor();
}

/** What is copied runs as it is, in a shell and as a program. */
async function samples(page) {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${url}/#partner`);
  const copied = async (language) => {
    await page.locator('#partner-language').selectOption(language);
    await page.getByRole('button', { name: 'Copy the request of “Get a token”' }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const run = (program, ...args) => execFileSync(program, args, { encoding: 'utf8' });
  assert.match(run('sh', '-c', await copied('curl')), /"accessToken":"eyJ/);
  assert.match(run('node', '--input-type=module', '-e', await copied('TypeScript')), /^200 .*"accessToken":"eyJ/);
  run('python3', '-c', 'import ast, sys; ast.parse(sys.argv[1])', await copied('Python'));
  await page.locator('#partner-language').selectOption('HTTP');
}

async function mail(page) {
  assert.equal(await page.locator('#sent').isVisible(), false, 'a partner is sent nothing');
  await page.getByRole('link', { name: 'Sign a patient in' }).click();
  const message = page.locator('#messages > li', { hasText: 'Mail' });
  assert.match(await message.textContent(), /from "Demo Clinic" <no-reply@postern\.example>/);
  await message.getByRole('button', { name: 'as HTML' }).press('Enter');
  const frame = page.frameLocator('#messages iframe');
  assert.match(await frame.locator('body').textContent(), /\d{6}/);
  await message.getByRole('button', { name: 'as HTML' }).press('Enter');
  await message.locator('.text').waitFor();
}

/** The calls of an application, as they come. */
async function ownRequests(page) {
  await page.getByRole('link', { name: 'Your requests' }).click();
  await page.locator('.requests > li').first().waitFor();
  const before = await page.locator('.requests > li').count();
  await fetch(`${process.env.POSTERN_API}/v1/token`, { method: 'POST', headers: { 'user-agent': 'my-application/1.0' } });
  const own = page.locator('.requests > li', { hasText: 'my-application/1.0' });
  await own.waitFor();
  assert.match(await own.textContent(), /401 POST \/v1\/token.*CREDENTIALS_REQUIRED One of the five headers/s);
  assert.ok(before > 0 && await own.count() === 1);
  await page.locator('#credentials summary', { hasText: 'Demo Clinic' }).waitFor();
  await own.locator('summary').press('Enter');
  await own.getByRole('link', { name: 'What to do' }).waitFor();
  assert.match(await own.textContent(), /X-Request-Idreq_\d+_\w+.*functionpartner-token.*user-agent/s);
  const requests = await page.waitForResponse((response) => response.url().includes('/requests?'));
  await requests.finished();
  assert.ok(await own.getByRole('link', { name: 'What to do' }).isVisible(), 'the details stay open');
}

/** A user's trail has the sign-in of the first walk, and a change by hand as it comes. */
async function trail(page) {
  await page.getByRole('link', { name: 'Audit trail' }).click();
  const change = (text) => page.locator('.requests > li', { hasText: text });
  await change('session.revoked').first().waitFor();
  assert.match(await change('session.revoked').first().textContent(), /by portal-logout; request .*changed: revokedAt/s);
  for (const event of ['code.attempted', 'code.redeemed', 'session.started', 'session.rotated']) {
    await change(event).first().waitFor();
  }
  await page.getByLabel('User (id)').fill('nobody');
  await page.getByText('Nothing was changed of this user, or there is no such user.').waitFor();
  assert.equal(await page.locator('.requests > li').count(), 0);
  await page.getByRole('link', { name: 'Your requests' }).click();
  const own = page.locator('.requests > li', { hasText: 'POST /api/v1/users/auth/logout' }).first();
  await own.locator('summary').press('Enter');
  await own.getByText('What it wrote: session.revoked.').waitFor();
}

/** The forms that break the network, move the clock and make tokens. */
async function sandbox(page) {
  const state = (text) => page.locator('section > [role=status]', { hasText: text }).waitFor();
  const form = (name) => page.getByRole('form', { name });
  const press = (name, button) => form(name).getByRole('button', { name: button, exact: true }).press('Enter');
  await page.getByText('Break the network').press('Enter');
  await form('Disturb the next answers').getByLabel('To').selectOption('POST /v1/token');
  await press('Disturb the next answers', 'Disturb');
  await state('Still to come: the answer is lost, 1× (POST /v1/token).');
  await assert.rejects(fetch(`${process.env.POSTERN_API}/v1/token`, { method: 'POST' }), 'the answer is lost');
  await page.locator('.requests > li', { hasText: /no answer.*disturbed: lost-answer/s }).waitFor();

  await form('Disturb the next answers').getByLabel('To').selectOption('any route');
  await press('Disturb the next answers', 'Disturb');
  await state('Still to come: the answer is lost, 1× (any route).');
  await press('Disturb the next answers', 'Disturb no more');
  await page.waitForFunction(() => !document.body.textContent.includes('Still to come'));

  await form('Move the clock').getByLabel('Forward by').fill('9999d');
  await press('Move the clock', 'Move');
  await form('Move the clock').getByText('the clock can be at most 3650 days ahead').waitFor();
  await form('Move the clock').getByLabel('Forward by').fill('90m');
  await press('Move the clock', 'Move');
  await state('The clock is 90 m ahead');
  await press('Move the clock', 'Back to now');
  await page.waitForFunction(() => !document.body.textContent.includes('The clock is'));

  await form('Make a token').getByLabel('Of').selectOption('partner');
  await press('Make a token', 'Make');
  await form('Make a token').getByText(/^eyJ.*…/).waitFor();
  await looksWell(page, 'sandbox');
}

async function press(page, step) {
  await page.locator(`#${step}`).getByRole('button', { name: 'Send' }).click();
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
  const walks = ['Sign a patient in', 'Code by SMS', 'Your requests', 'Audit trail', 'Log in with a password', 'Validate an integration', 'Identity provider'];
  for (const walk of walks) {
    await page.getByRole('link', { name: walk }).click();
    await looksWell(page, walk.toLowerCase().replaceAll(' ', '-'));
  }
}

/** Presses Tab until the step's button has the focus, then Enter. */
async function sendByKeyboard(page, step) {
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      const { outlineStyle } = getComputedStyle(activeElement);
      const { localName, textContent } = activeElement;
      return { localName, textContent, outlineStyle, step: activeElement.closest('li')?.id };
    });
    assert.notEqual(focused.outlineStyle, 'none', `the focus shows on ${focused.localName}`);
    if (focused.textContent === 'Send' && focused.step === step) return page.keyboard.press('Enter');
  }
  assert.fail(`Tab never comes to the button of ${step}`);
}

async function answered(page, step, status) {
  const output = page.locator(`#${step} output`, { hasText: `Answered ${status}.` });
  await output.waitFor().catch(async () => assert.fail(`${step}: ${await page.textContent(`#${step}`)}`));
  return output.textContent();
}
