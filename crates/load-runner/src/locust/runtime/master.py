class Master:
    """What the master knows: when phases began, who is there, and all that was reported."""

    LEAD = 0.5

    def __init__(self):
        self.runner = None
        self.environment = None
        self.epoch = None
        self.starts = []
        self.begun = 0
        self.stage = "gather"
        self.seen = {}
        self.ready = 0
        self.lost = {}
        self.reports = {}
        self.finals = set()
        self.spent = {}
        self.series = {}
        self.windows = {}
        self.settled = {}
        self.users = []
        self.usage = []
        self.busy = {}
        self.problems = []
        self.cut = None
        self.ended = None
        self.deadline = None
        self.written = False
        plain = 0.0
        for phase in PHASES:
            self.starts.append(plain)
            plain += phase["duration_s"]
        self.starts.append(plain)

    def elapsed(self):
        return None if self.epoch is None else time.perf_counter() - self.epoch

    # The shape asks each second how many users there are to be. It looks ahead, so that users are there when a phase begins:
    # those who are early wait. The number is a multiple of the workers', so that each has as many.
    def tick(self):
        workers = max(len(self.runner.clients), 1)
        wanted = self.wanted(0.0 if self.epoch is None else self.elapsed())
        count = -(-wanted // workers) * workers
        answer = (count, float(max(count, 100 * workers)))
        if self.stage == "gather":
            self.ready = sum(client.state != STATE_MISSING for client in self.runner.clients.values())
            self.stage = "spawn"
            return answer
        if self.stage == "spawn":
            self.epoch = time.perf_counter() + self.LEAD
            self.stage = "run"
            print("perfledger-begun", flush=True)
            gevent.spawn(self.follow)
        if self.stage == "run":
            if self.elapsed() >= self.starts[-1]:
                self.end()
            else:
                self.tell_clock()
        if self.stage == "drain":
            alive = [name for name in self.seen if name not in self.lost]
            if all(name in self.finals for name in alive) or time.perf_counter() > self.deadline:
                for name in alive:
                    if name not in self.finals:
                        self.problems.append(f"worker {self.seen[name]} did not send its last report")
                return None
        return answer

    def wanted(self, now):
        most = 1
        for index, phase in enumerate(PHASES):
            begin, end = self.starts[index], self.starts[index + 1]
            if index and PHASES[index - 1]["iterations"] is not None and self.starts[index - 1] <= now < begin:
                # The phase before may end at any moment.
                most = max(most, users_needed(phase, 0.0, 2.5))
            if begin <= now + 2.5 and end > now:
                most = max(most, users_needed(phase, max(now - begin, 0.0), min(now + 2.5, end) - begin))
        return most

    def tell_clock(self):
        names = sorted(self.seen, key=self.seen.get)
        for name in names:
            data = {"rank": self.seen[name], "of": len(names), "starts": self.starts[:-1], "elapsed": self.elapsed()}
            self.runner.send_message("perfledger_clock", data, client_id=name)

    def follow(self):
        """Events at the beginnings of phases."""
        while self.begun < len(PHASES) and self.stage == "run":
            if self.elapsed() >= self.starts[self.begun]:
                phase = PHASES[self.begun]
                self.begun += 1
                for path, body in phase["posts"]:
                    gevent.spawn(self.post, phase["name"], path, body)
            gevent.sleep(0.02)

    def post(self, phase, path, body):
        headers = {"content-type": "application/json", **common_headers()}
        try:
            request = urllib.request.Request(BASE_URL + path, json.dumps(body).encode(), headers, method="POST")
            with OPENER.open(request, timeout=TIMEOUT):
                pass
        except Exception as error:
            self.problems.append(f"what phase {phase} was to begin with, a post to {path}, failed: {type(error).__name__}")

    def end(self, reason=None):
        if self.stage in ("drain", "over"):
            return
        now = max(self.elapsed() or 0.0, 0.0)
        self.ended = min(now, self.starts[-1]) if reason is None else now
        if reason is not None and self.cut is None:
            self.cut = [now, reason]
        self.stage = "drain"
        self.deadline = time.perf_counter() + TIMEOUT + 5
        for name in self.seen:
            if name not in self.lost:
                self.runner.send_message("perfledger_end", {}, client_id=name)

    def watch(self):
        """Looks at workers twice a second: who is missing, how many users there are, how busy each is."""
        while True:
            gevent.sleep(0.5)
            if self.stage in ("gather", "over"):
                continue
            present = {name for name, client in self.runner.clients.items() if client.state != STATE_MISSING}
            for name, rank in list(self.seen.items()):
                if name not in present and name not in self.lost and name not in self.finals:
                    self.lost[name] = max(self.elapsed() or 0.0, 0.0)
                    self.end(f"worker {rank} was lost")
            now = self.elapsed()
            if now is None or now < 0 or self.stage != "run":
                continue
            self.users.append([round(now, 3), self.runner.user_count, self.runner.target_user_count])
            clients = list(self.runner.clients.values())
            cpu = sum(client.cpu_usage for client in clients) / 100
            memory = sum(client.memory_usage for client in clients)
            self.usage.append([round(now, 3), cpu if any(client.cpu_usage for client in clients) else None, memory or None])
            for name, client in self.runner.clients.items():
                if client.cpu_usage > 90:
                    rank = self.seen.get(name)
                    self.busy[rank] = max(self.busy.get(rank, 0), client.cpu_usage)
            self.settle(now)

    def settle(self, now):
        """Makes percentiles of windows that nothing can be added to any more, so that a long run does not grow."""
        for at in [at for at in self.windows if at < now - WINDOWS_OPEN]:
            self.settled[at] = listed(self.windows.pop(at), True)

    def on_report(self, client_id, data, **_kw):
        if "perfledger" in data:
            self.add(client_id, data["perfledger"])

    def on_final(self, environment, msg, **_kw):
        self.add(msg.node_id, msg.data)
        self.finals.add(msg.node_id)

    def on_spent(self, environment, msg, **_kw):
        """A worker has used up its part of a phase's iterations; when all have, the next phase begins."""
        index = msg.data["phase"]
        self.spent.setdefault(index, set()).add(msg.node_id)
        now = self.elapsed()
        if self.stage == "run" and len(self.spent[index]) == len(self.seen) and now < self.starts[index + 1]:
            shift = self.starts[index + 1] - now
            self.starts = self.starts[:index + 1] + [start - shift for start in self.starts[index + 1:]]
            self.tell_clock()

    def add(self, name, report):
        expected = self.reports.get(name, 0) + 1
        if report["number"] != expected:
            self.problems.append(f"a report of worker {self.seen.get(name)} is missing")
        self.reports[name] = report["number"]
        for phase, request, packed in report["series"]:
            self.series.setdefault((phase, request), Tally()).merge(packed)
        for at, packed in report["windows"]:
            if at in self.settled:
                self.problems.append(f"second {at} was reported too late")
                continue
            self.windows.setdefault(at, Tally()).merge(packed)

    def on_connect(self, client_id, **_kw):
        if self.stage == "gather":
            self.seen.setdefault(client_id, len(self.seen))

    def result(self):
        for error in self.runner.exceptions.values():
            self.problems.append(f"the locustfile failed {error['count']} times: {hidden(str(error['msg']))[:200]}")
        started = self.epoch is not None
        windows = {**self.settled, **{at: listed(tally, True) for at, tally in self.windows.items()}}
        ended = self.ended if self.ended is not None else max(self.elapsed() or 0.0, 0.0)
        return {
            "schema": "perfledger-locust/1",
            "plan": PLAN["digest"],
            "locust": sys.modules["locust"].__version__,
            "expected": self.runner.environment.parsed_options.expect_workers,
            "ready": self.ready,
            "lost": len(self.lost),
            "started": started,
            "ended_s": ended,
            "phases": [[start, self.starts[at + 1]] for at, start in enumerate(self.starts[:-1])],
            "series": [[phase, request, listed(tally)] for (phase, request), tally in sorted(self.series.items())],
            "windows": sorted(windows.items()),
            "users": self.users,
            "usage": self.usage,
            "busy": [[rank, cpu] for rank, cpu in sorted(self.busy.items())],
            "problems": [hidden(problem) for problem in self.problems],
            "cut": self.cut,
        }

    def write(self, **_kw):
        if self.written:
            return
        self.written, self.stage = True, "over"
        text = json.dumps(self.result(), sort_keys=True, separators=(",", ":"))
        place = os.environ.get("PERFLEDGER_RESULT", "-")
        if place == "-":
            print(text, flush=True)
            return
        with open(place + ".part", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(place + ".part", place)


def packed_times(histogram):
    return None if not histogram.counts else [histogram.low, histogram.high, histogram.total, sorted(histogram.counts.items())]


def listed(tally, window=False):
    """A tally as the result has it; a window's times as percentiles, which nothing is merged from."""
    out = {name: getattr(tally, name) for name in COUNTS + NAMED if getattr(tally, name)}
    if window:
        out["quantiles"] = [tally.latency.quantile(share) for share in (0.5, 0.95, 0.99)]
    else:
        out.update({name: packed_times(getattr(tally, name)) for name in TIMES if getattr(tally, name).counts})
    return out
