// Keeps a patient's session: one refresh at a time, and a lost answer loses nothing.
// Node 20 or later, no dependencies. Try it: node refresh.js session.json
import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

interface Session {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970. */
  refreshAt: number;
  /** A refresh that was asked for, and whose answer isn't stored yet. */
  pending?: { token: string; key: string };
}

/** Where a session lives: a row of your database, say. `save` returns when it is durable; undefined deletes. */
interface Store {
  load(): Promise<Session | undefined>;
  save(session: Session | undefined): Promise<void>;
}

class SignInAgain extends Error {}

/** One for each session, shared by all that use it. Several processes need a lock around `rotate`. */
class Tokens {
  #inFlight: Promise<string> | undefined;
  constructor(readonly store: Store, readonly api: string, readonly apiKey: string) {}

  async accessToken(): Promise<string> {
    const session = await this.store.load();
    if (!session) throw new SignInAgain("there is no session");
    if (!session.pending && Date.now() < session.refreshAt) return session.accessToken;
    this.#inFlight ??= this.rotate().finally(() => { this.#inFlight = undefined; });
    return this.#inFlight;
  }

  private async rotate(): Promise<string> {
    const session = await this.store.load();
    if (!session) throw new SignInAgain("there is no session");
    if (!session.pending && Date.now() < session.refreshAt) return session.accessToken;
    // Before the call: after a crash the next try is the same call.
    const pending = session.pending ?? { token: session.refreshToken, key: randomUUID() };
    await this.store.save({ ...session, pending });
    for (let attempt = 0; attempt < 5; attempt++) {
      const answer = await this.ask(pending).catch(() => undefined);
      if (answer?.status === 200) {
        const { accessToken, refreshToken, expiresIn } = answer.body;
        const refreshAt = Date.now() + (expiresIn - 90) * 1000;
        // Before the use of the answer: the old refresh token is dead.
        await this.store.save({ accessToken, refreshToken, refreshAt });
        return accessToken;
      }
      if (answer?.status === 401) {
        await this.store.save(undefined);
        throw new SignInAgain(answer.body?.code);
      }
      if (answer && answer.status !== 429 && answer.status < 500)
        throw new Error(`refresh: ${answer.status} ${answer.body?.code}`); // our request is wrong
      await sleep(1000 * (answer?.retryAfter || 2 ** attempt));
    }
    throw new Error("refresh: no answer; the next call tries again with the same key");
  }

  private async ask(pending: { token: string; key: string }) {
    const answer = await fetch(`${this.api}/api/v1/users/auth/refresh-token`, {
      method: "POST",
      headers: { "cv-api-key": this.apiKey, "content-type": "application/json", "idempotency-key": pending.key },
      body: JSON.stringify({ refresh_token: pending.token }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    const retryAfter = Number(answer.headers.get("retry-after")) || 0;
    return { status: answer.status, retryAfter, body: isJson ? JSON.parse(text) : undefined };
  }
}

class File implements Store {
  constructor(readonly path: string) {}

  async load(): Promise<Session | undefined> {
    return JSON.parse(await readFile(this.path, "utf8").catch(() => "null")) ?? undefined;
  }

  async save(session: Session | undefined): Promise<void> {
    await writeFile(`${this.path}.new`, JSON.stringify(session ?? null), { mode: 0o600, flush: true });
    await rename(`${this.path}.new`, this.path);
  }
}

const tokens = new Tokens(new File(process.argv[2]!), process.env.POSTERN_API!, process.env.POSTERN_API_KEY!);
try {
  const callers = Array.from({ length: Number(process.argv[3] ?? 1) }, () => tokens.accessToken());
  for (const token of await Promise.all(callers)) console.log(token);
} catch (error) {
  if (!(error instanceof SignInAgain)) throw error;
  console.log("sign in again");
  process.exitCode = 3;
}
