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

  /** Waits until the patient has a message for each of `sends`: one that comes late would be taken for the next one. */
  async settled(patient, before, sends) {
    if (this.code) return;
    const wanted = new Set(sends.filter(({ ran }) => ran === 200).map((send) => send.key ?? send)).size;
    for (let look = 0; look < 60 && (await this.received(patient)) < before + wanted; look++) await sleep(50);
  }

  /** How many messages the patient has. */
  async received(patient) {
    return this.code ? 0 : (await this.console.messages()).filter(({ to }) => to === address(patient)).length;
  }

  /** The code that was sent to the patient. */
  async codeOf(patient) {
    if (this.code) return this.code;
    for (let look = 0; look < 200; look++) {
      const message = (await this.console.messages()).find((message) => message.to === address(patient) && !this.seen.has(message.id));
      const code = message?.text.match(/(?<![0-9])[0-9]{6}(?![0-9])/);
      if (code) return code[0];
      await sleep(50);
    }
    throw new Error(`no code for the patient came to the inbox of ${this.console.url} within 10 s`);
  }
}

function address({ email, phoneNumber }) {
  return email ?? phoneNumber;
}
