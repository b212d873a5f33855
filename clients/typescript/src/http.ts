import { ConfigurationError, NoAnswerError, RateLimitedError, RefusalError } from "./errors.js";
import { Unreadable } from "./json.js";
import { refusal } from "./refusals.js";
import type { Surface } from "./errors.js";

export interface ClientOptions {
  /** The API's address. HTTPS, unless it is this machine. */
  baseUrl: string;
  /** For how long a call waits for its answer: 10,000 unless given, 5,000 at least is sensible. */
  timeoutMilliseconds?: number;
  /** The wait before the second try of a call without `Retry-After`; twice as long each time. 1,000 unless given. */
  firstWaitMilliseconds?: number;
  /** The longest wait within a call: 10,000 unless given. A longer `Retry-After` is left to the caller. */
  maxWaitMilliseconds?: number;
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
  /** How often the same call may be sent, the first time included. */
  tries: number;
  /** Runs right before each try; if it throws, nothing is sent. */
  beforeTry?: () => void;
  /** Reads a success. `sentAt` is when the try was sent: what the server says of time counts from there. */
  read: (body: unknown, sentAt: number) => T;
}

const VISIBLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** Sends calls, and repeats those that may be repeated. */
export class Http {
  readonly #base: string;
  readonly #timeout: number;
  readonly #firstWait: number;
  readonly #maxWait: number;

  constructor(options: ClientOptions) {
    this.#base = address(options.baseUrl);
    this.#timeout = milliseconds("timeoutMilliseconds", options.timeoutMilliseconds ?? 10_000);
    this.#firstWait = milliseconds("firstWaitMilliseconds", options.firstWaitMilliseconds ?? 1_000);
    this.#maxWait = milliseconds("maxWaitMilliseconds", options.maxWaitMilliseconds ?? 10_000);
  }

  /** The address of a path of the API. */
  url(path: string): string {
    return this.#base + path;
  }

  async call<T>(call: Call<T>): Promise<T> {
    const prepared = prepare(call);
    let mayHaveBeenDone = false;
    for (let attempt = 1; ; attempt += 1) {
      call.beforeTry?.();
      try {
        return await this.#once(call, prepared, mayHaveBeenDone);
      } catch (error) {
        const wait = this.#wait(error, attempt);
        if (attempt >= call.tries || wait === undefined) throw error;
        mayHaveBeenDone ||= !(error instanceof RefusalError) || error.status >= 500;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  async #once<T>(call: Call<T>, prepared: RequestInit, mayHaveBeenDone: boolean): Promise<T> {
    const sentAt = Date.now();
    let response: Response;
    let text: string;
    try {
      // A redirect would take the secrets to another address.
      response = await fetch(this.url(call.path), { ...prepared, redirect: "manual", signal: AbortSignal.timeout(this.#timeout) });
      text = await response.text();
    } catch (cause) {
      throw new NoAnswerError(`${call.surface} gave no answer: ${reason(cause)}`);
    }
    const body = parsed(text);
    if (!response.ok) {
      const answer = { status: response.status, body, requestId: requestId(response), retryAfterSeconds: retryAfter(response) };
      throw refusal(call.surface, answer, mayHaveBeenDone);
    }
    try {
      return call.read(body, sentAt);
    } catch (cause) {
      if (cause instanceof Unreadable) throw new NoAnswerError(`${call.surface} gave no readable answer: ${cause.message}`);
      throw cause;
    }
  }

  /** Milliseconds until the next try, if another one can help. */
  #wait(failure: unknown, attempt: number): number | undefined {
    if (failure instanceof RefusalError) {
      if (failure.status !== 429 && failure.status < 500) return undefined;
      if (failure.retryAfterSeconds !== undefined) {
        const asked = failure.retryAfterSeconds * 1_000;
        return asked <= this.#maxWait ? asked : undefined;
      }
      // Ours always says for how long; without that, the limit isn't one that ends soon.
      if (failure instanceof RateLimitedError) return undefined;
    } else if (!(failure instanceof NoAnswerError)) {
      return undefined;
    }
    return Math.min(this.#firstWait * 2 ** (attempt - 1), this.#maxWait) * (1 + Math.random() / 4);
  }
}

/** A segment of a path. */
export function segment(name: string, value: string): string {
  if (value === "" || value === "." || value === "..") throw new ConfigurationError(`${name}: can't stand in a path`);
  return encodeURIComponent(value);
}

/** A credential, checked when it is configured: fetch's own error would quote it. */
export function credential(name: string, value: string): string {
  if (typeof value !== "string" || !VISIBLE.test(value)) throw new ConfigurationError(`${name}: visible ASCII is needed`);
  return value;
}

function prepare(call: Call<unknown>): RequestInit {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers)) {
    if (value !== undefined) headers[name] = credential(name, value);
  }
  // Sent with its charset, which is UTF-8.
  if (call.form !== undefined) return { method: call.method, headers, body: new URLSearchParams(call.form) };
  if (call.body === undefined) return { method: call.method, headers };
  headers["content-type"] = "application/json";
  return { method: call.method, headers, body: JSON.stringify(call.body) };
}

function address(baseUrl: string): string {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw new ConfigurationError("baseUrl: not an address");
  }
  const isLoopback = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d+){3}$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) {
    throw new ConfigurationError("baseUrl: HTTPS is needed, except for this machine");
  }
  if (url.search || url.hash || url.username || url.password) {
    throw new ConfigurationError("baseUrl: only scheme, host, port and path");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function milliseconds(name: string, value: number): number {
  if (!Number.isFinite(value) || value <= 0) throw new ConfigurationError(`${name}: a positive number is needed`);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function requestId(response: Response): string | undefined {
  return response.headers.get("x-request-id") ?? response.headers.get("apigw-requestid") ?? undefined;
}

/** Seconds; a proxy may send a date (RFC 9110 §10.2.3). */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const until = Date.parse(value);
  return Number.isNaN(until) ? undefined : Math.max(0, Math.ceil((until - Date.now()) / 1_000));
}

/** fetch's reason by its code: its text may quote what was sent. */
function reason(cause: unknown): string {
  if (cause instanceof Error && cause.name === "TimeoutError") return "the time was over";
  const inner = cause instanceof Error ? cause.cause : undefined;
  const code = typeof inner === "object" && inner !== null && "code" in inner ? inner.code : undefined;
  return typeof code === "string" ? code : "the connection broke";
}
