// The stack that the tests run beside: `make test-kit-typescript`.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { MemoryStore, PosternClient, type ClientOptions, type PortalSession, type SessionStore } from "@postern/client";

export const api = variable("POSTERN_API");
const console = variable("POSTERN_CONSOLE");

export interface Organization {
  organizationId: string;
  apiKey: string;
  partnerSecret: string;
  patient: { userId: string; email: string; username: string };
}

export const PASSWORD = "a-long-password-1";

/** Waits are short, so that a test isn't mostly waiting. */
export function client(options: Partial<ClientOptions> = {}): PosternClient {
  return new PosternClient({ baseUrl: api, firstWaitSeconds: 0.002, ...options });
}

/** An organization with one patient, which is connected to the demo partner. */
export async function organization(wishes: object = {}): Promise<Organization> {
  const body = { scopes: ["create:patient", "read:users"], username: `user-${randomUUID()}`, password: PASSWORD, ...wishes };
  const answer = await fetch(`${console}/demo/organizations`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the console answered ${answer.status}`);
  return (await answer.json()) as Organization;
}

/** The newest code that was sent to an address. */
export async function code(address: string): Promise<string> {
  for (;;) {
    const messages = (await (await fetch(`${console}/messages`)).json()) as { to: string; text: string }[];
    const found = messages.find((message) => message.to === address)?.text.match(/\b\d{6}\b/)?.[0];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface SignedIn {
  at: Organization;
  session: PortalSession;
  store: SessionStore;
}

/** A new patient's session, whose calls go to `baseUrl`. */
export async function signedIn(baseUrl: string, store: SessionStore = new MemoryStore()): Promise<SignedIn> {
  const at = await organization();
  const direct = client().portal({ apiKey: at.apiKey });
  await direct.sendCode({ email: at.patient.email });
  await direct.verifyCode(await code(at.patient.email), store, { email: at.patient.email });
  return { at, store, session: client({ baseUrl }).portal({ apiKey: at.apiKey }).session(store) };
}

/** A folder that is removed after the tests of the file. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "postern-client-"));
  after(() => rm(path, { recursive: true, force: true }));
  return path;
}

export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing: run \`make test-kit-typescript\``);
  return value;
}
