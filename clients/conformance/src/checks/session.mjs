// Calls with the access token, and the end of the session.
import { setTimeout as sleep } from 'node:timers/promises';

import { answered, expiredAccess, internal, loseAnswer, slow, unavailable } from '../disturbances.mjs';
import { check } from '../check.mjs';

check('expired-in-the-middle', {
  title: "A 401 on me before the token's end by the client's clock: one refresh, then the call once more",
  anchor: 'refusals-and-errors',
  made: "the proxy gives the API's 401 for an expired token to the access token that is out",
}, async (t) => {
  const session = await t.signedIn();
  await sleep(1_050); // of two access tokens of one second, the second is the first
  session.expire(session.tokens[0].accessToken, answered(expiredAccess()));
  const outcome = await t.call('me', session);
  t.expect(outcome.ok, `me succeeds; the adapter said "${outcome.error}"`);
  t.expect(session.of('refresh').length === 1, `there is one refresh; there were ${session.of('refresh').length}`);
});

check('refused-for-good', {
  title: 'A 401 on me after a refresh, too: the patient has to sign in, and the client asks no more',
  anchor: 'refusals-and-errors',
  made: "the proxy gives the API's 401 to each me",
}, async (t) => {
  const session = await t.signedIn();
  session.next('me', answered(expiredAccess()), Infinity);
  const outcome = await t.call('me', session);
  t.expect(outcome.error === 'sign-in', `me says "sign-in", not "${outcome.error ?? 'ok'}"`);
  t.expect(session.of('refresh').length <= 1, `there is one refresh at most; there were ${session.of('refresh').length}`);
  t.expect(session.of('me').length <= 2, `me is asked twice at most; it was asked ${session.of('me').length} times`);
});

check('me-unavailable', {
  title: 'A 503 on me: the client waits for Retry-After, and refreshes and signs out nothing',
  anchor: 'refusals-and-errors',
  made: 'the proxy answers 503 UNAVAILABLE with Retry-After: 6 in place of the API',
}, async (t) => {
  const session = await t.signedIn();
  session.next('me', answered(unavailable(6)));
  const outcome = await t.call('me', session);
  t.spaced(session.of('me'), [6, 1], 'me');
  t.expect(outcome.ok || outcome.error === 'unavailable', `me says ok or "unavailable", not "${outcome.error}"`);
  t.expect(session.of('refresh').length === 0, 'a 503 on me causes no refresh');
  const after = await t.call('me', session);
  t.expect(after.ok, `the session works afterwards; the adapter said "${after.error}"`);
});

check('me-lost', {
  title: 'No answer to me signs nobody out: the call is repeated, or the caller hears that it is unavailable',
  anchor: 'before-production',
  made: 'the proxy closes the connection each time, after the API answered',
}, async (t) => {
  const session = await t.signedIn();
  session.next('me', loseAnswer, Infinity);
  const outcome = await t.call('me', session);
  t.expect(outcome.error === 'unavailable', `me says "unavailable", not "${outcome.error ?? 'ok'}"`);
  t.spaced(session.of('me').slice(0, 3), [1, 2], 'me');
  await t.alive(session, 'after lost answers');
});

check('server-error', {
  title: 'A 500 is tried once more, a refresh with its key, then reported; nobody is signed out',
  anchor: 'refusals-and-errors',
  made: 'the proxy answers each me with 500; then the API rotates the token, and the proxy answers 500',
}, async (t) => {
  const session = await t.signedIn();
  session.next('me', answered(internal()), Infinity);
  const outcome = await t.call('me', session);
  t.expect(outcome.error === 'unavailable', `me says "unavailable", not "${outcome.error ?? 'ok'}"`);
  t.expect(session.of('me').length <= 2, `me is asked twice at most; it was asked ${session.of('me').length} times`);
  t.spaced(session.of('me'), [1], 'me');
  session.calm();
  session.next('refresh', answered(internal(), { ran: true }));
  const refreshed = await t.persist('refresh', session);
  t.expect(refreshed.ok, `the refresh succeeds in the end; the adapter said "${refreshed.error}"`);
  t.sameRotation(session.of('refresh'), 'refresh');
  t.spaced(session.of('refresh').slice(0, 2), [1], 'refresh');
  await t.alive(session, 'after a 500');
});

check('slow-answer', {
  title: 'An answer after 4.5 s arrives: timeouts are 5 s or more',
  anchor: 'before-production',
  made: "the proxy holds the API's answer back",
}, async (t) => {
  const session = await t.signedIn();
  session.next('me', slow(4_500), Infinity);
  const outcome = await t.call('me', session);
  t.expect(outcome.ok, `me succeeds; the adapter said "${outcome.error}"`);
  t.expect(session.of('me').length === 1, `me is asked once; it was asked ${session.of('me').length} times`);
});

check('logout-forgets', {
  title: 'After a logout the API knows that the session is over, and the client has forgotten both tokens',
  anchor: 'end-the-session',
}, async (t) => {
  const session = await t.signedIn();
  t.ok(await t.call('refresh', session), 'refresh');
  t.ok(await t.call('logout', session), 'logout');
  t.expect(session.of('logout').some(({ presented, ran }) => ran === 200 && presented === session.tokens.at(-1).refreshToken), 'the logout names the newest refresh token');
  for (const name of ['me', 'refresh']) {
    const { outcome, exchanges } = await session.during(() => t.call(name, session));
    t.expect(outcome.error === 'sign-in', `${name} says "sign-in" after the logout, not "${outcome.error ?? 'ok'}"`);
    t.expect(exchanges.length === 0, `${name} uses neither token after the logout`);
  }
});

check('logout-repeats', {
  title: 'A logout that failed is repeated: after a 503 by the client or its caller, after a lost answer as well',
  anchor: 'end-the-session',
  made: 'the proxy answers the first logout with 503 UNAVAILABLE and Retry-After: 6 in place of the API, and closes the connection of the second after the API carried it out',
}, async (t) => {
  const session = await t.signedIn();
  session.next('logout', answered(unavailable(6)));
  session.next('logout', loseAnswer);
  const first = await t.call('logout', session);
  t.spaced(session.of('logout').slice(0, 2), [6], 'logout');
  t.expect(first.ok || first.error === 'unavailable', `logout says ok or "unavailable", not "${first.error}"`);
  const outcome = first.ok ? first : await t.persist('logout', session);
  t.expect(outcome.ok, `the logout succeeds in the end; the adapter said "${outcome.error}"`);
  t.expect(session.of('logout').some(({ ran }) => ran === 200), 'the logout reaches the API: else the refresh token lives for 30 days');
});
