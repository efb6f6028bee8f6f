class Worker:
    """What one worker process knows: the clock, its lanes, what it counted since its last report."""

    def __init__(self):
        self.epoch = None
        self.rank, self.of = 0, 1
        self.starts = [0.0]
        self.ended = None
        self.lanes = {}
        self.quota = {}
        self.captured = {}
        self.data = {}
        self.series = {}
        self.windows = {}
        self.open_requests = {}
        self.reports = 0
        self.runner = None
        self.closing = self.ready = False

    def elapsed(self):
        return None if self.epoch is None else time.perf_counter() - self.epoch

    def on_clock(self, environment, msg, **_kw):
        now = time.perf_counter()
        data = msg.data
        # A message on its way makes the epoch look later than it is: the earliest one is nearest.
        epoch = now - data["elapsed"]
        self.epoch = epoch if self.epoch is None else min(self.epoch, epoch)
        self.rank, self.of, self.starts = data["rank"], data["of"], data["starts"]

    def on_end(self, environment, msg, **_kw):
        if not self.closing:
            self.closing = True
            self.ended = self.elapsed() or 0.0
            gevent.spawn(self.finish)

    def finish(self):
        """Waits for the last answers, then sends what is left. Requests without an answer are counted as such."""
        deadline = time.perf_counter() + TIMEOUT + 1
        while self.open_requests and time.perf_counter() < deadline:
            gevent.sleep(0.02)
        for (key, began) in list(self.open_requests.values()):
            self.left_open(key, began)
        self.open_requests.clear()
        self.runner.send_message("perfledger_final", self.report())

    def left_open(self, key, began):
        tally = self.tally(key)
        tally.in_flight += 1
        tally.open.add((time.perf_counter() - began) * 1e9)

    def phase(self):
        """The phase of this moment, its number and the seconds into it; None before the first and after the last."""
        now = self.elapsed()
        if now is None or now < 0 or self.ended is not None or not self.ready:
            return None
        index = bisect.bisect_right(self.starts, now) - 1
        if index < 0 or index >= len(PHASES):
            return None
        at = now - self.starts[index]
        return (index, at) if at < PHASES[index]["duration_s"] else None

    def take(self, index, at):
        """A free lane of a phase, or None."""
        phase = PHASES[index]
        if index not in self.lanes:
            count = phase["open"]["lanes"] if phase["open"] else max(phase["users"]["from"], phase["users"]["to"])
            self.lanes[index] = [(lane, None) for lane in range(self.rank, count, self.of)]
            heapq.heapify(self.lanes[index])
        free = self.lanes[index]
        if not free or (not phase["open"] and free[0][0] >= users_at(phase, at)):
            return None
        return heapq.heappop(free)

    def give_back(self, index, lane, state):
        heapq.heappush(self.lanes[index], (lane, state))

    def may_iterate(self, index):
        """Whether an iteration is left of this worker's part of a closed phase's limit."""
        limit = PHASES[index]["iterations"]
        if limit is None:
            return True
        left = self.quota.get(index)
        if left is None:
            left = limit // self.of + (1 if self.rank < limit % self.of else 0)
        if left > 0:
            self.quota[index] = left - 1
            return True
        if left == 0:
            self.quota[index] = -1
            self.runner.send_message("perfledger_spent", {"phase": index})
        return False

    def tally(self, key):
        found = self.series.get(key)
        if found is None:
            found = self.series[key] = Tally()
        return found

    def window(self, at):
        index = max(int(at), 0)
        found = self.windows.get(index)
        if found is None:
            found = self.windows[index] = Tally()
        return found

    def report(self):
        """What was counted since the last report."""
        series, self.series = self.series, {}
        windows, self.windows = self.windows, {}
        self.reports += 1
        return {
            "number": self.reports,
            "series": [[phase, request, tally.packed()] for (phase, request), tally in series.items()],
            "windows": [[at, tally.packed()] for at, tally in windows.items()],
        }

    def draw(self, index, rng):
        """A request by the phase's weights; one whose captured value is not there yet gives way to one that captures it."""
        weights = PHASES[index]["weights"]
        chosen = bisect.bisect_right(weights, rng.random() * weights[-1])
        chosen = min(chosen, len(REQUESTS) - 1)
        for name in REQUESTS[chosen]["needs"]:
            if not self.captured.get(name):
                source = next((i for i, other in enumerate(REQUESTS) if name in other["capture"]), chosen)
                return source
        return chosen

    def fetch_data(self):
        for name, source in PLAN["data"].items():
            if "values" in source:
                self.data[name] = source["values"]
                continue
            request = urllib.request.Request(BASE_URL + source["path"], headers=common_headers())
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                found = pointer(json.loads(answer.read()), source["pointer"])
            if not isinstance(found, list) or not found:
                raise ValueError(f"data {name}: there is no list with values at {source['pointer']!r}")
            self.data[name] = found


WORKER = Worker()


def common_headers():
    context = Context(random.Random(PLAN["seed"]))
    return {name: context.text(value) for name, value in PLAN["headers"]}
