/** A request as HTTP, and as code that sends it to the API. */
export const SAMPLES = { HTTP: http, curl, TypeScript: typescript, Python: python };

/** A body is sent as JSON, a form URL-encoded. */
export function sent({ body, form }) {
  return form ? new URLSearchParams(form).toString() : body && JSON.stringify(body);
}

function http({ method, path, headers, body, form }) {
  const text = form ? sent({ form }) : body && JSON.stringify(body, null, 2);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path}`, ...lines, ...(text ? ['', text] : [])].join('\n');
}

function curl(request, api) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const headers = Object.entries(request.headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const text = sent(request);
  const body = text ? [`-d ${quoted(text)}`] : [];
  return [`curl -s -X ${request.method} ${quoted(api + request.path)}`, ...headers, ...body].join(' \\\n  ');
}

function typescript({ method, path, headers, body, form }, api) {
  const text = form ? `new URLSearchParams(${indented(form)})` : body && `JSON.stringify(${indented(body)})`;
  return [
    `const response = await fetch(${JSON.stringify(api + path)}, {`,
    `  method: ${JSON.stringify(method)},`,
    `  headers: ${indented(headers)},`,
    ...(text ? [`  body: ${text},`] : []),
    '});',
    'console.log(response.status, await response.text());',
  ].join('\n');
}

function python({ method, path, headers, body, form }, api) {
  // requests sets the content type itself.
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-type'));
  return [
    'import requests',
    '',
    'response = requests.request(',
    `    ${JSON.stringify(method)}, ${JSON.stringify(api + path)},`,
    `    headers=${indented(own, '    ')},`,
    ...(form ? [`    data=${indented(form, '    ')},`] : []),
    ...(body ? [`    json=${indented(body, '    ')},`] : []),
    '    timeout=10,',
    ')',
    'print(response.status_code, response.text)',
  ].join('\n');
}

/** Bodies have texts and lists of texts only, which all these languages write alike. */
const indented = (value, by = '  ') => JSON.stringify(value, null, 2).replaceAll('\n', `\n${by}`);
