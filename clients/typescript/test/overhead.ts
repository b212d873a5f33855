// What the client costs per call: `npm run overhead` beside a stack. Each call is made with fetch and with the client,
// in turns, so that whatever else the machine does strikes both.
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { FileStore, type StoredSession } from "@postern/client";
import { api, signedIn } from "./stack.js";

const ROUNDS = Number(process.argv[2] ?? 500);
const place = await mkdtemp(join(tmpdir(), "postern-overhead-"));
const { at, session } = await signedIn(api);
const authorization = `Bearer ${await session.accessToken()}`;
const inFile = await signedIn(api, new FileStore(join(place, "session.json")));
const plain = await signedIn(api);
let refreshToken = ((await plain.store.load()) as StoredSession).refreshToken;
const headers = { "cv-api-key": at.apiKey, "content-type": "application/json" };

async function fetchedMe(): Promise<void> {
  await (await fetch(`${api}/api/v1/users/me`, { headers: { ...headers, authorization } })).json();
}

async function fetchedRefresh(): Promise<void> {
  const answer = await fetch(`${api}/api/v1/users/auth/refresh-token`, {
    method: "POST",
    headers: { ...headers, "cv-api-key": plain.at.apiKey, "idempotency-key": crypto.randomUUID() },
    body: JSON.stringify({ refresh_token: refreshToken }),
  });
  refreshToken = ((await answer.json()) as { refreshToken: string }).refreshToken;
}

const calls: [string, () => Promise<unknown>][] = [
  ["me, with fetch", fetchedMe],
  ["me, with the client, session in memory", () => session.me()],
  ["me, with the client, session in a file", () => inFile.session.me()],
  ["refresh, with fetch, stored nowhere", fetchedRefresh],
  ["refresh, with the client, session in memory", () => session.refresh()],
  ["refresh, with the client, session in a file", () => inFile.session.refresh()],
];
const times = calls.map((): number[] => []);
for (let round = -20; round < ROUNDS; round += 1) {
  for (const [n, [, call]] of calls.entries()) {
    const start = performance.now();
    await call();
    if (round >= 0) times[n]?.push(performance.now() - start);
  }
}
for (const [n, [name]] of calls.entries()) {
  const sorted = (times[n] ?? []).sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(2).padStart(7);
  console.log(`${name.padEnd(46)} median ${at(0.5)} ms, 90 % ${at(0.9)} ms`);
}
await rm(place, { recursive: true });
