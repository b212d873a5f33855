// Answers with what v1 may add, and with a clock that differs.
import { randomBytes } from 'node:crypto';

import { answered, changed, refreshRefused } from '../disturbances.mjs';
import { check } from '../check.mjs';
import { ahead, LIFE, over } from './refresh.mjs';

const added = { newField: 'later', newObject: { nested: [1, null, { deep: true }] }, newList: [] };

check('unknown-fields', {
  title: "Fields that the client doesn't know break nothing",
  anchor: 'versions',
  made: "the proxy adds fields to each of the API's answers",
}, async (t) => {
  const session = await t.signingIn(async (session, { begin, complete }) => {
    const more = changed(({ body }) => ({ body: { ...added, ...body, ...(body.data ? { data: { ...added, ...body.data } } : {}) } }));
    session.when(({ operation }) => operation !== undefined, more);
    t.ok(await begin(), 'begin');
    t.ok(await complete(), 'complete');
  });
  for (const name of ['me', 'refresh', 'me', 'logout']) {
    const outcome = await t.call(name, session);
    t.expect(outcome.ok, `${name} succeeds; the adapter said "${outcome.error}"`);
  }
});

check('unknown-values', {
  title: "Roles that the client doesn't know, and a patient without an address, break nothing",
  anchor: 'versions',
  made: 'the proxy changes role and organizationAccessRole in the answer of me, and makes email or phoneNumber null',
}, async (t) => {
  const session = await t.signedIn();
  for (const empty of ['email', 'phoneNumber']) {
    const data = { role: 'caregiver', organizationAccessRole: 'proxy-of-a-minor', [empty]: null };
    session.next('me', changed(({ body }) => ({ body: { ...body, data: { ...body.data, ...data } } })), Infinity);
    const outcome = await t.call('me', session);
    t.expect(outcome.ok, `me succeeds with an unknown role and no ${empty}; the adapter said "${outcome.error}"`);
    session.calm();
  }
});

check('longer-tokens', {
  title: 'Tokens of 2,000 characters fit where the client keeps them',
  anchor: 'versions',
  made: "the proxy gives the client longer tokens, which it exchanges for the API's own",
}, async (t) => {
  const longer = ({ body }) => {
    const { accessToken, refreshToken } = body;
    const [access, refresh] = [accessToken, refreshToken].map((token) => {
      const stand = randomBytes(1_500).toString('base64url');
      t.proxy.alias(stand, token);
      return stand;
    });
    return { body: { ...body, accessToken: access, refreshToken: refresh } };
  };
  const session = await t.signedIn({ edit: longer });
  for (const name of ['me', 'refresh', 'me']) {
    const outcome = await t.call(name, session);
    t.expect(outcome.ok, `${name} succeeds; the adapter said "${outcome.error}"`);
  }
});

check('unknown-code', {
  title: "A 401 of refresh-token with a code that the client doesn't know is taken by its status: sign in",
  anchor: 'versions',
  made: 'the proxy answers 401 REFRESH_WITHDRAWN, which v1 may add',
}, async (t) => {
  const session = await t.signedIn();
  session.next('refresh', answered(refreshRefused('REFRESH_WITHDRAWN')), Infinity);
  await over(t, session, 'a 401 with an unknown code');
});

check('clock-behind', {
  title: "A server whose clock is an hour behind the client's: the client goes by expiresIn, and reads no access token",
  anchor: 'store-the-tokens',
  made: "the proxy gives the client a token that says it ended 45 minutes ago, which it exchanges for the API's own; Date is an hour behind",
}, async (t) => {
  const session = await skewed(t, -3600, 900);
  const outcome = await t.call('me', session);
  t.expect(outcome.ok, `me succeeds; the adapter said "${outcome.error}"`);
  t.expect(session.of('refresh').length === 0, 'a token with 900 s by expiresIn is not refreshed');
});

check('clock-ahead', {
  title: "A server whose clock is an hour ahead of the client's: the client refreshes by expiresIn",
  anchor: 'store-the-tokens',
  made: `the proxy gives the client a token that says it ends in an hour, with an expiresIn of ${LIFE} s; Date is an hour ahead`,
}, async (t) => {
  const session = await skewed(t, 3600, LIFE);
  session.tokens[0].stand = session.of('verify').at(-1).stand;
  await ahead(t, session);
});

/** A session whose access token and Date differ from the client's clock by `seconds`. */
function skewed(t, seconds, expiresIn) {
  return t.signedIn({
    edit: ({ headers, body }, exchange) => {
      const now = Math.floor(Date.now() / 1000) + seconds;
      exchange.stand = unsigned({ iat: now, nbf: now, exp: now + expiresIn });
      t.proxy.alias(exchange.stand, body.accessToken);
      const date = new Date(now * 1000).toUTCString();
      return { headers: { ...headers, date }, body: { ...body, accessToken: exchange.stand, expiresIn } };
    },
  });
}

/** Has the form of a JWT. Only the proxy takes it. */
function unsigned(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}.${randomBytes(64).toString('base64url')}`;
}
