"""Guards of clients/typescript: a name, the tests that are about it, and how it is taken away (file, text, its substitute)."""

CRASH = "a process that is killed between"
DUE = "find a due token"
LOST = "taken for dead sends nothing"
FORM = "under a published key"
CACHE = "keys are cached for five minutes"
COSTS = "is told apart from a wrong one"
WAITS = "a wait that is over or unreadable"
LOOSE = "that others may read or change"

GUARDS = [
    # The refresh.
    ("the key is stored before the call", CRASH, ("rotation.ts", "    await this.#store.save({ ...session, pending });\n", "")),
    ("a stored key is used again", CRASH, ("rotation.ts", "    if (stored !== undefined) return stored;\n", "")),
    ("the refresh has an Idempotency-Key", "a thousand refreshes", ("rotation.ts", ', "idempotency-key": pending.idempotencyKey', "")),
    ("the new token is stored before its use", DUE, ("rotation.ts", "    await this.#store.save(renewed);\n", "")),
    ("one refresh in flight", "share its error", ("rotation.ts", "this.#inFlight ??= ", "this.#inFlight = ")),
    ("the store's lock, in memory", DUE, ("session-store.ts", 'this.#queue.run("", () => work(() => {}))', "work(() => {})")),
    ("the store's lock, in a file", "no change is lost", ("file-lock.ts", 'open(file, "wx", 0o600)', 'open(file, "w", 0o600)')),
    ("the queue before a file's lock", "the lock of the next one", ("file-store.ts", 'this.#queue.run("", async () =>', '((_: string, work: () => Promise<T>) => work())("", async () =>')),
    ("a token that another refreshed is taken", DUE, ("rotation.ts", "      if (session.refreshToken !== known && !isDue(session)) return session;\n", "")),
    (
        "sessions are compared by the refresh token",
        DUE,
        ("rotation.ts", "(await this.session())).refreshToken;", "(await this.session())).accessToken;"),
        ("rotation.ts", "session.refreshToken !== known", "session.accessToken !== known"),
    ),
    ("held.assert() before a file is replaced", "taken for dead changes nothing", ("file-store.ts", "      held.assert();\n      renameSync", "      renameSync")),
    ("held.assert() before a file is removed", "taken for dead changes nothing", ("file-store.ts", "      held.assert();\n      rmSync", "      rmSync")),
    ("the lock is looked at before each try", LOST, ("rotation.ts", "        beforeTry: assertHeld,\n", "")),
    ("who lost the lock looks what came of it", LOST, ("rotation.ts", "|| lost === 3", "|| lost === 0")),
    ("a holder shows that it lives", "works for longer", ("file-lock.ts", "setInterval(() => utimes(this.#own, Date.now() / 1_000, Date.now() / 1_000).catch(() => {}), BEAT)", "setInterval(() => {}, BEAT)")),
    ("a silent holder is followed", "is silent is taken over", ("file-lock.ts", " || performance.now() - since >= SILENCE", "")),
    ("the highest number counts", "an old listing", ("file-lock.ts", "if (Math.max(...generations) !== generation)", "if (false)")),
    ("old numbers are removed", "no change is lost", ("file-lock.ts", "generations.filter((each) => each <= generation - KEPT)", "[].filter(() => true)")),
    ("the logout holds the lock", "beside a logout", ("rotation.ts", "await this.#locked(async () => {\n      const session = await this.#store.load();", "await (async (work: () => Promise<void>) => work())(async () => {\n      const session = await this.#store.load();")),
    ("a session that ended is forgotten", "a replayed token ends", ("rotation.ts", "      await this.#store.save(undefined);\n      throw", "      throw")),
    ("a proxy's 401 ends nothing", "a proxy's 401", ("rotation.ts", " || error instanceof GatewayError) throw", ") throw")),
    ("every 401 of a refresh ends the session", "so does a code of a later", ("rotation.ts", "throw error instanceof SessionEndedError ? error : new SessionEndedError(error);", "throw error;")),
    ("a key of the rotation before is replaced", "a key of the rotation before", ("rotation.ts", "return await this.#rotated(await this.#intended(session, undefined), tries, assertHeld);", "throw error;")),
    ("a refresh ahead of time", "when 90 seconds are left", ("rotation.ts", "const AHEAD = 90;", "const AHEAD = 0;")),
    ("half of a short life", "a short life", ("rotation.ts", "Math.min(AHEAD, session.expiresIn / 2)", "AHEAD")),
    ("a clock that was set back", "a clock that was set back", ("rotation.ts", "age < 0 ? 0 : session.expiresIn - age", "session.expiresIn - age")),
    ("a live token outlives a failed refresh", "while the API is down", ("rotation.ts", "if (!mayPass(error) || remaining(session) <= 0) throw error;", "throw error;")),
    ("one try while a token lives", "while the API is down", ("rotation.ts", "works ? 1 : undefined", "undefined")),
    ("a pause after a failed refresh", "while the API is down", ("rotation.ts", "performance.now() + PAUSE", "0")),
    ("a refused access token is refreshed once", "that is refused is refreshed once", ("portal-session.ts", "if (!(error instanceof AccessTokenInvalidError)) throw error;", "throw error;")),
    # Repeats.
    ("Retry-After is waited for", "Retry-After is waited for", ("http.ts", "      if (failure.retryAfterSeconds) {", "      if (false as boolean && failure.retryAfterSeconds) {")),
    ("a long Retry-After is the caller's", "Retry-After is waited for", ("http.ts", "failure.retryAfterSeconds <= longestWaitSeconds ? failure.retryAfterSeconds : undefined", "0.01")),
    ("Retry-After of 0 is no hurry", WAITS, ("http.ts", "if (failure.retryAfterSeconds) {", "if (failure.retryAfterSeconds !== undefined) {")),
    ("a date of Retry-After is read", WAITS, ("http.ts", "/ GMT$/.test(value) ? Date.parse(value) : NaN", "NaN")),
    ("a date counts by its own clock", WAITS, ("http.ts", 'date(response.headers.get("date") ?? "") ?? Date.now()', "Date.now()")),
    ("a 429 without an end is the caller's", "a server error is asked about", ("http.ts", "      if (failure instanceof RateLimitedError) return undefined;\n", "")),
    ("a server error is repeated once", "a server error is asked about", ("http.ts", "      if (failure instanceof InternalError && attempt > 1) return undefined;\n", "")),
    ("a code is tried twice at most", COSTS, ("http.ts", "CODE_TRIES = 2", "CODE_TRIES = 5")),
    ("a send is tried twice at most", COSTS, ("http.ts", "SEND_TRIES = 2", "SEND_TRIES = 5")),
    ("it is known what may have been done", COSTS, ("http.ts", "mayHaveBeenDone ||= ", "mayHaveBeenDone &&= ")),
    ("a send has an Idempotency-Key", "sends one message", ("portal.ts", '{ "idempotency-key": key, ...endUser(to) }', "endUser(to)")),
    ("a redirect is not followed", "a redirect is not followed", ("http.ts", 'redirect: "manual", ', "")),
    ("a success says so", "a page that says 200", ("json.ts", "if (object(body)[field] !== expected)", "if (false)")),
    ("an answer has an end", "never ends is none", ("http.ts", "    if (size > LARGEST) throw new TooLong();\n", "")),
    ("a call has an end", "never ends is none", ("http.ts", 'redirect: "manual", signal }', 'redirect: "manual" }')),
    # Files.
    ("a file is its owner's", "the file is its owner's", ("file-store.ts", 'open(path, "wx", 0o600)', 'open(path, "wx", 0o644)')),
    ("a file that others may read is refused", LOOSE, ("file-store.ts", " || (mode & 0o007) !== 0", "")),
    ("a file of another user is refused", LOOSE, ("file-store.ts", "uid !== process.geteuid() || ", "")),
    ("a draft is a new file", "a draft that a full disk", ("file-store.ts", '  await rm(path, { force: true });\n  const file = await open(path, "wx", 0o600);', '  const file = await open(path, "w", 0o600);')),
    ("half of a key is no session", "a file that isn't a session", ("session-store.ts", " && pending !== null) {", ") {"), ("session-store.ts", "? { refreshToken, idempotencyKey } : null", "? { refreshToken, idempotencyKey } : undefined")),
    ("the Python kit's lock is refused", "whose lock is the Python", ("file-lock.ts", '!== "EEXIST") throw error;', '!== "EEXIST" || true) throw error;')),
    # Partners' tokens.
    ("one token is fetched at a time", "share one token", ("partner.ts", "    let fetching = this.#inFlight.get(key);", "    let fetching = undefined as Promise<Cached> | undefined;")),
    ("a token ends a minute early", "share one token", ("partner.ts", "Math.max(seconds - 60, seconds / 2)", "seconds")),
    ("a refused token is replaced", "an integration is validated", ("partner.ts", "      if (!isAboutToken(error)) throw error;", "      throw error;")),
    ("a token that is refused again is dropped", "an integration is validated", ("partner.ts", "        if (isAboutToken(refused)) this.drop(again);\n", "")),
    ("the algorithm", FORM, ("token-verifier.ts", '        algorithms: ["RS256"],\n', ""), ("token-verifier.ts", 'await importJWK(jwk as JWK, "RS256")', '(await import("node:crypto")).createPublicKey({ key: jwk as never, format: "jwk" }) as unknown as Key')),
    ("the issuer", FORM, ("token-verifier.ts", '        issuer: "postern",\n', "")),
    ("the claims that a token needs", FORM, ("token-verifier.ts", "        requiredClaims: REQUIRED,\n", "")),
    ("scope is a list", FORM, ("token-verifier.ts", '  if (!Array.isArray(payload["scope"])) throw new Unreadable("scope");\n', "")),
    ("the organization", "a token is verified, for", ("token-verifier.ts", "if (organizationId !== null && claims", "if (false as boolean && claims")),
    ("an organization that was never set", "a token is verified, for", ("token-verifier.ts", "organizationId !== null &&", "organizationId != null &&")),
    ("the scopes", "a token is verified, for", ("token-verifier.ts", "if (missing !== undefined) throw", "if (false) throw")),
    ("an unknown key is looked for once a minute", CACHE, ("token-verifier.ts", "    if (now - this.#askedAt < PAUSE) return;\n", "")),
    ("keys are fresh for five minutes", CACHE, ("token-verifier.ts", "const FRESH = 5 * 60_000", "const FRESH = 15 * 60_000")),
    ("keys are used for a quarter of an hour", CACHE, ("token-verifier.ts", "const STALE = 15 * 60_000", "const STALE = 60 * 60_000")),
    ("an outage isn't the token's fault", CACHE, ("token-verifier.ts", "    if (this.#hasFailed) throw new KeysUnavailableError", "    if (false as boolean) throw new KeysUnavailableError")),
    ("keys have an age that no clock changes", CACHE, ("token-verifier.ts", "    const now = performance.now();", "    const now = Date.now();"), ("token-verifier.ts", "return performance.now() - this", "return Date.now() - this")),
    ("one look at the keys", "share one look", ("token-verifier.ts", "this.#looking ??= ", "this.#looking = "), ("token-verifier.ts", "    this.#askedAt = now;\n", "")),
    # Passwords and the identity provider.
    ("one login of a user at a time", "logins of one user run", ("password.ts", "this.#logins.run(username.trim().toLowerCase(), () =>", "((_: string, work: () => Promise<PasswordToken>) => work())(username, () =>")),
    ("a sign-out is done only if the token is gone", "signs out once", ("sso.ts", " || (await this.#lives(accessToken))", "")),
    ("a lost sign-out is done", "signs out once", ("sso.ts", "!(error instanceof NotAuthenticatedError && error.mayHaveBeenDone)", "true")),
    ("the caller's id", "signs out once", ("sso.ts", " || String(found.id) !== named.clientId", "")),
    ("the caller's email", "signs out once", ("sso.ts", " || found.email !== named.fromEmail", "")),
    ("what could lead to another path isn't asked", "signs out once", ("sso.ts", "  if (/^[A-Za-z0-9_~-]{1,256}$/.test(accessToken)) return accessToken;", "  if (accessToken.length < 999) return accessToken;")),
    # What is configured.
    ("an address has TLS", "can't be sent", ("options.ts", 'url.protocol === "http:" && !allowHttp && !isLoopback', "false")),
    ("a secret that isn't a header is not quoted", "can't be sent", ("http.ts", "if (typeof value !== \"string\" || !VISIBLE.test(value))", "if (false)")),
    ("options have bounds", "can't be sent", ("options.ts", "if (!isTimeout || ", "if (false && !isTimeout || ")),
]
