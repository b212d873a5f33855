// Patients who sign in for the checks: one sign-in of each at a time, because a patient has one code at a time.
import { setTimeout as sleep } from 'node:timers/promises';

export class Patients {
  seen = new Set();
  waiting = [];

  /** `code`: what every code is; without it codes come from the inbox of `console`. */
  constructor({ identifiers, code }, console) {
    Object.assign(this, { free: [...identifiers], code, console });
  }

  /** Runs `work` with a patient who signs in for nobody else meanwhile. */
  async with(work) {
    const patient = this.free.shift() ?? (await new Promise((resolve) => this.waiting.push(resolve)));
    try {
      return await work(patient);
    } finally {
      const next = this.waiting.shift();
      if (next) next(patient);
      else this.free.push(patient);
    }
  }

  /** Messages from before are not the one that comes. */
  async expectCode() {
    if (!this.code) for (const { id } of await this.console.messages()) this.seen.add(id);
  }

  /** The code that was sent to the patient. */
  async codeOf(patient) {
    if (this.code) return this.code;
    const to = patient.email ?? patient.phoneNumber;
    for (let look = 0; look < 200; look++) {
      const message = (await this.console.messages()).find((message) => message.to === to && !this.seen.has(message.id));
      const code = message?.text.match(/(?<![0-9])[0-9]{6}(?![0-9])/);
      if (code) return code[0];
      await sleep(50);
    }
    throw new Error(`no code for the patient came to the inbox of ${this.console.url} within 10 s`);
  }
}
