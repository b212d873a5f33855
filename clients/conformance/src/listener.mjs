// A server on loopback, for the proxy and for what must get nothing of the API's.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** `handle` gets each request with its whole body. If it fails, the connection closes without an answer. */
export async function listen(handle, port = 0) {
  const server = createServer(async (request, response) => {
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      await handle(request, Buffer.concat(chunks), response);
    } catch {
      response.destroy();
    }
  });
  server.keepAliveTimeout = 60_000; // the client's pooled connections don't close between two of its calls
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
