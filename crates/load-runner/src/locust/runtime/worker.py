class Lane:
    """A lane of an open phase: when its next arrival is due, and what becomes of those that nobody sends."""

    __slots__ = ("index", "lane", "number", "position")

    def __init__(self, index, lane):
        self.index, self.lane = index, lane
        self.number = self.position = lane
        arrivals = PHASES[index]["open"]
        if arrivals["poisson"]:
            # Every lane a Poisson process of its share: together they are one of the whole rate.
            self.position = self.gap(0)

    def gap(self, number):
        return seeded(random.Random(), self.index, 1 + self.lane, number).expovariate(1.0 / PHASES[self.index]["open"]["lanes"])

    def due(self):
        """The due time of the next arrival, None after the last."""
        phase = PHASES[self.index]
        at = due_at(phase["open"], phase["duration_s"], self.position)
        return None if at is None else WORKER.starts[self.index] + at

    def advance(self):
        lanes = PHASES[self.index]["open"]["lanes"]
        self.number += lanes
        self.position += self.gap(self.number) if PHASES[self.index]["open"]["poisson"] else lanes

    def give_up(self, number, due, now):
        """Counts an arrival that nobody sent."""
        # A window that the master has settled takes nothing more.
        if due > now - WINDOWS_OPEN + 10:
            WORKER.window(due).offered += 1
        tally = WORKER.tally((self.index, WORKER.draw(self.index, seeded(random.Random(), self.index, 0, number))))
        tally.offered += 1
        tally.unsent += 1
        tally.open.add((now - due) * 1e9)

    def close(self, now):
        """Gives up all arrivals that were due until now; of a phase that is over, all that are left."""
        due = self.due()
        while due is not None and due <= now:
            number = self.number
            self.advance()
            self.give_up(number, due, now)
            due = self.due()


def seeded(rng, index, lane, number):
    rng.seed((PLAN["seed"] << 80) ^ (index << 72) ^ (lane << 48) ^ number)
    return rng


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
        self.busy = set()
        self.closed = 0
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
        for user in list(self.busy):
            user.leave()
        self.close(len(PHASES))
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
        self.close(index)
        at = now - self.starts[index]
        return (index, at) if at < PHASES[index]["duration_s"] else None

    def close(self, before):
        """Counts what was due in phases that are over and that nobody took: no user was there, or it was kept too long."""
        now = self.elapsed() if self.ended is None else self.ended
        while self.closed < before:
            index, self.closed = self.closed, self.closed + 1
            if PHASES[index]["open"] and now is not None and self.starts[index] <= now:
                for lane, state in self.free(index):
                    (state or Lane(index, lane)).close(now)
                self.lanes[index] = []

    def is_over(self, index):
        return self.closed > index or self.ended is not None or self.elapsed() >= self.starts[index] + PHASES[index]["duration_s"]

    def free(self, index):
        phase = PHASES[index]
        if index not in self.lanes:
            count = phase["open"]["lanes"] if phase["open"] else max(phase["users"]["from"], phase["users"]["to"])
            self.lanes[index] = [(lane, None) for lane in range(self.rank, count, self.of)]
            heapq.heapify(self.lanes[index])
        return self.lanes[index]

    def take(self, index, at):
        """A free lane of a phase, or None."""
        phase, free = PHASES[index], self.free(index)
        if not free or (not phase["open"] and free[0][0] >= users_at(phase, at)):
            return None
        return heapq.heappop(free)

    def give_back(self, index, lane, state):
        if PHASES[index]["open"] and self.is_over(index):
            state.close(self.elapsed() if self.ended is None else self.ended)
            return
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
        """A request by the phase's weights; one whose captured value is not there yet gives way to one that captures it, and so on."""
        weights = PHASES[index]["weights"]
        chosen = bisect.bisect_right(weights, rng.random() * weights[-1])
        chosen = min(chosen, len(REQUESTS) - 1)
        # A scenario whose captures go round in circles is refused when it is read.
        for _ in REQUESTS:
            lacking = next((name for name in REQUESTS[chosen]["needs"] if not self.captured.get(name)), None)
            if lacking is None:
                break
            chosen = next((at for at, other in enumerate(REQUESTS) if lacking in other["capture"]), chosen)
        return chosen

    def fetch_data(self):
        for name, source in PLAN["data"].items():
            if "values" in source:
                self.data[name] = source["values"]
                continue
            request = urllib.request.Request(BASE_URL + source["path"], headers=common_headers())
            with OPENER.open(request, timeout=TIMEOUT) as answer:
                found = pointer(json.loads(answer.read()), source["pointer"])
            if not isinstance(found, list) or not found:
                raise ValueError(f"data {name}: there is no list with values at {source['pointer']!r}")
            self.data[name] = found


WORKER = Worker()


def common_headers():
    context = Context(random.Random(PLAN["seed"]))
    return context.headers(PLAN["headers"])
