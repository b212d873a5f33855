/* global SwaggerUIBundle */

const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

const { clinics: [clinic], exchange } = await (await fetch('/demo')).json();

const viewer = SwaggerUIBundle({
  dom_id: '#reference',
  url: '/api/openapi.yaml',
  validatorUrl: null, // the default is another site
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  requestInterceptor: throughTheConsole,
  showMutatedRequest: false, // shows the call to the API, not the forwarded one
  onComplete() {
    const credentials = {
      portalApiKey: clinic.apiKey,
      ssoClientToken: exchange.token,
    };
    for (const [scheme, value] of Object.entries(credentials)) viewer.preauthorizeApiKey(scheme, value);
  },
});

/** Sends a request through the console, because the API has no CORS. It sends no cookies, and bypasses the cache. */
function throughTheConsole(request) {
  const { origin, pathname, search } = new URL(request.url, location);
  if (origin !== location.origin) request.url = `/gateway${pathname}${search}`;
  return Object.assign(request, { cache: 'no-store', credentials: 'omit' });
}
