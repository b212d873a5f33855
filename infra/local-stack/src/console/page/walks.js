// The walks. To add a surface to the console, add its walk to this list.
//
// anchor               the heading of docs/integrate.md
// values(demo)         the first values of the fields; `demo` is the answer of GET /demo
// hear(message)        the values that a new message sets
// steps[].fields       the names of the values that can be edited in this step
// steps[].request(v)   the request; a `body` is sent as JSON, a `form` URL-encoded
// steps[].learn(body)  the values that a 2xx answer sets

const json = (headers) => ({ ...headers, 'content-type': 'application/json' });
const form = (headers) => ({ ...headers, 'content-type': 'application/x-www-form-urlencoded' });
const pair = (v) => ({ client_id: v.clientId, 'x-auth-token': v.clientToken });
const tokens = ({ accessToken, refreshToken }) => ({ accessToken, refreshToken });

/** The labels of the fields. */
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
  phoneNumber: 'Phone number',
  refreshToken: 'Refresh token',
  token: 'Token',
  user: 'User',
  username: 'User name',
};

/** A sign-in by a code that is sent to the recipient: the field `recipient` of the requests. */
const signIn = ({ recipient, channel, valuesOf, ...walk }) => ({
  ...walk,
  values: ({ clinics: [clinic] }) => ({
    apiKey: clinic.apiKey,
    [recipient]: valuesOf(clinic.users[0]),
    idempotencyKey: crypto.randomUUID(),
  }),
  hear: ({ to, text }, values) => {
    const code = to === values[recipient] && text.match(/\b\d{6}\b/);
    return code ? { code: code[0] } : {};
  },
  steps: [
    {
      title: 'Request a code',
      about: 'Known and unknown recipients get the same answer.',
      fields: ['apiKey', recipient],
      request: (v) => ({
        method: 'POST',
        path: '/api/v1/users/auth/send-otp',
        headers: json({ 'cv-api-key': v.apiKey }),
        body: { [recipient]: v[recipient], channel },
      }),
    },
    {
      title: 'Exchange the code',
      about: 'The page fills in the code as soon as the message arrives. A code allows three attempts, and lives five minutes.',
      fields: [recipient, 'code'],
      request: (v) => ({
        method: 'POST',
        path: '/api/v1/users/auth/verify-otp',
        headers: json({ 'cv-api-key': v.apiKey }),
        body: { [recipient]: v[recipient], code: v.code },
      }),
      learn: tokens,
    },
    {
      title: 'See who it is',
      about: 'Send the access token with each call like this.',
      fields: ['accessToken'],
      request: (v) => ({
        method: 'GET',
        path: '/api/v1/users/me',
        headers: { 'cv-api-key': v.apiKey, authorization: `Bearer ${v.accessToken}` },
      }),
    },
    {
      title: 'Refresh',
      about: 'A refresh token works once. A retry with the same Idempotency-Key gets the same refresh token again.',
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
      about: 'Revokes the whole family of refresh tokens. Try “Refresh” again afterwards.',
      fields: ['refreshToken'],
      request: (v) => ({
        method: 'POST',
        path: '/api/v1/users/auth/logout',
        headers: json({ 'cv-api-key': v.apiKey }),
        body: { refresh_token: v.refreshToken },
      }),
    },
  ],
});

export const WALKS = [
  signIn({
    id: 'sign-in',
    title: 'Sign a patient in',
    anchor: 'patient-sign-in-by-one-time-code',
    about: 'The patient gets a one-time code by mail, and exchanges it for tokens. The cv-api-key names the organization.',
    recipient: 'email',
    channel: 'EMAIL',
    valuesOf: ({ email }) => email,
  }),
  signIn({
    id: 'sms',
    title: 'Code by SMS',
    anchor: 'send-a-code',
    about: 'The same with a phone number. Each part of an SMS is billed as one.',
    recipient: 'phoneNumber',
    channel: 'SMS',
    valuesOf: ({ phone }) => phone,
  }),
  {
    id: 'password',
    anchor: 'password-login-per-organization',
    title: 'Log in with a password',
    about: 'A user of an organization exchanges user name and password for a token.',
    values: ({ clinics: [clinic], username }) => ({
      organization: clinic.id,
      username,
      password: clinic.users[0].password,
    }),
    steps: [
      {
        title: 'Log in',
        about: 'All wrong credentials get the same 401.',
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
        about: 'Send both headers with each call.',
        fields: ['organization', 'token'],
        request: (v) => ({
          method: 'GET',
          path: '/patient/users/account',
          headers: { organization: v.organization, authorization: `Bearer ${v.token}` },
        }),
      },
      {
        title: 'Log out',
        about: 'Clears the cookie, if the organization uses one. The token itself works until it expires.',
        fields: ['organization'],
        request: (v) => ({
          method: 'POST',
          path: '/patient/auth/logout',
          headers: { organization: v.organization },
        }),
      },
    ],
  },
  {
    id: 'partner',
    anchor: 'partner-integration',
    title: 'Validate an integration',
    about: 'A partner validates a token with the organization’s secret. From then on it acts for that organization.',
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
        about: 'The token gets the scopes that are both requested and allowed. It lives six hours.',
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
        about: 'Do it once per organization, at set-up; repeating it is harmless. After a refusal, note the requestId.',
        fields: ['organization', 'organizationSecret', 'token'],
        request: (v) => ({
          method: 'GET',
          path: `/v1/organizations/${encodeURIComponent(v.organization)}/validate`,
          headers: { authorization: `Bearer ${v.token}`, 'x-organization-secret': v.organizationSecret },
        }),
      },
      {
        title: 'See the public keys',
        about: 'Anyone can verify the token with the key that its header names.',
        fields: [],
        request: () => ({ method: 'GET', path: '/.well-known/jwks.json', headers: {} }),
      },
    ],
  },
  {
    id: 'sso',
    anchor: 'identity-provider-of-an-exchange',
    title: 'Identity provider',
    about: 'A client signs a user in. Every client may ask which user the token belongs to.',
    values: ({ exchange }) => ({
      clientId: exchange.client_id,
      clientToken: exchange.token,
      email: exchange.email,
      password: exchange.password,
    }),
    steps: [
      {
        title: 'Sign in',
        about: 'A wrong client id or API token gets a 401; a wrong email or password gets a 404.',
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
        about: 'Ends this token everywhere, at once. Try “Ask who it is” again afterwards.',
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
