// Sending and verifying codes.
import { answered, limited, loseAnswer, loseRequest, unavailable } from '../disturbances.mjs';
import { check } from '../check.mjs';

check('sign-in', {
  title: 'A patient signs in, is asked for, stays signed in and signs out',
  anchor: 'patient-sign-in-by-one-time-code',
}, async (t) => {
  const session = await t.signedIn();
  const me = await t.call('me', session);
  t.ok(me, 'me');
  t.expect(typeof me.userId === 'string' && me.userId !== '', 'me answers with the userId of the patient');
  t.ok(await t.call('refresh', session), 'refresh');
  t.ok(await t.call('me', session), 'me after a refresh');
  t.ok(await t.call('logout', session), 'logout');
  for (const operation of ['send', 'verify', 'me', 'refresh', 'logout']) {
    t.expect(session.of(operation).length > 0, `the client's ${operation} goes through the proxy`);
  }
});

check('send-lost', {
  title: 'A send whose answer is lost is repeated with its own Idempotency-Key, after a pause, or not at all',
  anchor: 'send-a-code',
  made: 'the proxy closes the connection after the API sent the code',
}, (t) => t.signingIn(async (session, { begin, complete }) => {
  session.next('send', loseAnswer);
  const { outcome } = await session.during(begin);
  const sends = session.of('send');
  t.expect(outcome.ok || outcome.error === 'unavailable', `begin says ok or "unavailable", not "${outcome.error}"`);
  if (sends.length > 1) {
    t.expect(sends.every(({ key }) => key !== undefined), 'a send without an Idempotency-Key is not repeated');
    t.expect(new Set(sends.map(({ key }) => key)).size === 1, 'a repeat has the key of the send that it repeats');
    t.spaced(sends, [1, 2], 'send');
  }
  t.ok(await complete(), 'complete, with the code of the send whose answer was lost,');
}));

check('send-fresh-key', {
  title: 'Each press of the button has an Idempotency-Key of its own',
  anchor: 'send-a-code',
}, (t) => t.signingIn(async (session, { begin, complete }) => {
  t.ok(await begin(), 'begin');
  t.ok(await begin(), 'begin again, as for "send again",');
  const [first, second] = session.of('send').map(({ key }) => key);
  t.expect(first === undefined || first !== second, 'the second send has another key than the first');
  t.ok(await complete(), 'complete');
}));

check('send-unavailable', {
  title: 'A 503 on send-otp: the client waits for Retry-After',
  anchor: 'refusals-and-errors',
  made: 'the proxy answers 503 UNAVAILABLE with Retry-After: 6 in place of the API',
}, (t) => t.signingIn(async (session, { begin, complete }) => {
  session.next('send', answered(unavailable(6)));
  let outcome = await begin();
  t.spaced(session.of('send'), [6, 1], 'send');
  t.expect(outcome.ok || outcome.error === 'unavailable', `begin says ok or "unavailable", not "${outcome.error}"`);
  if (!outcome.ok) outcome = await begin();
  t.ok(outcome, 'begin, once the API is back,');
  t.ok(await complete(), 'complete');
}));

check('send-limited', {
  title: 'A 429 on send-otp is not repeated: the patient is told to wait',
  anchor: 'refusals-and-errors',
  made: 'the proxy answers 429 RATE_LIMITED with Retry-After: 3600 in place of the API',
}, (t) => t.signingIn(async (session, { begin, complete }) => {
  session.next('send', answered(limited(3600)), Infinity);
  const outcome = await begin();
  t.expect(outcome.error === 'wait', `begin says "wait", not "${outcome.error ?? 'ok'}"`);
  t.expect(session.of('send').length === 1, `there is one send; there were ${session.of('send').length}`);
  session.calm();
  t.ok(await begin(), 'begin, after the wait,');
  t.ok(await complete(), 'complete');
}));

check('verify-lost', {
  title: 'A verify whose answer is lost is repeated once at most, with the same code, after a pause',
  anchor: 'before-production',
  made: 'the proxy closes the connection after the API took the code',
}, (t) => t.signingIn(async (session, { begin, complete }) => {
  t.ok(await begin(), 'begin');
  session.next('verify', loseAnswer);
  const outcome = await complete();
  const verifies = session.of('verify');
  t.expect(verifies.length <= 2, `there are two calls at most; there were ${verifies.length}: each spends an attempt`);
  t.expect(new Set(verifies.map(({ body }) => body?.code)).size === 1, 'the repeat has the same code');
  t.spaced(verifies, [1], 'verify');
  const words = verifies.length > 1 ? ['code'] : ['code', 'unavailable'];
  t.expect(words.includes(outcome.error), `complete says ${words.map((word) => `"${word}"`).join(' or ')}, not "${outcome.error ?? 'ok'}"`);
  session.calm();
  t.ok(await begin(), 'begin, for a new code,');
  t.ok(await complete(), 'complete with the new code');
}));

check('verify-silent', {
  title: 'A verify that is never answered is repeated once at most',
  anchor: 'before-production',
  made: 'the proxy closes the connection each time, before the API takes the code',
}, (t) => t.signingIn(async (session, { begin, complete, code }) => {
  t.ok(await begin(), 'begin');
  const right = await code();
  session.next('verify', loseRequest, Infinity);
  const outcome = await complete(right);
  t.expect(session.of('verify').length <= 2, `there are two calls at most; there were ${session.of('verify').length}: each may spend an attempt`);
  t.expect(outcome.error === 'unavailable', `complete says "unavailable", not "${outcome.error ?? 'ok'}"`);
  session.calm();
  t.ok(await complete(right), 'complete with the same code, once the API is back,');
}));

check('verify-unavailable', {
  title: 'A 503 on verify-otp: the client waits for Retry-After, then sends the same code',
  anchor: 'refusals-and-errors',
  made: 'the proxy answers 503 UNAVAILABLE with Retry-After: 6 in place of the API',
}, (t) => t.signingIn(async (session, { begin, complete, code }) => {
  t.ok(await begin(), 'begin');
  const right = await code();
  session.next('verify', answered(unavailable(6)));
  let outcome = await complete(right);
  t.spaced(session.of('verify'), [6], 'verify');
  t.expect(outcome.ok || outcome.error === 'unavailable', `complete says ok or "unavailable", not "${outcome.error}"`);
  if (!outcome.ok) outcome = await complete(right);
  t.ok(outcome, 'complete with the same code, once the API is back,');
}));

check('verify-limited', {
  title: 'A 429 on verify-otp is not repeated, and the code is good after the wait',
  anchor: 'refusals-and-errors',
  made: 'the proxy answers 429 RATE_LIMITED with Retry-After: 3600 in place of the API',
}, (t) => t.signingIn(async (session, { begin, complete, code }) => {
  t.ok(await begin(), 'begin');
  const right = await code();
  session.next('verify', answered(limited(3600)), Infinity);
  const outcome = await complete(right);
  t.expect(outcome.error === 'wait', `complete says "wait", not "${outcome.error ?? 'ok'}"`);
  t.expect(session.of('verify').length === 1, `there is one call; there were ${session.of('verify').length}`);
  session.calm();
  t.ok(await complete(right), 'complete with the same code, after the wait,');
}));

check('wrong-code', {
  title: 'A wrong code is sent once, and the right one works afterwards',
  anchor: 'verify-it',
}, (t) => t.signingIn(async (session, { begin, complete, code }) => {
  t.ok(await begin(), 'begin');
  const right = await code();
  const outcome = await complete(right === '123456' ? '654321' : '123456');
  t.expect(outcome.error === 'code', `complete says "code", not "${outcome.error ?? 'ok'}"`);
  t.expect(session.of('verify').length === 1, `there is one call; there were ${session.of('verify').length}: each spends an attempt`);
  if (session.of('verify').length < 3) t.ok(await complete(right), 'complete with the right code');
}));

check('code-is-text', {
  title: 'A code that begins with 0 is sent as it was typed',
  anchor: 'verify-it',
  anyhow: true,
  made: 'the patient "types" 012345; if the client sends that as text, the proxy puts the right code in its place',
}, (t) => t.signingIn(async (session, { begin, complete, code }) => {
  t.ok(await begin(), 'begin');
  const right = await code();
  session.next('verify', async (exchange) => {
    if (exchange.body?.code === '012345') exchange.bytes = Buffer.from(JSON.stringify({ ...exchange.body, code: right }));
    await exchange.pass();
  });
  const outcome = await complete('012345');
  t.expect(session.of('verify')[0]?.body?.code === '012345', 'the body of verify-otp has "code":"012345"');
  t.expect(outcome.ok, `complete succeeds; the adapter said "${outcome.error}"`);
}));
