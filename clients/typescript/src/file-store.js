import { renameSync, rmSync } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreUnsafeError } from "./errors.js";
import { FileLock } from "./file-lock.js";
import { parsed } from "./json.js";
import { OneAtATime } from "./one-at-a-time.js";
import { storedSession } from "./session-store.js";
/**
 * A session in a file that its owner alone may read. Processes on one machine may share it; the folder `<path>.lock`
 * beside it has their lock. Keep it out of backups, images and repositories.
 */
export class FileStore {
    #path;
    #lock;
    #queue = new OneAtATime();
    #held;
    /** `patienceSeconds`: how long to wait for another process, 60 unless given. */
    constructor(path, options = {}) {
        this.#path = path;
        this.#lock = new FileLock(`${path}.lock`, options.patienceSeconds ?? 60);
    }
    async load() {
        let file;
        try {
            file = await open(this.#path, "r");
        }
        catch (error) {
            if (error.code === "ENOENT")
                return undefined;
            throw error;
        }
        try {
            await assertPrivate(file);
            return storedSession(parsed(await file.readFile("utf8")));
        }
        finally {
            await file.close();
        }
    }
    async save(session) {
        const held = this.#held;
        if (held === undefined)
            throw new Error("FileStore.save is called within FileStore.lock alone");
        if (session === undefined) {
            held.assert();
            rmSync(this.#path, { force: true });
        }
        else {
            await write(held.draft, JSON.stringify(session));
            // Nothing may run between the two, or a process that was taken for dead would put an old token back.
            held.assert();
            renameSync(held.draft, this.#path);
        }
        await sync(dirname(this.#path));
    }
    lock(work) {
        return this.#queue.run("", async () => {
            await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
            const held = await this.#lock.acquire();
            this.#held = held;
            try {
                return await work(() => held.assert());
            }
            finally {
                this.#held = undefined;
                await held.release();
            }
        });
    }
}
/** What others could read is no secret, and what they could write may be their session. Windows has no such modes. */
async function assertPrivate(file) {
    if (process.geteuid === undefined)
        return;
    const { uid, mode } = await file.stat();
    if (uid !== process.geteuid() || (mode & 0o007) !== 0) {
        throw new StoreUnsafeError("the session's file is another user's, or others may read or change it: remove it, or give it to this user, mode 600");
    }
}
async function write(path, text) {
    // A write that failed, of a full disk say, may have left one.
    await rm(path, { force: true });
    const file = await open(path, "wx", 0o600);
    try {
        await file.writeFile(text);
        await file.sync();
    }
    finally {
        await file.close();
    }
}
/** Makes a rename in the folder outlive a power cut. Windows has no such call for folders. */
async function sync(folder) {
    if (process.platform === "win32")
        return;
    const handle = await open(folder, "r");
    try {
        await handle.sync();
    }
    finally {
        await handle.close();
    }
}
