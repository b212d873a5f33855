// The description of the API in Swagger UI: found from the console and back, and what it sends reaches the stack.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { looksWell, open, url } from './browser.mjs';

const api = process.env.POSTERN_API;
const description = await readFile(new URL('../../infra/openapi.yaml', import.meta.url), 'utf8');
const operationsOf = (text) => [...text.matchAll(/operationId: (\w+)/g)].map(([, id]) => id);
const operations = operationsOf(description);

/** What Swagger UI 5.34 does itself, and no setting of it changes. Whatever it stops doing has to go from here. */
const viewer = {
  within: '.swagger-ui',
  broken: new Set(),
  breaks: {
    'color-contrast': 'its palette: white on the green of POST, the blue of links and more',
    'heading-order': 'its title is an h1, and its tags are h3',
    label: 'the text area for a body has no label',
    'landmark-unique': 'the tables of answers are regions without names',
    'nested-interactive': 'the button that opens an operation has another one in it, which copies the path',
    region: 'the description is outside its main',
    'scrollable-region-focusable': 'the curl command scrolls sideways, by mouse alone',
    'select-name': 'the lists of servers, media types and examples have no name',
  },
};

await open('/', async (page) => {
  await page.getByRole('link', { name: 'API reference' }).click();
  await page.waitForURL(`${url}/api`);
  await everyRoute(page);
  await looksWell(page, 'api', viewer);
  await page.setViewportSize({ width: 1280, height: 900 });
  await withDemoCredentials(page);
  await withToken(page);
  assert.deepEqual(await page.context().cookies(), [], 'a login leaves no cookie behind');
  await looksWell(page, 'api-answers', viewer);
  assert.deepEqual([...viewer.broken].toSorted(), Object.keys(viewer.breaks).toSorted());
  await page.getByRole('link', { name: 'Postern console' }).click();
  await page.waitForURL(`${url}/`);
  await page.locator('#sign-in-1').waitFor();
});
await toThePageAlone();
await forTools();
console.log(`console: the page of the API has all ${operations.length} routes, and calls them`);

async function everyRoute(page) {
  assert.ok(operations.length > 10, 'the description has routes');
  await page.locator('.opblock').first().waitFor();
  const ids = await page.locator('.opblock').evaluateAll((all) => all.map(({ id }) => id.split('-').at(-1)));
  assert.deepEqual(ids.toSorted(), operations.toSorted());
  const servers = await page.locator('#servers option').allTextContents();
  assert.deepEqual(servers, [`${api} - This local stack`]);
}

/** As they are filled in. */
async function withDemoCredentials(page) {
  const keys = await execute(page, 'getPartnerKeys');
  assert.deepEqual(keys, await (await fetch(`${api}/.well-known/jwks.json`)).json());
  assert.equal(keys.keys[0].kty, 'RSA');

  assert.deepEqual(await execute(page, 'sendPortalOtp'), { status: 200, success: true });
  const isSent = async () => (await (await fetch(`${url}/messages`)).json()).some(({ to }) => to === 'patient@example.com');
  for (let looks = 0; !(await isSent()); looks += 1) {
    assert.ok(looks < 100, 'the code is sent');
    await page.waitForTimeout(100);
  }
  assert.equal((await execute(page, 'issuePartnerToken')).success, true);
  assert.match((await execute(page, 'signInSsoUser')).access_token, /^[A-Za-z0-9]{42}$/);
}

/** Logs in, puts the token under “Authorize”, and asks who that is. */
async function withToken(page) {
  const { token, tokenType } = await execute(page, 'logInPasswordUser');
  assert.equal(tokenType, 'Bearer');
  await page.locator('.scheme-container').getByRole('button', { name: 'Authorize' }).click();
  const scheme = page.locator('.auth-container', { hasText: 'passwordToken' });
  await scheme.locator('input').fill(token);
  await scheme.getByRole('button', { name: 'Apply credentials' }).click();
  await scheme.getByRole('button', { name: 'Close' }).click();
  assert.equal((await execute(page, 'getPasswordAccount')).username, 'demo');
}

/** Opens an operation, presses “Try it out” and “Execute” by keyboard, and returns the body of a 200. */
async function execute(page, id) {
  const operation = page.locator(`.opblock[id$="-${id}"]`);
  await operation.locator('.opblock-summary-control').press('Enter');
  await operation.getByRole('button', { name: 'Try it out' }).press('Enter');
  const answered = page.waitForResponse((response) => response.url().startsWith(`${url}/gateway/`));
  await operation.getByRole('button', { name: 'Execute' }).press('Enter');
  const body = await (await answered).json();
  const answer = operation.locator('.live-responses-table tbody tr').first();
  assert.match(await answer.textContent(), /^200/, id);
  assert.deepEqual(JSON.parse(await answer.locator('code').first().textContent()), body);
  assert.ok((await operation.locator('.curl').textContent()).includes(`'${api}/`), 'the command calls the API itself');
  return body;
}

/** What another site could send is refused by the server, not by the browser alone. */
async function toThePageAlone() {
  const send = async (headers, method = 'GET') => {
    const response = await fetch(`${url}/gateway/.well-known/jwks.json`, { method, headers });
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    return response.status;
  };
  assert.equal(await send({}), 200);
  assert.equal(await send({ origin: url }), 200);
  assert.equal(await send({ origin: 'https://evil.example' }), 403);
  assert.equal(await send({ origin: 'https://evil.example' }, 'OPTIONS'), 403);
  const policy = (await fetch(`${url}/api`)).headers.get('content-security-policy');
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';/);
}

/** What tools get names this stack, and is otherwise the file. */
async function forTools() {
  const response = await fetch(`${url}/openapi.yaml`);
  assert.equal(response.headers.get('content-type'), 'application/yaml; charset=utf-8');
  const served = await response.text();
  assert.equal(served, await (await fetch(`${url}/api/openapi.yaml`)).text());
  assert.ok(served.includes(`url: ${api}`), 'its server is this stack');
  assert.deepEqual(operationsOf(served), operations);
}
