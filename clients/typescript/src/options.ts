import { ConfigurationError } from "./errors.js";

/** As much of `fetch` as the kit needs: undici's will do, too, and who uses the kit needs no types of Node's. */
export type Fetch = (url: string, init: any) => Promise<FetchAnswer>;

export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** A stream of bytes, if there is one. */
  readonly body: unknown;
}

export interface ClientOptions {
  /** The API's address. HTTPS, unless it is this machine. */
  baseUrl: string;
  /** For a whole answer: 10 unless given; 5 at least, so that the server says what is down. */
  timeoutSeconds?: number;
  /** How often the same call is sent, the first time included: 5 unless given. Some are sent less often. */
  tries?: number;
  /** The wait before the second try of a call without `Retry-After`; twice as long each time. 1 unless given. */
  firstWaitSeconds?: number;
  /** The longest wait within a call: 10 unless given. A longer `Retry-After` is left to the caller. */
  longestWaitSeconds?: number;
  /** HTTP without TLS to other machines than this one: for a local stack in a container. */
  allowHttp?: boolean;
  /** A `fetch` of your own, for a proxy or a certificate. */
  fetch?: Fetch;
}

/** The options, checked, with what wasn't given. */
export function complete(given: ClientOptions): Required<ClientOptions> {
  const options = {
    baseUrl: given.baseUrl,
    timeoutSeconds: given.timeoutSeconds ?? 10,
    tries: given.tries ?? 5,
    firstWaitSeconds: given.firstWaitSeconds ?? 1,
    longestWaitSeconds: given.longestWaitSeconds ?? 10,
    allowHttp: given.allowHttp ?? false,
    // Looked up at each call, for whoever replaces the global one.
    fetch: given.fetch ?? ((url: string, init: RequestInit) => fetch(url, init)),
  };
  const waits = [options.firstWaitSeconds, options.longestWaitSeconds];
  const isTimeout = options.timeoutSeconds > 0 && options.timeoutSeconds < Infinity;
  if (!isTimeout || !(options.tries >= 1) || !waits.every((wait) => wait >= 0 && wait < Infinity)) {
    throw new ConfigurationError("timeoutSeconds is above 0, tries at least 1, and no wait is negative");
  }
  return options;
}

/** The API's address without its last slash. */
export function address(baseUrl: string, allowHttp: boolean): string {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw new ConfigurationError("baseUrl: not an http or https address");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new ConfigurationError("baseUrl: not an http or https address");
  if (url.search || url.hash || url.username || url.password) {
    throw new ConfigurationError("baseUrl: only scheme, host, port and path");
  }
  const isLoopback = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d+){3}$/.test(url.hostname);
  if (url.protocol === "http:" && !allowHttp && !isLoopback) {
    throw new ConfigurationError("baseUrl: HTTPS is needed, except for this machine");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
