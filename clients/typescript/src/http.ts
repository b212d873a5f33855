import { ConfigurationError, InternalError, NoAnswerError, RateLimitedError, RefusalError } from "./errors.js";
import { parsed, Unreadable } from "./json.js";
import { refusal } from "./refusals.js";
import type { ClientOptions, FetchAnswer } from "./options.js";
import type { Surface } from "./errors.js";

/** How often a call is sent if each try costs something: a send of the day, an attempt at a code, a password. */
export const SEND_TRIES = 2;
export const CODE_TRIES = 2;
export const PASSWORD_TRIES = 3;

/** No answer of Postern's comes near. */
const LARGEST = 1 << 20;

/** When a try was sent: what the server says of time counts from there. */
export interface SentAt {
  /** In seconds of this machine's clock. */
  clock: number;
  /** In milliseconds of `performance.now`, which nobody sets. */
  monotonic: number;
}

export interface Call<T> {
  surface: Surface;
  method: "GET" | "POST";
  /** Already encoded. */
  path: string;
  headers: Record<string, string | undefined>;
  /** JSON. */
  body?: object;
  form?: Record<string, string>;
  /** How often the same call may be sent, the first time included; the options have the last word. */
  tries?: number | undefined;
  /** Runs right before each try; if it throws, nothing is sent. */
  beforeTry?: () => void;
  /** Reads a success, or a 304. */
  read: (body: unknown, sentAt: SentAt, response: FetchAnswer) => T;
}

const VISIBLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** Sends calls, and repeats those that may be repeated. */
export class Http {
  readonly #base: string;
  readonly #options: Required<ClientOptions>;

  constructor(base: string, options: Required<ClientOptions>) {
    this.#base = base;
    this.#options = options;
  }

  get timeoutSeconds(): number {
    return this.#options.timeoutSeconds;
  }

  async call<T>(call: Call<T>): Promise<T> {
    const prepared = prepare(call);
    const tries = Math.min(call.tries ?? Infinity, this.#options.tries);
    let mayHaveBeenDone = false;
    for (let attempt = 1; ; attempt += 1) {
      call.beforeTry?.();
      try {
        return await this.#once(call, prepared, mayHaveBeenDone);
      } catch (error) {
        const wait = this.#wait(error, attempt);
        if (attempt >= tries || wait === undefined) throw error;
        mayHaveBeenDone ||= !(error instanceof RefusalError) || error.status >= 500;
        await new Promise((resolve) => setTimeout(resolve, wait * 1_000));
      }
    }
  }

  async #once<T>(call: Call<T>, prepared: RequestInit, mayHaveBeenDone: boolean): Promise<T> {
    const sentAt = { clock: Date.now() / 1_000, monotonic: performance.now() };
    let response: FetchAnswer;
    let text: string;
    try {
      const signal = AbortSignal.timeout(this.#options.timeoutSeconds * 1_000);
      // A redirect would take the secrets to another address.
      response = await this.#options.fetch(this.#base + call.path, { ...prepared, redirect: "manual", signal });
      text = await whole(response);
    } catch (cause) {
      throw new NoAnswerError(`${call.surface} gave no answer: ${reason(cause)}; what was asked for may have been done`);
    }
    const body = parsed(text);
    if (!response.ok && response.status !== 304) {
      const answer = { status: response.status, body, requestId: requestId(response), retryAfterSeconds: retryAfter(response) };
      throw refusal(call.surface, answer, mayHaveBeenDone);
    }
    try {
      return call.read(body, sentAt, response);
    } catch (cause) {
      if (cause instanceof Unreadable) throw new NoAnswerError(`${call.surface} gave no readable answer: ${cause.message}`);
      throw cause;
    }
  }

  /** Seconds until the next try, if there is to be another one. */
  #wait(failure: unknown, attempt: number): number | undefined {
    const { firstWaitSeconds, longestWaitSeconds } = this.#options;
    if (failure instanceof RefusalError) {
      if (failure.status !== 429 && failure.status < 500) return undefined;
      // 0, or a date that is over, is no reason to come back at once five times.
      if (failure.retryAfterSeconds) {
        return failure.retryAfterSeconds <= longestWaitSeconds ? failure.retryAfterSeconds : undefined;
      }
      // Ours always says for how long; without that, the limit isn't one that ends soon.
      if (failure instanceof RateLimitedError) return undefined;
      // A bug answers the same each time.
      if (failure instanceof InternalError && attempt > 1) return undefined;
    } else if (!(failure instanceof NoAnswerError)) {
      return undefined;
    }
    // Of those who failed together each comes back at another time.
    return Math.min(firstWaitSeconds * 2 ** (attempt - 1), longestWaitSeconds) * (1 + Math.random() / 4);
  }
}

/** A segment of a path. */
export function segment(name: string, value: string): string {
  if (value === "" || value === "." || value === "..") throw new ConfigurationError(`${name}: can't stand in a path`);
  return encodeURIComponent(value);
}

/** A value that is one header line, checked when it is configured: fetch's own error would quote it. */
export function header(name: string, value: string): string {
  if (typeof value !== "string" || !VISIBLE.test(value)) throw new ConfigurationError(`${name}: visible ASCII is needed`);
  return value;
}

function prepare(call: Call<unknown>): RequestInit {
  const headers: Record<string, string> = { accept: "application/json", "user-agent": "postern-client" };
  for (const [name, value] of Object.entries(call.headers)) {
    if (value !== undefined) headers[name] = header(name, value);
  }
  // Sent with its charset, which is UTF-8.
  if (call.form !== undefined) return { method: call.method, headers, body: new URLSearchParams(call.form) };
  if (call.body === undefined) return { method: call.method, headers };
  headers["content-type"] = "application/json";
  return { method: call.method, headers, body: JSON.stringify(call.body) };
}

async function whole(response: FetchAnswer): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LARGEST) throw new TooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

class TooLong extends Error {}

function requestId(response: FetchAnswer): string | undefined {
  return response.headers.get("x-request-id") ?? response.headers.get("apigw-requestid") ?? undefined;
}

/** Seconds. A proxy may send a date (RFC 9110 §10.2.3), which its own clock makes a number of seconds. */
function retryAfter(response: FetchAnswer): number | undefined {
  const value = response.headers.get("retry-after") ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const until = date(value);
  if (until === undefined) return undefined;
  const now = date(response.headers.get("date") ?? "") ?? Date.now();
  return Math.max(0, Math.ceil((until - now) / 1_000));
}

/** Not what else `Date.parse` takes for one, such as `-1`. */
function date(value: string): number | undefined {
  const time = / GMT$/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** fetch's reason by its code: its text may quote what was sent. */
function reason(cause: unknown): string {
  if (cause instanceof TooLong) return "it is longer than 1 MiB";
  if (cause instanceof Error && cause.name === "TimeoutError") return "the time was over";
  const inner = cause instanceof Error ? cause.cause : undefined;
  const code = typeof inner === "object" && inner !== null && "code" in inner ? inner.code : undefined;
  return typeof code === "string" ? code : "the connection broke";
}
