// What stands in the client's requests, where they go, and what it writes into its logs.
import { isIP } from 'node:net';

import { check, NotRun } from '../check.mjs';
import { listen } from '../listener.mjs';

check('other-hosts', {
  title: 'Keys and tokens go to the API alone: a redirect to another host is not followed with them',
  anchor: 'before-production',
  made: 'the proxy answers me with 307 to a server of the runner, and refresh-token as well; the API never redirects',
}, async (t) => {
  const session = await t.signedIn();
  const told = [];
  const host = await listen((request, bytes, response) => {
    told.push(`${request.url}\n${JSON.stringify(request.headers)}\n${bytes}`);
    response.writeHead(204).end();
  });
  try {
    const away = (exchange) => exchange.respond({ status: 307, headers: { location: host.url + exchange.url } });
    session.next('me', away, Infinity);
    session.next('refresh', away, Infinity);
    await t.call('me', session);
    await t.call('refresh', session);
    t.expect(session.exchanges.some(({ fate }) => fate === '307'), 'the client asks the API first');
    const secret = told.filter((request) => t.proxy.secrets.isIn(request));
    t.expect(secret.length === 0, `the other host gets neither key nor token; ${secret.length} requests had one`);
  } finally {
    host.close();
  }
});

check('requests', {
  title: 'Each request has the form that the API documents, and no secret in its address',
  anchor: 'before-production',
  last: true,
}, async (t) => {
  const { exchanges, strays } = t.proxy;
  const each = (holds, sentence) => {
    const wrong = exchanges.filter((exchange) => !holds(exchange));
    t.expect(wrong.length === 0, `${sentence}; ${wrong.length} of ${exchanges.length} requests differ`);
  };
  each(({ url }) => !t.proxy.secrets.isIn(decoded(url)), 'no address has a key, a token or a code');
  each(({ method, headers }) => method !== 'POST' || /^application\/json\b/i.test(headers['content-type'] ?? ''), 'each POST says Content-Type: application/json');
  each(({ method, body }) => method !== 'POST' || (body !== null && typeof body === 'object'), 'each POST has a JSON object');
  each(({ operation, headers }) => !PORTAL.has(operation) || headers['cv-api-key'], 'each call of the portal has cv-api-key');
  each(({ key }) => key === undefined || (/^[\x21-\x7e]{16,255}$/.test(key) && !key.includes(',')), 'an Idempotency-Key is 16 to 255 visible ASCII characters without a comma');
  each(({ headers }) => headers['x-end-user-ip'] === undefined || isIP(headers['x-end-user-ip']) !== 0, 'x-end-user-ip is one address');
  t.expect(strays.length === 0, `each request is for a session that the runner asked for, at a route that exists; ${strays.length} were not`);
});

check('logs', {
  title: 'Keys, codes and tokens are in none of the logs',
  anchor: 'before-production',
  last: true,
}, async (t) => {
  const logs = await t.bench.logs();
  if (logs === undefined) throw new NotRun('the runner did not start the adapter, and no --log names a file');
  const told = t.proxy.secrets.countedIn(logs);
  t.expect(told === '', `output and logs of the client have no secret of a request or an answer; they have ${told}`);
});

const PORTAL = new Set(['send', 'verify', 'refresh', 'logout', 'me']);

function decoded(url) {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
