// What the client adds to a call: CPU time of this process, the client beside fetch, in rounds that take turns.
// `npm run overhead` beside a stack.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileStore, type StoredSession } from "@postern/client";
import { api, client, organization, signedIn } from "./stack.js";

const ROUNDS = Number(process.argv[2] ?? 100);
const USERS = `${api}/api/v1/users/`;

type Work = () => Promise<unknown>;

/** Of each call CPU time and time of the clock, in milliseconds. */
async function medians(times: number, ...calls: Work[]): Promise<[number, number][]> {
  const figures = calls.map((): [number, number][] => []);
  for (let round = -20; round < ROUNDS; round += 1) {
    for (const [n, call] of calls.entries()) {
      const [cpu, clock] = [process.cpuUsage(), performance.now()];
      for (let time = 0; time < times; time += 1) await call();
      const { user, system } = process.cpuUsage(cpu);
      // The first ones make connections, and are compiled.
      if (round >= 0) figures[n]?.push([(user + system) / times / 1_000, (performance.now() - clock) / times]);
    }
  }
  return figures.map((figure) => [median(figure.map(([cpu]) => cpu)), median(figure.map(([, clock]) => clock))]);
}

function median(figures: number[]): number {
  return figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;
}

function row(name: string, figures: [number, number][]): void {
  const columns = figures.map(([cpu, clock]) => `${cpu.toFixed(3).padStart(9)} ms CPU ${clock.toFixed(3).padStart(8)} ms`);
  console.log(name.padEnd(32), columns.join(""));
}

const place = await mkdtemp(join(tmpdir(), "postern-overhead-"));
const plain = await signedIn(api);
const stored = (await plain.store.load()) as StoredSession;
const headers = { "cv-api-key": plain.at.apiKey, "content-type": "application/json" };
const me = { ...headers, authorization: `Bearer ${stored.accessToken}` };
let { refreshToken } = stored;

async function fetchedRefresh(): Promise<void> {
  const key = { ...headers, "idempotency-key": crypto.randomUUID() };
  const body = JSON.stringify({ refresh_token: refreshToken });
  const answer = await fetch(`${USERS}auth/refresh-token`, { method: "POST", headers: key, body });
  ({ refreshToken } = (await answer.json()) as StoredSession);
}

const inMemory = (await signedIn(api)).session;
const inFile = (await signedIn(api, new FileStore(join(place, "session.json")))).session;
console.log(" ".repeat(32), ["fetch alone", "session in memory", "session in a file"].map((name) => name.padStart(27)).join(""));
row("me", await medians(1, async () => (await fetch(`${USERS}me`, { headers: me })).json(), () => inMemory.me(), () => inFile.me()));
row("refresh", await medians(1, fetchedRefresh, () => inMemory.refresh(), () => inFile.refresh()));
row("access token that is still good", [[0, 0], ...(await medians(100, () => inMemory.accessToken(), () => inFile.accessToken()))]);

const clinic = await organization();
const partner = client().partner({ partnerId: "demo-partner", partnerSecret: "demo-partner-secret" });
const verifier = client().tokenVerifier();
const { organizationId, partnerSecret: organizationSecret, patient } = clinic;
const connection = { organizationId, organizationSecret, userId: patient.userId };
const { accessToken } = await partner.token(connection);
row("partner's token from the cache", await medians(100, () => partner.token(connection)));
row("verification, keys in the cache", await medians(20, () => verifier.verify(accessToken, { organizationId })));
await rm(place, { recursive: true });
