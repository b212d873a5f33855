// What the client asks for, in one word.
const OPERATIONS = {
  'POST /api/v1/users/auth/send-otp': 'send',
  'POST /api/v1/users/auth/verify-otp': 'verify',
  'POST /api/v1/users/auth/refresh-token': 'refresh',
  'POST /api/v1/users/auth/logout': 'logout',
  'GET /api/v1/users/me': 'me',
  'POST /v1/token': 'token',
  'GET /.well-known/jwks.json': 'jwks',
  'HEAD /.well-known/jwks.json': 'jwks',
};

export function operation(method, path) {
  if (method === 'GET' && /^\/v1\/organizations\/[^/]+\/validate$/.test(path)) return 'validate';
  return OPERATIONS[`${method} ${path}`];
}
