// Rotating the refresh token.
import { setTimeout as sleep } from 'node:timers/promises';

import { check } from '../check.mjs';
import {
  answered, gatewayThrottled, gatewayUnavailable, loseAnswer, loseRequest, refreshRefused, slow, unavailable, unknownKey,
} from '../disturbances.mjs';

const anchor = 'refresh-ahead-of-time-one-at-a-time';

/** Seconds of an access token that the client has to refresh ahead of its end. */
export const LIFE = 4;

check('refresh-keys', {
  title: 'Each rotation has a fresh Idempotency-Key, and presents the newest token',
  anchor,
}, async (t) => {
  const session = await t.signedIn();
  for (const time of ['first', 'second', 'third']) t.expect((await t.call('refresh', session)).ok, `the ${time} refresh succeeds`);
  const refreshes = session.of('refresh');
  const keys = refreshes.map(({ key }) => key);
  t.expect(keys.every((key) => key !== undefined), 'each refresh has an Idempotency-Key');
  const given = keys.filter((key) => key !== undefined);
  t.expect(new Set(given).size === given.length, 'no key serves two rotations');
  t.expect(refreshes.every(({ presented }, turn) => presented === session.tokens[turn]?.refreshToken), 'each refresh presents the newest token');
  const { of } = await session.during(() => t.call('me', session));
  t.expect(of('me')[0]?.presented === session.tokens.at(-1).accessToken, 'me has the newest access token');
});

check('refresh-lost', {
  title: 'A refresh whose answer is lost is repeated with the same token and the same key, after pauses, and loses no session',
  anchor,
  made: 'the proxy closes the connection: first after the API rotated the token, then before the repeat reaches the API',
}, async (t) => {
  const session = await t.signedIn();
  session.next('refresh', loseAnswer);
  session.next('refresh', loseRequest);
  const outcome = await t.persist('refresh', session);
  t.expect(outcome.ok, `the refresh succeeds in the end; the adapter said "${outcome.error}"`);
  t.sameRotation(session.of('refresh'), 'refresh');
  t.spaced(session.of('refresh').slice(0, 3), [1, 2], 'refresh');
  await t.alive(session, 'after a lost answer');
});

check('refresh-unavailable', {
  title: 'A 503 on refresh-token: the client waits for Retry-After, repeats with the same key, and stays signed in',
  anchor: 'refusals-and-errors',
  made: 'the API rotates the token, and the proxy answers 503 UNAVAILABLE with Retry-After: 6',
}, async (t) => {
  const session = await t.signedIn();
  session.next('refresh', answered(unavailable(6), { ran: true }));
  const { outcome } = await session.during(() => t.call('refresh', session));
  t.expect(outcome.error !== 'sign-in', 'a 503 signs nobody out');
  t.spaced(session.of('refresh').slice(0, 2), [6], 'refresh');
  if (!outcome.ok) t.expect((await t.persist('refresh', session)).ok, 'the refresh succeeds in the end');
  t.sameRotation(session.of('refresh'), 'refresh');
  await t.alive(session, 'after a 503');
});

check('refresh-gateway', {
  title: "The gateway's own 503 and 429 on refresh-token, which have no code and no Retry-After: the client backs off and stays signed in",
  anchor: 'what-api-gateway-answers',
  made: 'the API rotates the token, and the proxy answers as API Gateway does: 503, then 429',
}, async (t) => {
  const session = await t.signedIn();
  session.next('refresh', answered(gatewayUnavailable(), { ran: true }));
  session.next('refresh', answered(gatewayThrottled()));
  const { outcome } = await session.during(() => t.call('refresh', session));
  t.expect(outcome.error !== 'sign-in', 'an answer of the gateway signs nobody out');
  if (!outcome.ok) t.expect((await t.persist('refresh', session)).ok, 'the refresh succeeds in the end');
  t.sameRotation(session.of('refresh'), 'refresh');
  t.spaced(session.of('refresh').slice(0, 3), [1, 2], 'refresh');
  await t.alive(session, "after the gateway's errors");
});

check('one-refresh', {
  title: 'Calls at the same time, as of two tabs, share one refresh',
  anchor,
  made: "the access token expires after a second: the proxy shortens expiresIn, and gives the API's 401 for that token; the refresh takes a second",
}, async (t) => {
  const session = await t.expired();
  session.next('refresh', slow(1_000), Infinity);
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => t.call('me', session)));
  t.expect(outcomes.every(({ ok }) => ok), 'all eight calls succeed');
  const shared = session.of('refresh').length;
  t.expect(shared === 1, `eight calls at once make one refresh; there were ${shared}`);
  const together = await Promise.all(Array.from({ length: 4 }, () => t.call('refresh', session)));
  t.expect(together.every(({ ok }) => ok), 'four refreshes that are asked for at once succeed');
  alone(t, session);
});

check('two-processes', {
  title: 'Two processes with one storage share one refresh, too',
  anchor,
  needs: 'shared',
  made: "the runner starts the adapter twice with one storage; the access token expires after a second: the proxy shortens expiresIn, and gives the API's 401 for that token",
}, async (t) => {
  const [one, other] = await t.bench.twins(2);
  const session = await t.expired({ adapter: one });
  session.next('refresh', slow(1_000), Infinity);
  const input = { session: session.name };
  const outcomes = await Promise.all([one, other, one, other].map((adapter) => t.ask('me', input, adapter)));
  t.expect(outcomes.every(({ ok }) => ok), 'the calls of both processes succeed');
  alone(t, session);
  await t.alive(session, 'after refreshes of two processes');
});

/** No refresh begins before the one before is over, and no token is presented in two rotations. */
function alone(t, session) {
  const refreshes = session.of('refresh');
  const overlap = refreshes.some(({ at }, turn) => turn > 0 && at < refreshes[turn - 1].endedAt);
  t.expect(!overlap, 'no two refreshes are in flight at once');
  t.expect(new Set(refreshes.map(({ presented }) => presented)).size === refreshes.length, 'no token is presented twice');
}

check('crash', {
  title: 'A crash between asking for a rotation and storing its answer loses no session',
  anchor,
  needs: 'shared',
  made: 'the runner kills the adapter while the proxy holds the answer back, and starts it anew',
}, async (t) => {
  const [doomed] = await t.bench.twins(1);
  const session = await t.signedIn({ adapter: doomed });
  session.next('refresh', async (exchange) => {
    await exchange.forward();
    doomed.kill();
    exchange.drop();
  });
  await doomed.call('refresh', { session: session.name });
  t.require(session.of('refresh').length > 0, 'refresh calls refresh-token');
  [session.adapter] = await t.bench.twins(1);
  const outcome = await t.persist('refresh', session);
  t.expect(outcome.ok, `the refresh succeeds after the crash; the adapter said "${outcome.error}"`);
  t.sameRotation(session.of('refresh').slice(0, 2), 'refresh');
});

check('refresh-ahead', {
  title: "The access token is refreshed before its end, by a clock of the client's own, not after a 401",
  anchor,
  made: `the proxy shortens expiresIn to ${LIFE} s`,
}, async (t) => {
  const session = await t.signedIn({ edit: ({ body }) => ({ body: { ...body, expiresIn: LIFE } }) });
  await ahead(t, session);
});

/** Polls `me` over the end of a token's life of LIFE seconds: a call before the end refreshes it. */
export async function ahead(t, session) {
  const [first] = session.tokens;
  const end = session.of('verify').at(-1).endedAt + LIFE * 1000; // the client has the token no earlier
  let asked;
  // By when the runner asked, not by when the client called: a busy machine is no mistake of the client's.
  while ((asked = t.proxy.now()) < end + 700) {
    const { outcome, of } = await session.during(() => t.call('me', session));
    if (!t.expect(outcome.ok, `me succeeds; the adapter said "${outcome.error}"`)) return;
    const stale = asked > end + 500 && of('me').some(({ presented }) => presented === (first.stand ?? first.accessToken));
    t.expect(!stale, 'no call has an access token that is over by expiresIn');
    if (of('refresh').length > 0) break;
    await sleep(200);
  }
  t.expect(session.of('refresh').length > 0 && asked < end, 'the refresh comes before the end of expiresIn');
}

check('replayed', {
  title: 'After REFRESH_REUSED the client forgets both tokens, retries nothing, and has the patient sign in',
  anchor: 'refusals-and-errors',
  made: 'the runner replays an old refresh token to the API, as a thief would',
}, async (t) => {
  const session = await t.signedIn();
  t.ok(await t.call('refresh', session), 'refresh');
  await t.bench.replay(session);
  await over(t, session, 'REFRESH_REUSED');
});

for (const code of ['REFRESH_EXPIRED', 'REFRESH_INVALID']) {
  check(code.toLowerCase().replace('_', '-'), {
    title: `After ${code} the client forgets both tokens, retries nothing, and has the patient sign in`,
    anchor: 'refusals-and-errors',
    made: `the proxy answers 401 ${code} in place of the API`,
  }, async (t) => {
    const session = await t.signedIn();
    session.next('refresh', answered(refreshRefused(code)), Infinity);
    await over(t, session, code);
  });
}

export async function over(t, session, code) {
  const { outcome, of } = await session.during(() => t.call('refresh', session));
  t.expect(outcome.error === 'sign-in', `refresh says "sign-in" after ${code}, not "${outcome.error ?? 'ok'}"`);
  t.expect(of('refresh').length === 1, `the refused refresh is not repeated; there were ${of('refresh').length}`);
  const after = await session.during(() => t.call('me', session));
  t.expect(after.outcome.error === 'sign-in', `me says "sign-in" afterwards, not "${after.outcome.error ?? 'ok'}"`);
  t.expect(after.exchanges.length === 0, 'neither token is used again');
}

check('refresh-misconfigured', {
  title: 'A 404 on refresh-token, an error of configuration, is reported: nobody is signed out, and nothing is repeated',
  anchor: 'refusals-and-errors',
  made: 'the proxy answers 404 NOT_FOUND in place of the API',
}, async (t) => {
  const session = await t.signedIn();
  session.next('refresh', answered(unknownKey()), Infinity);
  const { outcome, of } = await session.during(() => t.call('refresh', session));
  t.expect(outcome.error === 'request', `refresh says "request", not "${outcome.error ?? 'ok'}"`);
  t.expect(of('refresh').length === 1, `the refused refresh is not repeated; there were ${of('refresh').length}`);
  await t.alive(session, 'after a 404');
});

check('device-asleep', {
  title: 'A session whose access token ended long ago is refreshed, not signed out',
  anchor,
  made: "the access token expires after a second: the proxy shortens expiresIn, and gives the API's 401 for that token",
}, async (t) => {
  const session = await t.expired();
  const outcome = await t.call('me', session);
  t.expect(outcome.ok, `me succeeds; the adapter said "${outcome.error}"`);
  t.expect(session.of('refresh').length === 1, `there is one refresh; there were ${session.of('refresh').length}`);
});
