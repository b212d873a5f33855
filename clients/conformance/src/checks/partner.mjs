// The partner surface: a cached token, and tokens that are verified by the published keys. Both calls are optional.
// Verification runs in one row: a key that is not known may be looked for once in a while only.
import { setTimeout as sleep } from 'node:timers/promises';

import { answered, changed, gatewayUnavailable, partnerUnavailable } from '../disturbances.mjs';
import { check, NotRun } from '../check.mjs';
import { altered, confused, token, withoutSignature } from '../issuer.mjs';

const made = 'the proxy publishes a key of the runner beside those of the API; the runner signs with it';
const anchor = 'verify-a-token-yourself';

check('partner-token', {
  title: "A partner's token is cached until shortly before expiresIn is over; a 500 is repeated after Retry-After",
  anchor: 'get-a-token',
  made: 'the proxy answers 500 with Retry-After: 6 in place of the API, then shortens expiresIn of the first token to 1 s',
}, async (t) => {
  const calls = () => t.proxy.exchanges.filter(({ operation }) => operation === 'token');
  const asked = async (what) => {
    const outcome = await t.ask('partner-token', {});
    if (outcome.error === 'not-supported') throw new NotRun('the adapter has no partner-token');
    return t.expect(outcome.ok || outcome.error === 'unavailable', `${what} succeeds; the adapter said "${outcome.error}"`);
  };
  const actions = [
    answered(partnerUnavailable(6)),
    changed(({ body }) => ({ body: { ...body, data: { ...body.data, expiresIn: 1 } } })),
  ];
  const usable = await t.proxy.disturbing('token', (exchange) => actions.shift()(exchange), async () => {
    if (!(await asked('partner-token'))) return false;
    return calls().length > 1 || asked('partner-token, once the API is back,');
  }, actions.length);
  if (!usable) return;
  t.spaced(calls().slice(0, 2), [6], 'token');
  t.require(calls().at(-1).fate === '200', 'the API gives a token: are PARTNER_ID and the other variables right?');
  await sleep(1_100);
  const before = calls().length;
  await asked('partner-token after the end of the first');
  t.expect(calls().length === before + 1, 'a token that is over by expiresIn is replaced');
  await asked('partner-token again');
  t.expect(calls().length === before + 1, 'a token with six hours left is not asked for again');
});

check('token-verified', { title: "A good token of a partner is accepted, and forged ones are refused", anchor, made }, async (t) => {
  const { key, judge } = await verification(t);
  const good = token(key);
  await judge(good, true, 'a good token');
  const now = Math.floor(Date.now() / 1000);
  await judge(altered(good), false, 'a token whose claims were changed');
  await judge(token({ ...t.bench.stranger, kid: key.kid }), false, 'a token that another key signed');
  await judge(withoutSignature(key), false, 'a token with alg none');
  await judge(confused(key), false, 'a token with HS256, signed with the public key,');
  await judge(token(key, { iss: 'someone-else' }), false, 'a token of another issuer');
  await judge(token(key, { iat: now - 25_200, exp: now - 3_600 }), false, 'a token that ended an hour ago');
});

check('token-skewed', {
  title: "A token of a server whose clock is 20 s ahead is accepted",
  anchor,
  made: `${made}, 20 s in the future`,
}, async (t) => {
  const { key, judge } = await verification(t);
  const now = Math.floor(Date.now() / 1000) + 20;
  await judge(token(key, { iat: now, exp: now + 21_600 }), true, 'a token that was issued 20 s in the future');
});

check('token-minted', {
  title: "The API's own tokens are judged right: a good one is accepted, one that ended and a forged one are refused",
  anchor,
  needs: 'console',
  made: "the console of the local stack mints tokens under the API's keys",
}, async (t) => {
  const { judge } = await verification(t);
  await judge(await t.bench.console.token('none'), true, 'a good token');
  await judge(await t.bench.console.token('forged'), false, 'a token under a key that is not published');
  await judge(await t.bench.console.token('expired'), false, 'a token that ended a minute ago');
});

check('keys-cached', { title: 'The published keys are cached', anchor, made }, async (t) => {
  const { key, judge, looks } = await verification(t);
  await judge(token(key), true, 'a good token');
  const before = looks();
  for (let time = 0; time < 5; time++) await judge(token(key), true, 'a good token');
  t.expect(looks() === before, `five tokens of a known key cause no look at the published keys; there were ${looks() - before}`);
});

check('keys-rotated', {
  title: 'A token of a new key is accepted: the client looks again for a key that it does not know, and the old one still works',
  anchor,
  made: `${made}, then publishes a second one and signs with both`,
}, async (t) => {
  const { key, judge } = await verification(t);
  await judge(token(key), true, 'a token of the first key');
  const next = await t.bench.issuer.key();
  await t.bench.lookAgain();
  await judge(token(next), true, 'a token of the new key');
  await judge(token(key), true, 'a token of the first key, afterwards,');
});

check('keys-flood', {
  title: 'Tokens with keys that nobody published make the client look once in a while, not each time',
  anchor,
  made: 'the runner signs with keys that are not published',
}, async (t) => {
  const { judge, looks } = await verification(t);
  const strangers = Array.from({ length: 10 }, () => token(t.bench.stranger, {}, { kid: crypto.randomUUID() }));
  const before = looks();
  const begun = t.proxy.now();
  await Promise.all(strangers.map((stranger) => judge(stranger, false, 'a token of an unknown key')));
  const allowed = 1 + Math.floor((t.proxy.now() - begun) / 1000 / t.bench.options.lookAgain);
  t.expect(looks() - before <= allowed, `ten tokens of unknown keys cause ${allowed} look at most; there were ${looks() - before}`);
});

check('keys-unavailable', {
  title: "While the published keys can't be fetched, a token isn't called forged: it can't be judged (unavailable)",
  anchor,
  made: 'the runner signs with keys that the client has not seen, and the proxy answers 503 in place of the published keys',
}, async (t) => {
  const { judge } = await verification(t);
  const adapter = await t.bench.withoutKeys();
  await t.proxy.disturbing('jwks', answered(gatewayUnavailable()), async () => {
    for (const what of ['a token of an unknown key', 'the next one']) await judge(token({ ...t.bench.stranger, kid: crypto.randomUUID() }), 'unavailable', what, adapter);
  });
});

check('keys-unknown', {
  title: "A set with a key of a kind that the client doesn't know, and a token with unknown scopes and claims, break nothing",
  anchor: 'versions',
  made: `${made}, with an Ed25519 key before it`,
}, async (t) => {
  const { judge } = await verification(t);
  const next = t.bench.issuer.publish(t.bench.signing); // under a name that the client doesn't know
  t.bench.issuer.publishStranger();
  const adapter = await t.bench.withoutKeys();
  await judge(token(next), true, 'a token of a known kind of key', adapter);
  await judge(token(next, { scope: ['create:patient', 'read:later'], tier: { of: ['later'] } }, { x: 'later' }), true, 'a token with more in it', adapter);
});

/** Waits for the checks of verification before this one. */
async function verification(t) {
  await t.bench.turn(t);
  /** `wanted`: true, false (refused), or another word that the adapter has to say. */
  const judge = async (text, wanted, what, adapter) => {
    const { ok, error } = await t.ask('verify', { token: text }, adapter);
    if (error === 'not-supported') throw new NotRun('the adapter has no verify');
    const word = { true: 'ok', false: 'token' }[wanted] ?? wanted;
    const said = ok ? 'ok' : error;
    t.expect(said === word, `${what}: verify says "${word}", not "${said}"`);
  };
  const looks = () => t.proxy.exchanges.filter(({ operation }) => operation === 'jwks').length;
  return { key: t.bench.signing, judge, looks };
}
