// The description of the API as a page: found from the console and back, readable without a script and by keyboard.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { isAccessible, looksWell, open, url } from './browser.mjs';

const description = await readFile(new URL('../../infra/openapi.yaml', import.meta.url), 'utf8');
const operations = [...description.matchAll(/operationId: (\w+)/g)].map(([, id]) => id);

await open('/', async (page) => {
  await page.getByRole('link', { name: 'what it takes and answers' }).click();
  await page.waitForURL(`${url}/api`);
  await everyRoute(page);
  await byKeyboard(page);
  await looksWell(page, 'api');
  await openedUp(page);
  await page.getByRole('link', { name: 'Console' }).click();
  await page.waitForURL(`${url}/`);
  await page.locator('#sign-in-1').waitFor();
});
await asItIs();
console.log(`console: the page of the API has all ${operations.length} routes`);

async function everyRoute(page) {
  assert.ok(operations.length > 10, 'the description has routes');
  const ids = await page.locator('article').evaluateAll((articles) => articles.map(({ id }) => id));
  assert.deepEqual(ids.toSorted(), operations.toSorted());
  assert.equal(await page.locator('script').count(), 0);
  const links = await page.locator('nav a').evaluateAll((all) => all.map(({ hash }) => hash.slice(1)));
  for (const id of links) assert.equal(await page.locator(`[id="${id}"]`).count(), 1, id);

  const refresh = page.locator('#portalRefreshToken');
  for (const text of ['POST', '/api/v1/users/auth/refresh-token', 'cv-api-key', 'Idempotency-Key', '16 to 255 characters']) {
    assert.ok((await refresh.textContent()).includes(text), text);
  }
  const statuses = await refresh.locator('summary strong').allTextContents();
  assert.deepEqual(statuses, ['200', '400', '401', '404', '429', '500', '503', 'any other']);
}

async function byKeyboard(page) {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'description');
  const refusal = page.locator('#portalRefreshToken details', { hasText: 'REFRESH_REUSED' });
  assert.equal(await refusal.locator('figure').first().isVisible(), false);
  await refusal.locator('summary').focus();
  await page.keyboard.press('Enter');
  assert.equal(await refusal.locator('figure').first().isVisible(), true);
}

/** With every answer open, too. */
async function openedUp(page) {
  await page.locator('details').evaluateAll((all) => all.forEach((one) => { one.open = true; }));
  await isAccessible(page, 'every answer open');
}

async function asItIs() {
  const response = await fetch(`${url}/openapi.yaml`);
  assert.equal(response.headers.get('content-type'), 'application/yaml; charset=utf-8');
  assert.equal(await response.text(), description);
}
