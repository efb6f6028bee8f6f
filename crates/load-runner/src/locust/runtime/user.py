def kind_of(error):
    """The record's names for what kept an answer away."""
    if isinstance(error, (gevent.Timeout, socket.timeout, TimeoutError)):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ConnectionRefusedError):
        return "connect"
    if isinstance(error, (ConnectionResetError, BrokenPipeError)) or type(error).__name__ == "HTTPConnectionClosed":
        return "closed"
    if type(error).__name__ == "HTTPParseError":
        return "protocol"
    return "connect" if isinstance(error, OSError) else "protocol"


def accepted(status, patterns):
    return any(status == value if kind == "exact" else status // 100 == value for kind, value in patterns)


class Visitor(FastHttpUser):
    """One user: takes a lane, waits until it is due, sends, and looks at the answer."""

    host = BASE_URL
    network_timeout = TIMEOUT
    connection_timeout = TIMEOUT
    insecure = False
    max_retries = 0

    def on_start(self):
        self.index = self.lane = self.state = self.due = None
        self.ready_at = 0.0
        self.waited = False
        self.rng = random.Random()

    def on_stop(self):
        self.leave()

    def leave(self):
        index, lane, state = self.index, self.lane, self.state
        self.index = self.lane = self.state = self.due = None
        WORKER.busy.discard(self)
        if lane is not None:
            WORKER.give_back(index, lane, state)

    def wait_time(self):
        """Seconds until this user looks again."""
        now = WORKER.elapsed()
        if now is None or WORKER.ended is not None:
            return 0.05
        if now < 0:
            return min(0.1, -now)
        if self.due is not None:
            self.waited = self.due > now
            return max(self.due - now, 0.0)
        # Idle: until the next phase begins, but not so long that a ramp would be missed.
        coming = [start - now for start in WORKER.starts if start > now]
        return min([0.1] + coming)

    @task
    def step(self):
        found = WORKER.phase()
        if found is None:
            self.leave()
            return
        index, at = found
        if self.index is not None and self.index != index:
            self.leave()
        phase = PHASES[index]
        if self.lane is None:
            taken = WORKER.take(index, at)
            if taken is None:
                return
            self.index = index
            self.lane, self.state = taken
            WORKER.busy.add(self)
            if phase["open"]:
                self.state = self.state or Lane(index, self.lane)
                self.due = self.state.due()
            else:
                self.due = max(WORKER.elapsed(), self.ready_at)
        if phase["open"]:
            self.open_step()
        elif self.lane >= users_at(phase, at):
            self.leave()
        elif self.due is not None and WORKER.elapsed() >= self.due:
            if WORKER.may_iterate(index):
                # A lane carries how many it has sent, so that its random choices repeat.
                count = self.state or 0
                self.state = count + 1
                number = count * max(phase["users"]["from"], phase["users"]["to"]) + self.lane
                self.send(index, self.seed(index, 0, number), number, None)
                low, high = phase["users"]["think_s"]
                self.ready_at = self.due = WORKER.elapsed() + low + (high - low) * self.rng.random()
            else:
                self.due = None

    def seed(self, index, lane, number):
        return seeded(self.rng, index, lane, number)

    def open_step(self):
        now = WORKER.elapsed()
        while self.due is not None and self.due <= now:
            lane, due = self.state, self.due
            number = lane.number
            lane.advance()
            self.due = lane.due()
            if self.due is not None and self.due <= now:
                lane.give_up(number, due, now)
                continue
            WORKER.window(due).offered += 1
            self.send(self.index, self.seed(self.index, 0, number), number, due)
            now = WORKER.elapsed()

    def send(self, index, rng, number, due):
        chosen = WORKER.draw(index, rng)
        request = REQUESTS[chosen]
        key = (index, chosen)
        context = Context(rng, index * NUMBERS + number)
        path = context.text(request["path"], for_path)
        headers = context.headers(PLAN["headers"] + request["headers"])
        body = None
        if request["body"] is not None:
            kind, content = request["body"]
            if kind == "json":
                body = json.dumps(context.fill(content), separators=(",", ":"), ensure_ascii=False).encode()
                if not any(name.lower() == "content-type" for name in headers):
                    headers["content-type"] = "application/json"
            else:
                body = context.text(content).encode()
        began = time.perf_counter()
        at = began - WORKER.epoch
        tally, window = WORKER.tally(key), WORKER.window(at)
        tally.sent += 1
        window.sent += 1
        tally.sent_bytes += len(body or b"")
        if due is not None:
            tally.offered += 1
            tally.lag.add((at - due) * 1e9)
            if self.waited:
                # Nothing but this process kept it: how late the generator itself is.
                tally.tick.add((at - due) * 1e9)
            self.waited = False
        ticket = object()
        WORKER.open_requests[ticket] = (key, began)
        try:
            self.exchange(request, context, key, at if due is None else due, path, headers, body)
        except gevent.GreenletExit:
            # Locust ends a user; its request stays without an answer.
            if ticket in WORKER.open_requests:
                WORKER.left_open(key, began)
            raise
        finally:
            WORKER.open_requests.pop(ticket, None)

    def exchange(self, request, context, key, at, path, headers, body):
        began = time.perf_counter()
        try:
            with gevent.Timeout(TIMEOUT), self.client.request(
                request["method"], path, name=request["name"], data=body, headers=headers,
                catch_response=True, allow_redirects=False,
            ) as answer:
                took = answer.request_meta["response_time"] * 1e6
                failure = self.judge(request, context, key, at, answer, took)
                if failure is None:
                    answer.success()
                else:
                    answer.failure(failure)
        except gevent.Timeout as error:
            self.unanswered(key, at, error, (time.perf_counter() - began) * 1e9)

    def unanswered(self, key, at, error, took):
        kind = kind_of(error)
        tally, window = WORKER.tally(key), WORKER.window(WORKER.elapsed())
        for counts in (tally, window):
            counts.failed += 1
            counts.note("errors", kind)
        if kind == "timeout":
            tally.open.add(took)
        return kind

    def judge(self, request, context, key, at, answer, took):
        """Counts an answer, and tells what was wrong with it."""
        status = answer.status_code or 0
        if status == 0:
            return self.unanswered(key, at, getattr(answer, "error", None) or OSError(), took)
        tally, window = WORKER.tally(key), WORKER.window(WORKER.elapsed())
        content = answer.content or b""
        tally.received += len(content)
        for counts in (tally, window):
            counts.completed += 1
            counts.note("statuses", str(status))
        tally.latency.add(took)
        WORKER.window(at).latency.add(took)
        failure = None if accepted(status, request["accept"]) else "status"
        document = None
        if request["json"]:
            try:
                document = json.loads(content)
            except ValueError:
                document = None
        for check in request["checks"]:
            held = context.holds(check, status, document)
            tally.note("passed" if held else "refused", check["name"])
            if not held and failure is None:
                failure = "check"
        if failure is None:
            for name, place in request["capture"].items():
                found = pointer(document, place)
                if found is not MISSING and found is not None and len(as_text(found)) <= LONGEST:
                    WORKER.captured.setdefault(name, deque(maxlen=KEEP_CAPTURED)).append(found)
        else:
            for counts in (tally, window):
                counts.failed += 1
                counts.note("errors", failure)
        return failure
