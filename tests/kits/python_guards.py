"""Guards of clients/python: a name, the tests that are about it, and how it is taken away (file, text, its substitute)."""

CRASH = "killed_between"
DUE = "two_that_find_a_due_token"
LOST = "taken_for_dead"
FORM = "BlockingPartner.test_under_a_published_key"
OUTAGE = "BlockingPartner.test_in_an_outage"
ROTATED = "BlockingPartner.test_a_rotated_key"
VERIFY = "BlockingPartner.test_a_token_is_verified"
WAITS = "BlockingPortal.test_a_wait_that_is_over"
FORKED = "attacks.Forks"
LOOSE = "others_may_read_or_change"

GUARDS = [
    # The refresh.
    ("the key is stored before the call", CRASH, ("_session.py", "            await self._store.save(session)\n        return session\n", "        return session\n")),
    ("a stored key is used again", CRASH, ("_session.py", "if session.pending is None or anew:", "if True:")),
    ("the refresh has an Idempotency-Key", "BlockingRefresh.test_many_refreshes", ("_session.py", '            "idempotency-key": header("the stored Idempotency-Key", pending.idempotency_key),\n', "")),
    ("the new token is stored before its use", "BlockingRefresh.test_a_token_is_refreshed_ahead", ("_session.py", "        await self._store.save(renewed)\n", "")),
    ("one refresh in flight, of threads", "threads_share_its_error", ("_flight.py", "                if running is None:\n", "                if True:\n")),
    ("one refresh in flight, of tasks", "tasks_share_one_refresh|tasks_share_one_fetch", ("_flight.py", "        if task is None:\n", "        if True:\n")),
    ("a waiter that is cancelled cancels no other", "tasks_share_one_refresh", ("_flight.py", "return await asyncio.shield(task)", "return await task")),
    ("the store's lock, in memory", DUE, ("store.py", "        with self._lock:\n            yield held\n", "        yield held\n")),
    ("the store's lock, in a file", DUE, ("file_store.py", "            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n", "            pass\n")),
    ("a token that another refreshed is taken", DUE, ("_session.py", "            if session.refresh_token != known and not is_due(session):\n                return session\n", "")),
    (
        "sessions are compared by the refresh token",
        DUE,
        ("_session.py", "(seen or await self.session()).refresh_token", "(seen or await self.session()).access_token"),
        ("_session.py", "session.refresh_token != known", "session.access_token != known"),
    ),
    ("the lock is looked at before each try", LOST, ("_session.py", ", before=assert_held)", ")")),
    ("who lost the lock looks what came of it", LOST, ("_session.py", "if lost > 3:", "if lost > 0:")),
    ("a lock isn't released under a save", "released_under_a_save", ("file_store.py", "    while not running.done():\n        try:\n            await asyncio.wait([running])\n", "    for _ in range(1):\n        try:\n            await asyncio.wait([running])\n")),
    ("a lock is given up", "waited_for_and_given_up", ("file_store.py", "if time.monotonic() > self._end:", "if False:")),
    ("the logout holds the lock", "beside_a_logout", ("_session.py", "        await self._locked(alone)\n", "        await alone(lambda: None)\n")),
    ("a session that ended is forgotten", "BlockingRefresh.test_a_refused_session", ("_session.py", "                await self._store.save(None)\n                if not", "                if not")),
    ("a proxy's 401 ends nothing", "BlockingOpen.test_an_answer_that_is_not_ours", ("_session.py", " and not isinstance(error, errors.GatewayError)", "")),
    ("every 401 of a refresh ends the session", "BlockingOpen.test_what_v1_adds", ("_session.py", "                    error = errors.SessionEndedError(error.refusal)", "                    pass")),
    ("a key of the rotation before is replaced", "BlockingRefresh.test_a_restored_store", ("_session.py", "if not any(issue.field", "if True or not any(issue.field")),
    ("a refresh ahead of time", "BlockingRefresh.test_a_token_is_refreshed_ahead", ("_session.py", "AHEAD = 90", "AHEAD = 0")),
    ("half of a short life", "with_a_short_life", ("_session.py", "min(AHEAD, session.expires_in / 2)", "AHEAD")),
    ("a clock that was set back", "BlockingRefresh.test_a_clock_that_was_put_back", ("_session.py", "session.expires_in - age if age >= 0 else 0.0", "session.expires_in - age")),
    ("a live token outlives a failed refresh", "BlockingRefresh.test_a_token_that_still_works", ("_session.py", "if not _may_pass(error) or remaining(session) <= 0:", "if True:")),
    ("one try while a token lives", "BlockingRefresh.test_a_token_that_still_works", ("_session.py", "tries=1 if works else None", "tries=None")),
    ("a pause after a failed refresh", "BlockingRefresh.test_a_token_that_still_works", ("_session.py", "time.monotonic() + PAUSE", "0.0")),
    ("a stuck lock takes no live token away", "for_a_while_after_a_refresh", ("_session.py", ", errors.StoreBusyError) as error", ") as error")),
    ("a refused access token is refreshed once", "BlockingPortal.test_me_refreshes", ("portal.py", "            renewed = await self._rotation.refresh(session)", "            raise")),
    # Repeats.
    ("Retry-After is waited for", "BlockingPortal.test_retry_after_is_waited_for", ("_http.py", "    if failure.retry_after_seconds:\n", "    if False and failure.retry_after_seconds:\n")),
    ("a long Retry-After is the caller's", "BlockingPortal.test_a_longer_retry_after", ("_http.py", "return asked if asked <= options.longest_wait_seconds else None", "return 0.01")),
    ("Retry-After of 0 is no hurry", WAITS, ("_http.py", "    if failure.retry_after_seconds:\n", "    if failure.retry_after_seconds is not None:\n")),
    ("a date of Retry-After is read", "BlockingPortal.test_retry_after_is_waited_for", ("_http.py", 'if value.endswith(" GMT") else None', "if False else None")),
    ("a date counts by its own clock", "BlockingPortal.test_retry_after_is_waited_for", ("_http.py", '_date(headers.get("date", "")) or datetime.now', "datetime.now")),
    ("a 429 without an end is the caller's", "BlockingPortal.test_a_limit_without_its_end", ("_http.py", "    if isinstance(failure, errors.RateLimitedError):\n", "    if False:\n")),
    ("a server error is repeated once", "BlockingPortal.test_a_server_error", ("_http.py", " and attempt > 1:", " and attempt > 9:")),
    ("a code is tried twice at most", "BlockingPortal.test_a_lost_verify", ("_http.py", "CODE_TRIES, PASSWORD_TRIES = 2, 2, 3", "CODE_TRIES, PASSWORD_TRIES = 2, 5, 3")),
    ("a send is tried twice at most", "BlockingPortal.test_a_lost_verify", ("_http.py", "CODE_TRIES, PASSWORD_TRIES = 2, 2, 3", "CODE_TRIES, PASSWORD_TRIES = 5, 2, 3")),
    ("a password is tried three times at most", "BlockingLogin.test_a_login_whose_answer", ("_http.py", "CODE_TRIES, PASSWORD_TRIES = 2, 2, 3", "CODE_TRIES, PASSWORD_TRIES = 2, 2, 5")),
    ("it is known what may have been done", "BlockingPortal.test_a_lost_verify", ("_http.py", "may_have_been_done = may_have_been_done or", "may_have_been_done = may_have_been_done and")),
    ("a send has an Idempotency-Key", "BlockingPortal.test_a_lost_answer_of_send", ("portal.py", "{**key, **_end_user(end_user_ip)}", "_end_user(end_user_ip)")),
    ("a redirect is not followed", "BlockingOpen.test_an_answer_that_is_not_ours", ("_io.py", "            response = self._http.send(\n                _prepared(self._base_url, self.options, request), auth=None, follow_redirects=False,", "            response = self._http.send(\n                _prepared(self._base_url, self.options, request), auth=None, follow_redirects=True,")),
    ("a success says so", "BlockingPortal.test_a_page_that_says_200", ("_http.py", "if answer.object().get(name) is not expected:", "if False:")),
    ("an answer that is cut off is asked for again", "BlockingPortal.test_a_cut_off", ("_http.py", "            except Unreadable as missing:\n                failure = ", "            except Unreadable as missing:\n                raise ")),
    ("an answer has an end", "BlockingPortal.test_an_answer_that_never_ends", ("_io.py", "if len(self._body) > _LARGEST:", "if False:")),
    ("a call has an end, of threads", "BlockingPortal.test_an_answer_that_never_ends", ("_io.py", "return timed_out() if time.monotonic() > self._end else None", "return None")),
    ("a call has an end, of tasks", "AsyncioPortal.test_an_answer_that_never_ends", ("_io.py", "await asyncio.wait_for(self._send(request), self.options.timeout_seconds)", "await self._send(request)"), ("_io.py", "return timed_out() if time.monotonic() > self._end else None", "return None")),
    ("a client that is closed says so", "a_client_that_is_closed", ("_io.py", "    if is_closed:\n", "    if False:\n")),
    ("a client that is closed leaves nothing running", "a_client_that_is_closed", ("_io.py", "            await flight.end()\n", "            pass\n")),
    # Files and forks.
    ("a file is its owner's", "a_session_file_is_its_owners", ("file_store.py", "os.O_EXCL | os.O_CLOEXEC, 0o600)", "os.O_EXCL | os.O_CLOEXEC, 0o644)")),
    ("a file that others may read is refused", LOOSE, ("file_store.py", " or status.st_mode & 0o007", "")),
    ("a file of another user is refused", LOOSE, ("file_store.py", "status.st_uid != os.geteuid() or ", "")),
    ("a draft is a new file", "a_draft_that_was_left", ("file_store.py", "        new.unlink(missing_ok=True)\n", ""), ("file_store.py", "os.O_CREAT | os.O_EXCL |", "os.O_CREAT |")),
    ("half of a key is no session", "a_file_that_is_no_session", ("store.py", "if pending is None else Pending(", "if not isinstance(pending, Mapping) or len(pending) < 2 else Pending(")),
    ("a number is one", "a_file_that_is_no_session", ("store.py", "not -(2**53) < number < 2**53", "False")),
    ("deep nesting is no session", "a_file_that_is_no_session", ("file_store.py", "except (ValueError, RecursionError):", "except ValueError:")),
    ("the TypeScript kit's lock is refused", "whose_lock_is_the_typescript", ("file_store.py", "except IsADirectoryError:", "except ZeroDivisionError:")),
    ("a child has its own connections", FORKED, ("_io.py", "        if self._owned:\n            self._http = self._connected()\n\n    async def send(self, request: Request) -> Answer | NoAnswerError:\n        _assert_open(self._http.is_closed)\n        reading", "        pass\n\n    async def send(self, request: Request) -> Answer | NoAnswerError:\n        _assert_open(self._http.is_closed)\n        reading")),
    ("a child waits for no call of its parent's", FORKED, ("_flight.py", "    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:\n        while True:\n", "    def unforked(self) -> None: ...\n\n    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:\n        while True:\n"), ("_fork.py", "        object.forked()\n", '        getattr(object, "unforked", object.forked)()\n')),
    ("a session in memory is not a child's", FORKED, ("store.py", "        if self._is_copy:\n", "        if False:\n")),
    ("a child keeps no lock of a killed parent", "a_parent_that_is_killed", ("_fork.py", "        object.forked()\n", '        type(object).__name__ == "_Lock" or object.forked()\n')),
    ("a lock that ended is free", "though_a_child_was_forked", ("file_store.py", "            fcntl.flock(file, fcntl.LOCK_UN)\n", ""), ("_fork.py", "        object.forked()\n", '        type(object).__name__ == "_Lock" or object.forked()\n')),
    # Partners' tokens.
    ("one token is fetched at a time", "threads_share_one_fetch", ("partner.py", "await self._flight.join(key, lambda: self._fetch(key, connection))", "await self._fetched(key, connection)")),
    ("a token ends a minute early", "BlockingPartner.test_a_token_is_used_until", ("partner.py", "max(life - 60, life / 2)", "life")),
    ("a refused token is replaced", "BlockingPartner.test_a_refused_token", ("partner.py", "            self.drop(token)\n            again", "            raise\n            again")),
    ("a token that is refused again is dropped", "BlockingPartner.test_a_refused_token", ("partner.py", "                self.drop(again)\n", "")),
    # Either of the two keeps other algorithms out, so both have to go.
    ("the algorithm", FORM, ("verifier.py", 'jwt.decode(token, key, ["RS256"], {', 'jwt.decode(token, key.key, ["RS256", "PS256"], {')),
    ("the issuer", FORM, ("verifier.py", 'issuer="postern", ', "")),
    ("the claims that a token needs", FORM, ("verifier.py", '{"require": _REQUIRED}', "{}")),
    ("scope is a list", FORM, ("verifier.py", ' and isinstance(raw["scope"], list):', ":")),
    ("a time beyond all calendars", FORM, ("verifier.py", "(TypeError, ValueError, OverflowError, OSError)", "(TypeError,)")),
    ("the organization", VERIFY, ("verifier.py", "if organization_id is not None and", "if False and")),
    ("the scopes", VERIFY, ("verifier.py", "    if missing:\n", "    if False:\n")),
    ("an unknown key is looked for once a minute", ROTATED, ("verifier.py", "if time.monotonic() - self._asked_at >= PAUSE:", "if True:")),
    ("keys are fresh for five minutes", ROTATED, ("verifier.py", "FRESH, PAUSE = 300.0, 60.0", "FRESH, PAUSE = 900.0, 60.0")),
    ("keys are used for a quarter of an hour", OUTAGE, ("verifier.py", "STALE = 900.0", "STALE = 3600.0")),
    ("an outage isn't the token's fault", OUTAGE, ("verifier.py", "        if self._failed:\n", "        if False:\n")),
    # Passwords and the identity provider.
    ("one login of a user at a time, of threads", "BlockingLogin.test_logins", ("_flight.py", "            with lock:\n                yield\n", "            yield\n")),
    ("one login of a user at a time, of tasks", "AsyncioLogin.test_logins", ("_flight.py", "            async with lock:\n                yield\n", "            yield\n")),
    ("a sign-out is done only if the token is gone", "BlockingLogin.test_a_signout_with_a_wrong", ("sso.py", " or await self._lives(access_token)", "")),
    ("a lost sign-out is done", "BlockingLogin.test_a_signout_whose_answer", ("sso.py", "            if not error.may_have_been_done or await self._lives(access_token):\n                raise", "            raise")),
    ("the caller's id", "BlockingLogin.test_a_system", ("sso.py", " or str(user.id) != client_id", "")),
    ("the caller's email", "BlockingLogin.test_a_system", ("sso.py", " or user.email != from_email", "")),
    ("what could lead to another path isn't asked", "BlockingLogin.test_a_system", ("sso.py", "    if not _ACCESS_TOKEN.fullmatch(access_token):\n", "    if False:\n")),
    ("one user's cookie goes along with no call", "BlockingLogin.test_one_users_cookie", ("_io.py", "        return httpx.Client(verify=_tls(), cookies=_no_cookies())", "        return httpx.Client(verify=_tls())"), ("_io.py", "            response = self._http.send(\n                _prepared(self._base_url, self.options, request)", "            response = self._http.send(\n                self._http.build_request(request.method, self._base_url + request.path, headers=request.headers, content=request.body)")),
    # What is configured, and what is logged.
    ("an address has TLS", "without_tls", ("_io.py", 'if parts.scheme == "http" and not', "if False and not")),
    ("a secret that isn't a header is refused", "without_tls", ("_http.py", "    if not isinstance(value, str) or not value or not value.isascii()", "    if False and not value.isascii()")),
    ("options have bounds", "without_tls", ("_http.py", "        if not (0 < self", "        if False and not (0 < self")),
    ("a token in a path is in no log", "BlockingOpen.test_no_secret", ("_io.py", 'redacted = _TOKEN_IN_PATH.sub(r"\\1…", message)', "redacted = message")),
    ("a cookie is in no log", "BlockingOpen.test_no_secret", ("_io.py", 'if "set-cookie" in redacted.lower():', "if False:")),
]
