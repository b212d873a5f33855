import { StoreCorruptError } from "./errors.js";
import { isObject, number, object, string } from "./json.js";
import { OneAtATime } from "./one-at-a-time.js";
/** One process; a restart ends it. */
export class MemoryStore {
    #queue = new OneAtATime();
    #session;
    async load() {
        return structuredClone(this.#session);
    }
    async save(session) {
        this.#session = structuredClone(session);
    }
    lock(work) {
        return this.#queue.run("", () => work(() => { }));
    }
}
/** The session of what a store has as JSON, which is the same for both kits; `undefined` is what no JSON gives. */
export function storedSession(value) {
    if (isObject(value)) {
        const accessToken = string(value["accessToken"]);
        const refreshToken = string(value["refreshToken"]);
        const askedAt = number(value["askedAt"]);
        const expiresIn = number(value["expiresIn"]);
        const pending = pendingOf(value["pending"] ?? undefined);
        if (accessToken && refreshToken && askedAt !== undefined && expiresIn !== undefined && pending !== null) {
            return { accessToken, refreshToken, askedAt, expiresIn, ...(pending && { pending }) };
        }
    }
    // The content is secret, so the message doesn't quote it.
    throw new StoreCorruptError("what the store has is not a session: remove it, and have the patient sign in again");
}
/** Half of one would lose the key of a call that may have been carried out: `null`. */
function pendingOf(value) {
    if (value === undefined)
        return undefined;
    const refreshToken = string(object(value)["refreshToken"]);
    const idempotencyKey = string(object(value)["idempotencyKey"]);
    return refreshToken && idempotencyKey ? { refreshToken, idempotencyKey } : null;
}
