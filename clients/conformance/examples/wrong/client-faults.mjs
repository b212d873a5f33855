// Mistakes that clients of the portal make. Each takes the reference client's class and gives it one.
import { randomUUID } from 'node:crypto';

import { Failure } from '../reference/client.mjs';

const withKey = (client, session, key) =>
  client.post('auth/refresh-token', { refresh_token: session.refreshToken }, key ? { 'idempotency-key': key } : {});

/** The answer to a refresh, taken for another. */
const misread = (wrong) => (Client) => class extends Client {
  async presented(session) {
    const answer = await super.presented(session);
    return wrong(answer) ? { status: 401 } : answer;
  }
};

const sending = (headers, times) => (Client) => class extends Client {
  async send(identifier) {
    const channel = identifier.email ? 'EMAIL' : 'SMS';
    await this.repeated(times, () => this.post('auth/send-otp', { ...identifier, channel }, headers()));
  }
};

const verifying = (times, again, sent = (code) => code) => (Client) => class extends Client {
  async verify(name, identifier, code) {
    let answer;
    for (let time = 0; time < again && answer?.status !== 200; time++) {
      answer = await this.repeated(times, () => this.post('auth/verify-otp', { ...identifier, code: sent(code) }));
    }
    if (answer.status !== 200) throw new Failure(answer.status === 401 ? 'code' : 'request');
    await this.store.save(name, this.session(answer));
  }
};

const pausing = (pause) => (Client) => class extends Client {
  pause(answer, attempt) {
    return pause(answer, attempt) ?? super.pause(answer, attempt);
  }
};

const rotationKey = (key) => (Client) => class extends Client {
  rotationKey(session) {
    return key(session);
  }
};

const reading = (look) => (Client) => class extends Client {
  async read(response) {
    look(await response.clone().json().catch(() => ({})), response);
    return super.read(response);
  }
};

function only(fields) {
  return (body, response) => {
    if (response.ok && Object.keys(body).some((field) => !fields.includes(field))) throw new Error('unknown field');
  };
}

export const clientFaults = {
  'send-repeated-without-key': sending(() => ({}), 3),
  'send-repeated-with-new-key': sending(() => ({ 'idempotency-key': randomUUID() }), 3),
  'send-again-with-same-key': (Client) => class extends Client {
    keys = new Map();
    async send(identifier) {
      const key = this.keys.get(identifier.email) ?? randomUUID();
      this.keys.set(identifier.email, key);
      await this.repeated(3, () => this.post('auth/send-otp', { ...identifier, channel: 'EMAIL' }, { 'idempotency-key': key }));
    }
    verify(name, identifier, code) {
      this.keys.delete(identifier.email);
      return super.verify(name, identifier, code);
    }
  },
  'verify-repeated-for-ever': verifying(4, 1),
  'wrong-code-repeated': verifying(2, 3),
  'code-without-zeros': verifying(2, 1, (code) => String(Number(code))),

  'refresh-without-key': (Client) => class extends Client {
    presented(session) {
      return withKey(this, session);
    }
  },
  'refresh-with-constant-key': rotationKey(() => 'my-application-1'),
  'refresh-with-two-keys-in-turn': (Client) => class extends Client {
    rotationKey({ turn = 0 }) {
      return `my-application-${turn}`;
    }
    async rotate(name, session) {
      const next = { ...(await super.rotate(name, session)), turn: session.turn === 1 ? 0 : 1 };
      await this.store.save(name, next);
      return next;
    }
  },
  'refresh-repeated-with-new-key': (Client) => class extends Client {
    presented(session) {
      return withKey(this, session, randomUUID());
    }
  },
  'key-in-memory-only': (Client) => class extends Client {
    keys = new Map();
    presented(session) {
      const key = this.keys.get(session.refreshToken) ?? randomUUID();
      this.keys.set(session.refreshToken, key);
      return withKey(this, session, key);
    }
  },
  'old-refresh-token-kept': (Client) => class extends Client {
    async rotate(name, session) {
      const next = { ...(await super.rotate(name, session)), refreshToken: session.refreshToken };
      await this.store.save(name, next);
      return next;
    }
  },
  'refreshes-side-by-side': (Client) => class extends Client {
    async refresh(name) {
      return this.rotate(name, await this.stored(name));
    }
  },
  'lock-of-one-process': (Client) => class extends Client {
    async rotated(name) {
      return this.rotate(name, await this.stored(name));
    }
  },
  'refreshed-after-401-only': (Client) => class extends Client {
    due() {
      return false;
    }
  },
  'access-token-read': (Client) => class extends Client {
    session(answer) {
      const { exp } = JSON.parse(Buffer.from(answer.body.accessToken.split('.')[1], 'base64url'));
      return { ...super.session(answer), refreshAt: (exp - 90) * 1000 };
    }
  },
  'refused-refresh-repeated': (Client) => class extends Client {
    async presented(session) {
      let answer;
      for (let time = 0; time < 3 && (!answer || answer.status === 401); time++) answer = await super.presented(session);
      return answer;
    }
  },
  'refused-session-kept': (Client) => class extends Client {
    async rotate(name, session) {
      try {
        return await super.rotate(name, session);
      } catch (failure) {
        if (failure.word === 'sign-in') await this.store.save(name, session);
        throw failure;
      }
    }
  },
  '503-taken-for-signed-out': misread(({ status }) => status === 503),
  '404-taken-for-signed-out': misread(({ status }) => status === 404),
  'lost-answer-taken-for-signed-out': (Client) => class extends Client {
    presented(session) {
      return super.presented(session).catch(() => ({ status: 401 }));
    }
  },
  'gateway-answer-taken-for-signed-out': (Client) => class extends Client {
    async presented(session) {
      const answer = await super.presented(session);
      return answer.status !== 200 && !answer.code ? { status: 401 } : answer;
    }
    async read(response) {
      const { code } = await response.clone().json().catch(() => ({}));
      return { ...(await super.read(response)), code };
    }
  },

  'retry-after-ignored': pausing((answer, attempt) => 2 ** attempt),
  'repeated-at-once': pausing((answer) => answer?.retryAfter ?? 0.01),
  'limit-not-respected': pausing((answer) => (answer?.status === 429 && answer.retryAfter ? 1 : undefined)),
  '500-repeated-for-ever': (Client) => class extends Client {
    async read(response) {
      const answer = await super.read(response);
      return answer.status === 500 ? { ...answer, status: 503 } : answer;
    }
  },
  'timeout-of-four-seconds': (Client) => class extends Client {
    timeout() {
      return 4_000;
    }
  },

  'expired-taken-for-signed-out': (Client) => class extends Client {
    async live(name) {
      const session = await this.stored(name);
      if (Date.now() < session.endsAt) return super.live(name);
      await this.store.forget(name);
      throw new Failure('sign-in');
    }
    session(answer) {
      return { ...super.session(answer), endsAt: Date.now() + answer.body.expiresIn * 1000 };
    }
  },
  'me-without-an-answer-signs-out': (Client) => class extends Client {
    async user(session) {
      return super.user(session).catch(({ word }) => ({ status: word === 'unavailable' ? 401 : 500 }));
    }
  },
  '401-signs-out': (Client) => class extends Client {
    async me(name) {
      const answer = await this.user(await this.live(name));
      if (answer.status === 401) await this.store.forget(name);
      if (answer.status !== 200) throw new Failure('sign-in');
      return answer.body.data;
    }
  },
  '401-repeated-for-ever': (Client) => class extends Client {
    async me(name) {
      for (let time = 0; time < 4; time++) {
        const answer = await this.user(await this.live(name));
        if (answer.status === 200) return answer.body.data;
        await this.refresh(name);
      }
      await this.store.forget(name);
      throw new Failure('sign-in');
    }
  },
  'tokens-kept-after-logout': (Client) => class extends Client {
    async logout(name) {
      const session = await this.stored(name);
      await super.logout(name);
      await this.store.save(name, session);
    }
  },
  'failed-logout-swallowed': (Client) => class extends Client {
    async logout(name) {
      const session = await this.stored(name);
      await this.post('auth/logout', { refresh_token: session.refreshToken }).catch(() => {});
      await this.store.forget(name);
    }
  },

  'fields-closed': reading(only(['status', 'success', 'data', 'accessToken', 'refreshToken', 'expiresIn', 'tokenType'])),
  'roles-closed': reading(({ data }) => {
    if (data && data.role !== 'patient') throw new Error('unknown role');
  }),
  'codes-closed': reading(({ code }) => {
    if (code?.startsWith('REFRESH_') && !/_(INVALID|REUSED|EXPIRED)$/.test(code)) throw new Error('unknown code');
  }),
  'tokens-cut-short': (Client) => class extends Client {
    session(answer) {
      const session = super.session(answer);
      return { ...session, refreshToken: session.refreshToken.slice(0, 255) };
    }
  },
  'redirects-followed': (Client) => class extends Client {
    async call(method, path, headers, body) {
      const all = { 'cv-api-key': this.apiKey, ...headers };
      return this.read(await fetch(`${this.api}/api/v1/users/${path}`, {
        method, headers: all, body, signal: AbortSignal.timeout(this.timeout()),
      }));
    }
  },
  'key-in-the-address': (Client) => class extends Client {
    call(method, path, headers, body) {
      return super.call(method, `${path}?key=${encodeURIComponent(this.apiKey)}`, headers, body);
    }
  },
  'tokens-logged': (Client) => class extends Client {
    session(answer) {
      console.error('signed in: %j', answer.body);
      return super.session(answer);
    }
  },
};
