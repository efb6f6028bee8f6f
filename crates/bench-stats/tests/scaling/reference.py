"""Writes reference.json, beside this file: points, and what SciPy says of them. Made with NumPy 2.4.6 and SciPy 1.17.1.

The law is fitted in sigma and kappa themselves, with bounds and from many starts, and intervals are found by searching
for the number held: another way than in Rust. Run it again by hand when the method changes: `python3 reference.py`.
"""
import json
import pathlib

import numpy as np
from scipy import optimize, stats

CASES = [
    ("a law with a peak", (100.0, 0.05, 0.002), [1, 2, 3, 5, 10], 3, 0.03, 0.0),
    ("no coherency", (250.0, 0.10, 0.0), [1, 2, 4, 8, 16], 4, 0.02, 0.0),
    ("no contention", (40.0, 0.0, 0.01), [1, 2, 3, 5, 10], 3, 0.03, 0.0),
    ("nearly a line", (12.5, 0.0, 0.0), [1, 2, 3, 4, 6, 8], 3, 0.03, 0.0),
    ("much noise", (1000.0, 0.3, 0.02), [1, 2, 4, 8, 12, 20], 5, 0.10, 0.0),
    ("no single worker", (900.0, 0.03, 0.001), [4, 8, 16, 32, 48], 3, 0.02, 0.0),
    ("points off the law by more than their noise", (100.0, 0.05, 0.002), [1, 2, 3, 5, 8, 12], 3, 0.002, 0.01),
    ("hundreds of workers", (3.0, 0.01, 0.0001), [1, 10, 50, 100, 200, 400], 3, 0.02, 0.0),
]
RANDOM = np.random.default_rng(6)


def case(name, truth, workers, runs, noise, offset):
    lam, sigma, kappa = truth
    points = []
    for n in workers:
        x = lam * n / (1 + sigma * (n - 1) + kappa * n * (n - 1)) * np.exp(offset * RANDOM.standard_normal())
        throughputs = x * np.exp(noise * RANDOM.standard_normal(runs))
        points.append({"workers": n, "throughputs": [float(f"{t:.6g}") for t in throughputs]})
    return {"name": name, "points": points, "expected": expected(points)}


def expected(points):
    n = np.concatenate([[float(p["workers"])] * len(p["throughputs"]) for p in points])
    y = np.log(np.concatenate([p["throughputs"] for p in points]))
    shape = lambda s, k, n=n: np.log(n) - np.log(1 + s * (n - 1) + k * n * (n - 1))

    def rss(s, k):
        e = y - shape(s, k)
        return np.sum((e - e.mean()) ** 2)

    def rss_through(s, k, at, level):
        return np.sum((y - shape(s, k) - (level - shape(s, k, at))) ** 2)

    top = 4.0 / n.max()

    def least2(f):
        # Bounds by substitution; every start has its own way down.
        found = [
            optimize.minimize(lambda p: f(np.sin(p[0]) ** 2, (p[1] * top) ** 2), start, method="Nelder-Mead",
                              options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 2000})
            for start in ((0.05, 0.05), (0.4, 0.3), (0.0, 0.3), (0.4, 0.0))
        ]
        best = min(found, key=lambda f: f.fun)
        return best.fun, np.sin(best.x[0]) ** 2, (best.x[1] * top) ** 2

    def least1(f, upper):
        found = optimize.minimize_scalar(f, bounds=(0, upper), method="bounded", options={"xatol": 1e-13 * upper})
        return min(found.fun, f(0.0), f(upper))

    left, sigma, kappa = least2(rss)
    sigma, kappa = (0.0 if v < 1e-9 else v for v in (sigma, kappa))
    level = np.mean(y - shape(sigma, kappa))
    groups = [np.log(p["throughputs"]) for p in points]
    pure = sum(np.sum((g - g.mean()) ** 2) for g in groups)
    numbers = 1 + (sigma > 0) + (kappa > 0)
    lack, lack_free, pure_free = left - pure, len(points) - numbers, len(y) - len(points)
    p = stats.f.sf(lack / lack_free / (pure / pure_free), lack_free, pure_free)
    variance, free = (lack / lack_free, lack_free) if p < 0.05 else (left / (len(y) - numbers), len(y) - numbers)
    allowed = left + variance * stats.t.ppf(0.975, free) ** 2
    found = {"lambda": [np.exp(level)], "sigma": [sigma], "kappa": [kappa]}

    at_sigma = lambda s: least1(lambda k: rss(s, k), 1.0) - allowed
    found["sigma"] += [0.0 if at_sigma(0.0) <= 0 else optimize.brentq(at_sigma, 0.0, sigma, xtol=1e-13),
                       1.0 if at_sigma(1.0) <= 0 else optimize.brentq(at_sigma, sigma, 1.0, xtol=1e-13)]
    at_kappa = lambda k: least1(lambda s: rss(s, k), 1.0) - allowed
    found["kappa"] += [0.0 if at_kappa(0.0) <= 0 else optimize.brentq(at_kappa, 0.0, kappa, xtol=1e-15),
                       optimize.brentq(at_kappa, kappa, 1.0, xtol=1e-15)]
    twice = 2 * max(q["workers"] for q in points)
    for name, at in (("lambda", 1.0), ("twice", float(twice))):
        here = level + shape(sigma, kappa, at)
        g = lambda d: least2(lambda s, k: rss_through(s, k, at, here + d))[0] - allowed
        step = 0.01
        ends = []
        for side in (-1, 1):
            far = step
            while g(side * far) < 0:
                far *= 2
            ends.append(np.exp(here + optimize.brentq(g, 0.0, side * far, xtol=1e-7)))
        found[name] = [np.exp(here), *ends]
    at_peak = lambda q: least1(lambda k: rss(1 - k * q * q, k), 1 / (q * q)) - allowed
    peak = np.sqrt((1 - sigma) / kappa) if kappa > 0 else np.inf
    start = min(peak, 1e5)
    ends = [optimize.brentq(at_peak, 1.0, start, xtol=1e-10) if at_peak(1.0) > 0 else 1.0]
    bounded = at_kappa(0.0) > 0
    ends.append(optimize.brentq(at_peak, start, 1e6, xtol=1e-10) if bounded else None)
    found["peak"] = [peak if np.isfinite(peak) else None, *ends]
    found["left"] = [left]
    found["lack_p"] = [p]
    found["r_squared"] = [1 - left / np.sum((y - y.mean()) ** 2)]
    return {key: [None if v is None else float(v) for v in values] for key, values in found.items()}


if __name__ == "__main__":
    cases = [case(*c) for c in CASES]
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=1) + "\n")
