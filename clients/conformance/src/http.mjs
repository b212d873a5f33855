// Requests over a connection of their own: one that a server closed while it was idle would look like a lost answer.
import http from 'node:http';
import https from 'node:https';

/** The answer, with its body as text. A redirect is not followed. */
export function ask(address, { method = 'GET', headers = {}, body, timeout = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const url = new URL(address);
    const { request } = url.protocol === 'https:' ? https : http;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method, headers: { ...headers, ...length }, agent: false, timeout }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject).on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
      });
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeout / 1000} s`))).on('error', reject).end(body);
  });
}
