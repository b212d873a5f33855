// The walks: a new surface adds its own to this list, and nothing else.
//
// values(demo)         what the fields hold at first; `demo` is the answer of GET /demo
// hear(message)        what a message that arrives fills in
// steps[].fields       what can be changed there, by name of the value
// steps[].request(v)   what is sent; a `body` is sent as JSON, a `form` URL-encoded
// steps[].learn(body)  what a 2xx answer fills in

const json = (headers) => ({ ...headers, 'content-type': 'application/json' });
const form = (headers) => ({ ...headers, 'content-type': 'application/x-www-form-urlencoded' });
const pair = (v) => ({ client_id: v.clientId, 'x-auth-token': v.clientToken });
const tokens = ({ accessToken, refreshToken }) => ({ accessToken, refreshToken });

/** Names of values as people read them. */
export const LABELS = {
  accessToken: 'Access token',
  apiKey: 'cv-api-key',
  clientId: 'client_id',
  clientToken: 'X-Auth-Token',
  code: 'Code',
  email: 'Email',
  idempotencyKey: 'Idempotency-Key',
  organization: 'Organization',
  organizationSecret: 'Organization secret',
  partner: 'Partner',
  partnerSecret: 'Partner secret',
  password: 'Password',
  refreshToken: 'Refresh token',
  token: 'Token',
  user: 'User',
  username: 'User name',
};

export const WALKS = [
  {
    id: 'sign-in',
    title: 'Sign a patient in',
    about: 'A one-time code by mail, exchanged for tokens. The partner is named by its cv-api-key.',
    values: ({ clinics: [clinic] }) => ({
      apiKey: clinic.apiKey,
      email: clinic.users[0].email,
      idempotencyKey: crypto.randomUUID(),
    }),
    hear: ({ to, text }, { email }) => {
      const code = to === email && text.match(/\b\d{6}\b/);
      return code ? { code: code[0] } : {};
    },
    steps: [
      {
        title: 'Ask for a code',
        about: 'The answer is the same whether the address is known or not.',
        fields: ['apiKey', 'email'],
        request: (v) => ({
          method: 'POST',
          path: '/api/v1/users/auth/send-otp',
          headers: json({ 'cv-api-key': v.apiKey }),
          body: { email: v.email, channel: 'EMAIL' },
        }),
      },
      {
        title: 'Exchange the code',
        about: 'The code comes from the message, as soon as it is there. Three attempts, five minutes.',
        fields: ['email', 'code'],
        request: (v) => ({
          method: 'POST',
          path: '/api/v1/users/auth/verify-otp',
          headers: json({ 'cv-api-key': v.apiKey }),
          body: { email: v.email, code: v.code },
        }),
        learn: tokens,
      },
      {
        title: 'See who it is',
        about: 'Every call of your own carries the access token like this.',
        fields: ['accessToken'],
        request: (v) => ({
          method: 'GET',
          path: '/api/v1/users/me',
          headers: { 'cv-api-key': v.apiKey, authorization: `Bearer ${v.accessToken}` },
        }),
      },
      {
        title: 'Refresh',
        about: 'A refresh token works once. With the same Idempotency-Key, a retry gets the same answer again.',
        fields: ['refreshToken', 'idempotencyKey'],
        request: (v) => ({
          method: 'POST',
          path: '/api/v1/users/auth/refresh-token',
          headers: json({ 'cv-api-key': v.apiKey, 'idempotency-key': v.idempotencyKey }),
          body: { refresh_token: v.refreshToken },
        }),
        learn: (body) => ({ ...tokens(body), idempotencyKey: crypto.randomUUID() }),
      },
      {
        title: 'Log out',
        about: 'Ends the whole family of refresh tokens. Try “Refresh” again afterwards.',
        fields: ['refreshToken'],
        request: (v) => ({
          method: 'POST',
          path: '/api/v1/users/auth/logout',
          headers: json({ 'cv-api-key': v.apiKey }),
          body: { refresh_token: v.refreshToken },
        }),
      },
    ],
  },
  {
    id: 'password',
    title: 'Log in with a password',
    about: 'User name and password of an organization, exchanged for a token.',
    values: ({ clinics: [clinic], username }) => ({
      organization: clinic.id,
      username,
      password: clinic.users[0].password,
    }),
    steps: [
      {
        title: 'Log in',
        about: 'Whatever is wrong with the credentials, the answer is one 401.',
        fields: ['organization', 'username', 'password'],
        request: (v) => ({
          method: 'POST',
          path: '/patient/auth',
          headers: json({ organization: v.organization }),
          body: { username: v.username, password: v.password },
        }),
        learn: ({ token }) => ({ token }),
      },
      {
        title: 'See who it is',
        about: 'Every later call carries both headers.',
        fields: ['organization', 'token'],
        request: (v) => ({
          method: 'GET',
          path: '/patient/users/account',
          headers: { organization: v.organization, authorization: `Bearer ${v.token}` },
        }),
      },
      {
        title: 'Log out',
        about: 'Clears the cookie, where the organization uses one. There is no state behind the token.',
        fields: [],
        request: () => ({ method: 'POST', path: '/patient/auth/logout', headers: {} }),
      },
    ],
  },
  {
    id: 'partner',
    title: 'Validate an integration',
    about: 'A partner proves a token and an organization’s secret; from then on it acts for that organization.',
    values: ({ clinics: [clinic], partner }) => ({
      partner: partner.id,
      partnerSecret: partner.secret,
      organization: clinic.id,
      organizationSecret: clinic.partnerSecret,
      user: clinic.users[0].id,
    }),
    steps: [
      {
        title: 'Get a token',
        about: 'Granted is what is both asked for and allowed. Six hours.',
        fields: ['partner', 'partnerSecret', 'organization', 'organizationSecret', 'user'],
        request: (v) => ({
          method: 'POST',
          path: '/v1/token',
          headers: json({
            'x-partner-id': v.partner,
            'x-partner-secret': v.partnerSecret,
            'x-organization-id': v.organization,
            'x-organization-secret': v.organizationSecret,
            'x-user-id': v.user,
          }),
          body: { grantType: 'client_credentials', scope: ['create:patient'] },
        }),
        learn: ({ data }) => ({ token: data.accessToken }),
      },
      {
        title: 'Validate',
        about: 'Once per organization, at set-up; again does no harm. Keep the requestId of whatever is refused.',
        fields: ['organization', 'organizationSecret', 'token'],
        request: (v) => ({
          method: 'GET',
          path: `/v1/organizations/${encodeURIComponent(v.organization)}/validate`,
          headers: { authorization: `Bearer ${v.token}`, 'x-organization-secret': v.organizationSecret },
        }),
      },
      {
        title: 'See the public keys',
        about: 'Anybody can verify the token under the key that its header names.',
        fields: [],
        request: () => ({ method: 'GET', path: '/.well-known/jwks.json', headers: {} }),
      },
    ],
  },
  {
    id: 'sso',
    title: 'Identity provider',
    about: 'A system signs a user in with its own client pair; every system may ask whose the token is.',
    values: ({ exchange }) => ({
      clientId: exchange.client_id,
      clientToken: exchange.token,
      email: exchange.email,
      password: exchange.password,
    }),
    steps: [
      {
        title: 'Sign in',
        about: 'A wrong client pair is a 401; whatever is wrong with the login, a 404.',
        fields: ['clientId', 'clientToken', 'email', 'password'],
        request: (v) => ({
          method: 'POST',
          path: '/api/1.0/sso/signin',
          headers: form(pair(v)),
          form: { email: v.email, password: v.password },
        }),
        learn: (body) => ({ accessToken: body.access_token }),
      },
      {
        title: 'Ask who it is',
        about: 'Any client may ask about any token.',
        fields: ['accessToken'],
        request: (v) => ({
          method: 'GET',
          path: `/api/1.0/sso/token/${encodeURIComponent(v.accessToken)}`,
          headers: pair(v),
        }),
      },
      {
        title: 'Sign out',
        about: 'Ends this token, everywhere at once. Try “Ask who it is” again afterwards.',
        fields: ['accessToken', 'email', 'password'],
        request: (v) => ({
          method: 'POST',
          path: `/api/1.0/sso/signout/${encodeURIComponent(v.accessToken)}`,
          headers: form(pair(v)),
          form: { email: v.email, password: v.password },
        }),
      },
    ],
  },
];
