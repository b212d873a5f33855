import { Agent, createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** What becomes of one request. Nothing of it: the stack's answer is passed on. */
export interface Plan {
  /** The connection closes before the stack gets the request, or after it answered. */
  lose?: "request" | "answer";
  /** The answer comes byte by byte. */
  trickle?: boolean;
  /** Answered without the stack. */
  instead?: { status: number; headers?: Record<string, string>; body: unknown };
  /** Changes the JSON of the answer. */
  change?: (body: any, status: number) => unknown;
  /** Runs once the stack has answered, before anything is passed on. */
  answered?: () => Promise<void>;
}

/** Stands between client and stack, on loopback. */
export class FaultProxy {
  /** Decides about each request, whose number counts from 1. */
  plan: (route: string, number: number) => Plan | Promise<Plan> = () => ({});
  /** The requests that came, as `POST /path`. */
  readonly routes: string[] = [];
  /** The status of each answer that was passed on. */
  readonly statuses: number[] = [];
  readonly url: string;
  readonly #upstream: string;
  readonly #agent = new Agent({ keepAlive: true });

  static async before(upstream: string): Promise<FaultProxy> {
    const server = createServer((incoming, outgoing) => {
      proxy.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new FaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, upstream);
    after(() => {
      proxy.#agent.destroy();
      server.close();
      server.closeAllConnections();
    });
    return proxy;
  }

  private constructor(url: string, upstream: string) {
    this.url = url;
    this.#upstream = upstream;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytes(incoming);
    const route = `${incoming.method} ${incoming.url}`;
    const plan = await this.plan(route, this.routes.push(route));
    if (plan.lose === "request") return void outgoing.destroy();
    if (plan.instead !== undefined) {
      const { status, headers, body } = plan.instead;
      this.statuses.push(status);
      return void outgoing.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    }
    const answer = await this.#forward(incoming, body);
    await plan.answered?.();
    if (plan.lose === "answer") return void outgoing.destroy();
    this.statuses.push(answer.status);
    const changed = plan.change && answer.body.length > 0 ? Buffer.from(JSON.stringify(plan.change(JSON.parse(String(answer.body)), answer.status))) : answer.body;
    const headers = { ...answer.headers };
    delete headers["content-length"];
    delete headers["transfer-encoding"];
    outgoing.writeHead(answer.status, headers);
    if (plan.trickle) {
      for (const byte of changed) {
        outgoing.write(Buffer.of(byte));
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (outgoing.destroyed) return;
      }
    }
    outgoing.end(plan.trickle ? undefined : changed);
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { method = "GET", headers } = incoming;
      const forwarded = request(this.#upstream + incoming.url, { method, headers, agent: this.#agent }, (answer) => {
        bytes(answer).then((body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }), reject);
      });
      forwarded.on("error", reject).end(body);
    });
  }
}

async function bytes(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 15 % of the requests are lost, and 30 % of the answers to the others. */
export function lossy(chance: () => number): () => Plan {
  return () => (chance() < 0.15 ? { lose: "request" } : chance() < 0.3 ? { lose: "answer" } : {});
}
