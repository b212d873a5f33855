// No page of another site reaches the stack: each path of each port is tried, with each method, from another origin and by
// a name that was rebound to 127.0.0.1. The stack lists its paths, so a new one is tried, too.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import { browse, url } from './browser.mjs';

const SIMPLE = ['GET', 'HEAD', 'POST'];
const ALL = [...SIMPLE, 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const ports = {
  api: process.env.POSTERN_API, console: url, dynamodb: process.env.AWS_ENDPOINT_URL_DYNAMODB,
};
const listed = await (await fetch(`${url}/routes`)).json();
assert.deepEqual(Object.keys(listed).toSorted(), Object.keys(ports).toSorted());
/** With a value for each parameter. */
const paths = Object.fromEntries(Object.entries(listed).map(
  ([port, all]) => [port, all.map((path) => path.replaceAll(/\{[^}]+\}/g, 'x'))],
));
assert.ok(paths.api.length > 10 && paths.console.length > 40 && paths.dynamodb.length === 1);
assert.ok(paths.console.includes('/aws/secretsmanager') && paths.console.includes('/mint'));

/** What stands for AWS answers an unsigned call with a 403 of its own. */
const isSigned = (path) => path.startsWith('/aws/') || /^\/2015-03-31\/(event-source-mappings|functions\/\w+\/configuration)/.test(path);
// What the guard lets pass is answered otherwise, so its 403 and 421 are the guard's.
for (const [port, base] of Object.entries(ports)) {
  for (const path of paths[port].filter((path) => !isSigned(path))) {
    const { status } = await fetch(base + path, { headers: { 'sec-fetch-site': 'none' } });
    assert.ok(status !== 403 && status !== 421, `${base}${path}: ${status} for the developer`);
  }
}

const other = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>another site'));
await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
const { port: otherPort } = other.address();
let tried = 0;
await browse(['--host-resolver-rules=MAP evil.example 127.0.0.1'], async (browser) => {
  // The same site on another port, and another site.
  for (const origin of [`http://127.0.0.1:${otherPort}`, `http://evil.example:${otherPort}`]) {
    await fromAnotherOrigin(browser, origin);
  }
  for (const [port, base] of Object.entries(ports)) await byReboundName(browser, port, base);
});
other.close();
console.log(`guard: all of ${tried} requests of other sites to ${Object.values(paths).flat().length} paths were refused`);

/** A browser sends simple requests without asking, and hides the answer: what counts is that the stack refused. */
async function fromAnotherOrigin(browser, origin) {
  const page = await browser.newPage();
  await page.goto(origin);
  for (const [port, base] of Object.entries(ports)) {
    for (const path of paths[port]) {
      for (const method of SIMPLE) {
        const answered = page.waitForResponse((response) => response.url() === base + path);
        await page.evaluate(
          ([target, method]) => fetch(target, { method, mode: 'no-cors' }).then(() => null, () => null),
          [base + path, method],
        );
        assert.equal((await answered).status(), 403, `${origin}: ${method} ${base}${path}`);
        tried += 1;
      }
      const read = await page.evaluate(
        (target) => fetch(target, { headers: { 'content-type': 'application/json' } }).then(() => 'read', () => 'refused'),
        base + path,
      );
      assert.equal(read, 'refused', `${origin}: ${base}${path} can't be read`);
      tried += 1;
    }
  }
  await page.close();
}

/** The page has the stack's own origin then, and reads each answer. */
async function byReboundName(browser, port, base) {
  const page = await browser.newPage();
  const rebound = base.replace('127.0.0.1', 'evil.example');
  assert.equal((await page.goto(rebound)).status(), 421);
  const statuses = await page.evaluate(async ([paths, methods]) => {
    const found = [];
    for (const path of paths) {
      for (const method of methods) {
        const { status } = await fetch(path, { method });
        found.push(`${status} ${method} ${path}`);
      }
    }
    return found;
  }, [paths[port], ALL]);
  assert.equal(statuses.length, paths[port].length * ALL.length);
  assert.deepEqual(statuses.filter((line) => !line.startsWith('421 ')), [], rebound);
  tried += statuses.length;
  await page.close();
}
