// Sessions as files, one each. What is stored outlives the process, and processes that share the folder share the lock.
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class Store {
  constructor(folder) {
    this.folder = folder;
  }

  path(name, kind) {
    return join(this.folder, `${encodeURIComponent(name)}.${kind}`);
  }

  async load(name) {
    const text = await readFile(this.path(name, 'json'), 'utf8').catch(absent);
    return text === undefined ? undefined : JSON.parse(text);
  }

  // A rename is atomic: a crash leaves the old session or the new one.
  async save(name, session) {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const next = this.path(name, `next-${process.pid}`);
    await writeFile(next, JSON.stringify(session), { mode: 0o600, flush: true });
    await rename(next, this.path(name, 'json'));
  }

  async forget(name) {
    await rm(this.path(name, 'json'), { force: true });
  }

  /** Runs `work` while no other process works on this session. */
  async locked(name, work) {
    const path = this.path(name, 'lock');
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    while (!(await taken(path))) await sleep(20);
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  }
}

async function taken(path) {
  const file = await open(path, 'wx').catch((error) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (file) {
    await file.writeFile(String(process.pid)).finally(() => file.close());
    return true;
  }
  const owner = Number(await readFile(path, 'utf8').catch(absent));
  if (owner > 0 && !running(owner)) await rm(path, { force: true });
  return false;
}

function running(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

function absent(error) {
  if (error.code !== 'ENOENT') throw error;
}
