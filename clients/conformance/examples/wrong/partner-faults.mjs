// Mistakes with a partner's tokens. Each takes a class of the reference client and gives it one.
export const partnerFaults = {
  'partner-token-for-each-call': (Partner) => class extends Partner {
    fresh() {
      return false;
    }
  },
  'partner-token-for-ever': (Partner) => class extends Partner {
    fresh() {
      return this.cached !== undefined;
    }
  },
  'partner-retry-after-ignored': (Partner) => class extends Partner {
    pause(response, attempt) {
      return 2 ** attempt;
    }
  },
};

export const verifierFaults = {
  'keys-pinned': (Verifier) => class extends Verifier {
    look() {
      return this.keys.size === 0;
    }
  },
  'keys-not-cached': (Verifier) => class extends Verifier {
    look() {
      return true;
    }
  },
  'look-for-each-unknown-key': (Verifier) => class extends Verifier {
    look(kid, age) {
      return !this.keys.has(kid) || super.look(kid, age);
    }
  },
  'no-keys-taken-for-forged': (Verifier) => class extends Verifier {
    async refreshed() {
      await super.refreshed();
      return true;
    }
  },
  'first-key-alone': (Verifier) => class extends Verifier {
    usable(keys) {
      return super.usable(keys).slice(0, 1);
    }
  },
  'key-kinds-closed': (Verifier) => class extends Verifier {
    usable(keys) {
      if (keys.some(({ kty }) => kty !== 'RSA')) throw new Error('unknown kind of key');
      return keys;
    }
  },
  'scopes-closed': (Verifier) => class extends Verifier {
    current(claims, now) {
      return claims.scope.every((scope) => scope === 'create:patient') && super.current(claims, now);
    }
  },
  'algorithm-of-the-token': (Verifier) => class extends Verifier {
    accepts() {
      return true;
    }
    signed(text, key, signature) {
      return signature === '' || super.signed(text, key, signature);
    }
  },
  'signature-not-checked': (Verifier) => class extends Verifier {
    signed() {
      return true;
    }
  },
  'issuer-not-checked': (Verifier) => class extends Verifier {
    current(claims, now) {
      return super.current({ ...claims, iss: 'postern' }, now);
    }
  },
  'end-not-checked': (Verifier) => class extends Verifier {
    current(claims, now) {
      return super.current({ ...claims, exp: now }, now);
    }
  },
  'clocks-taken-for-equal': (Verifier) => class extends Verifier {
    current(claims, now) {
      return claims.iat <= now && super.current(claims, now);
    }
  },
};
