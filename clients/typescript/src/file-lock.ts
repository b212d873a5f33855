import { existsSync } from "node:fs";
import { mkdir, open, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError, LockLostError, StoreBusyError } from "./errors.js";

/** How often a holder shows that it lives, and after which silence its lock is free, in milliseconds. */
const BEAT = 500;
const SILENCE = 3_000;
const POLL = 20;

/** So many former generations stay, so that a slow process can't take a number again, nor miss the newest in a listing. */
const KEPT = 8;

/** What a holder writes before it counts. A killed one leaves it behind, and the next holder removes it. */
const DRAFT = ".draft";

/**
 * A lock of all processes that see a folder, which outlives a killed holder.
 *
 * Generation n is held by who created the file `n`; the highest counts. An empty file is held, one with content free.
 * To take over is to create n + 1, which succeeds once, so no two processes take over from the same holder, and nobody
 * ever deletes the lock of somebody alive. Silence is measured by the waiter's own clock: no two clocks are compared,
 * and no process id, which another container may use, too.
 */
export class FileLock {
  readonly #folder: string;
  readonly #patience: number;

  constructor(folder: string, patienceSeconds: number) {
    this.#folder = folder;
    this.#patience = patienceSeconds;
  }

  async acquire(): Promise<HeldLock> {
    await this.#made();
    const end = performance.now() + this.#patience * 1_000;
    let seen = "";
    let since = performance.now();
    for (;;) {
      const { last, state } = await this.#newest();
      if (state !== seen) [seen, since] = [state, performance.now()];
      if (state === "free" || performance.now() - since >= SILENCE) {
        const held = await this.#take(last + 1);
        if (held !== undefined) return held;
      } else if (performance.now() > end) {
        throw new StoreBusyError(`another process has kept the session's lock for ${this.#patience} seconds`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }

  async #made(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new ConfigurationError("FileStore: the file's lock is that of the kit for Python; one kit has a file");
    }
  }

  /** The highest generation, and whether it is free or when its holder last showed that it lives. */
  async #newest(): Promise<{ last: number; state: string }> {
    const last = Math.max(0, ...(await this.#generations()));
    if (last === 0) return { last, state: "free" };
    try {
      const { size, mtimeMs } = await stat(join(this.#folder, String(last)));
      return { last, state: size > 0 ? "free" : `${last} ${mtimeMs}` };
    } catch {
      return { last, state: `${last} deleted` }; // generations went on meanwhile: look again
    }
  }

  async #take(generation: number): Promise<HeldLock | undefined> {
    const file = join(this.#folder, String(generation));
    try {
      await (await open(file, "wx", 0o600)).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
      throw error;
    }
    // Who was slow may have created a number that was in use long ago.
    const generations = await this.#generations();
    if (Math.max(...generations) !== generation) {
      await rm(file, { force: true });
      return undefined;
    }
    const old = generations.filter((each) => each <= generation - KEPT).map(String);
    const drafts = (await readdir(this.#folder)).filter((name) => name.endsWith(DRAFT));
    await Promise.all([...old, ...drafts].map((name) => rm(join(this.#folder, name), { force: true })));
    return new HeldLock(this.#folder, generation);
  }

  async #generations(): Promise<number[]> {
    return (await readdir(this.#folder)).filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
  }
}

export class HeldLock {
  /** A file of this holder alone. */
  readonly draft: string;
  readonly #own: string;
  readonly #next: string;
  readonly #beat: NodeJS.Timeout;

  constructor(folder: string, generation: number) {
    this.#own = join(folder, String(generation));
    this.draft = this.#own + DRAFT;
    this.#next = join(folder, String(generation + 1));
    // A beat that fails says nothing new: `assert` looks at the files.
    this.#beat = setInterval(() => utimes(this.#own, Date.now() / 1_000, Date.now() / 1_000).catch(() => {}), BEAT);
    this.#beat.unref();
  }

  /** Whose number is in use, or gone, was taken for dead. Without waiting, so that nothing comes before what follows. */
  assert(): void {
    if (existsSync(this.#next) || !existsSync(this.#own)) {
      throw new LockLostError("another process took the session's lock over, because this one didn't run for a while");
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#beat);
    try {
      await writeFile(this.#own, "free", { flag: "r+" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // taken over long ago
    }
  }
}
