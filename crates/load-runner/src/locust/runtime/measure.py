# Everything below is the same for every scenario; PLAN above is what differs. It runs on the master and on each worker.
#
# Users wait for "lanes". A lane of an open phase is every n-th arrival of its schedule, so that the arrivals of all workers
# together are as even as one machine's; an arrival whose lane is still waiting for an answer when the next one is due is
# counted as not sent, with how long it was overdue. A lane of a closed phase is a user. Times are ns in buckets of three
# significant digits, counted where they are measured and added up on the master, so that no percentile is ever made from
# percentiles. Elapsed time is each machine's monotonic clock, set by the master: no wall clock is compared.
import bisect
import heapq
import json
import logging
import math
import os
import random
import re
import signal
import socket
import ssl
import sys
import time
import urllib.parse
import urllib.request
import uuid
from collections import deque

import gevent
from locust import FastHttpUser, LoadTestShape, events, task
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

if os.environ.get("PERFLEDGER_PRIVATE_LOGS"):
    # Locust writes the machine's name into every line and every worker's id.
    socket.gethostname = lambda: "worker"
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO, stream=sys.stderr)

PHASES = PLAN["phases"]
REQUESTS = PLAN["requests"]
TIMEOUT = PLAN["timeout_s"]
BASE_URL = os.environ.get("PERFLEDGER_TARGET_URL") or PLAN["base_url"]
KEEP_CAPTURED = 1000
# Answers are hostile, and values go into paths and headers.
LONGEST = 4096
WINDOWS_OPEN = TIMEOUT + 30
# Arrivals are numbered within their phase; this keeps the numbers of two phases apart.
NUMBERS = 10**9


def variable(name):
    """The value of an environment variable that the scenario refers to. Secrets are nowhere else."""
    value = os.environ.get(name)
    if value is None:
        raise SystemExit(f"the environment variable {name} is not set; the scenario refers to it")
    return value


def forms(secret):
    """What a secret looks like in a URL, a message or a log."""
    plain = "".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in secret)
    return {secret, plain, urllib.parse.quote(secret, safe="", errors="replace"), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def hidden(text):
    """A text without the values of secrets."""
    found = {form for name in PLAN["environment"] for form in forms(os.environ.get(name, "")) if form}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a redirect would take the headers, and the secrets in them, to wherever it says."""

    def redirect_request(self, *_all):
        return None


# No proxy of the environment is asked either.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)


def bucket(ns):
    """The upper end of the bucket that a time falls into: 1,024 to 2,048 buckets for each doubling."""
    ns = max(int(ns), 0)
    shift = max(ns.bit_length() - 11, 0)
    return (((ns >> shift) + 1) << shift) - 1


class Histogram:
    """Counted times, as they travel: [min, max, sum, {bucket: count}]."""

    __slots__ = ("low", "high", "total", "counts")

    def __init__(self):
        self.low = self.high = None
        self.total = 0
        self.counts = {}

    def add(self, ns):
        ns = max(int(ns), 0)
        self.low = ns if self.low is None or ns < self.low else self.low
        self.high = ns if self.high is None or ns > self.high else self.high
        self.total += ns
        at = bucket(ns)
        self.counts[at] = self.counts.get(at, 0) + 1

    def packed(self):
        return [self.low, self.high, self.total, self.counts] if self.counts else None

    def merge(self, packed):
        if not packed:
            return
        low, high, total, counts = packed
        self.low = low if self.low is None else min(low, self.low)
        self.high = high if self.high is None else max(high, self.high)
        self.total += total
        for at, count in counts.items():
            self.counts[int(at)] = self.counts.get(int(at), 0) + count

    def quantile(self, share):
        """Nearest rank, as the record's own rule."""
        count = sum(self.counts.values())
        if not count:
            return None
        rank = max(1, math.ceil(share * count - 1e-9))
        for at in sorted(self.counts):
            rank -= self.counts[at]
            if rank <= 0:
                return min(at, self.high)
        return self.high


COUNTS = ("offered", "sent", "completed", "failed", "unsent", "in_flight", "received", "sent_bytes")
NAMED = ("errors", "statuses", "passed", "refused")
TIMES = ("latency", "lag", "tick", "open")


class Tally:
    """What is counted for one request in one phase, or for one window of a second."""

    __slots__ = COUNTS + NAMED + TIMES

    def __init__(self):
        for name in COUNTS:
            setattr(self, name, 0)
        for name in NAMED:
            setattr(self, name, {})
        for name in TIMES:
            setattr(self, name, Histogram())

    def note(self, what, key):
        names = getattr(self, what)
        names[key] = names.get(key, 0) + 1

    def packed(self):
        out = {name: getattr(self, name) for name in COUNTS + NAMED}
        out.update({name: getattr(self, name).packed() for name in TIMES})
        return {name: value for name, value in out.items() if value}

    def merge(self, packed):
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + packed.get(name, 0))
        for name in NAMED:
            names = getattr(self, name)
            for key, count in packed.get(name, {}).items():
                names[str(key)] = names.get(str(key), 0) + count
        for name in TIMES:
            getattr(self, name).merge(packed.get(name))
