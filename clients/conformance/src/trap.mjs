// Another host, where nothing of the API's belongs.
import { createServer } from 'node:http';
import { once } from 'node:events';

export class Trap {
  requests = [];

  async listen() {
    this.server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      this.requests.push(`${request.url}\n${JSON.stringify(request.headers)}\n${Buffer.concat(chunks)}`);
      response.writeHead(204).end();
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
