import { ConfigurationError } from "./errors.js";
/** The options, checked, with what wasn't given. */
export function complete(given) {
    const options = {
        timeoutSeconds: 10,
        tries: 5,
        firstWaitSeconds: 1,
        longestWaitSeconds: 10,
        allowHttp: false,
        // Looked up at each call, for whoever replaces the global one.
        fetch: ((input, init) => fetch(input, init)),
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    };
    const waits = [options.firstWaitSeconds, options.longestWaitSeconds];
    const isTimeout = options.timeoutSeconds > 0 && options.timeoutSeconds < Infinity;
    if (!isTimeout || !(options.tries >= 1) || !waits.every((wait) => wait >= 0 && wait < Infinity)) {
        throw new ConfigurationError("timeoutSeconds is above 0, tries at least 1, and no wait is negative");
    }
    return options;
}
/** The API's address without its last slash. */
export function address(baseUrl, allowHttp) {
    let url;
    try {
        url = new URL(baseUrl);
    }
    catch {
        throw new ConfigurationError("baseUrl: not an http or https address");
    }
    if (url.protocol !== "https:" && url.protocol !== "http:")
        throw new ConfigurationError("baseUrl: not an http or https address");
    if (url.search || url.hash || url.username || url.password) {
        throw new ConfigurationError("baseUrl: only scheme, host, port and path");
    }
    const isLoopback = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d+){3}$/.test(url.hostname);
    if (url.protocol === "http:" && !allowHttp && !isLoopback) {
        throw new ConfigurationError("baseUrl: HTTPS is needed, except for this machine");
    }
    return url.origin + url.pathname.replace(/\/+$/, "");
}
