"""The same answers from SciPy: cases as JSON on stdin, what SciPy says as JSON on stdout.

Where SciPy has no function of its own for a formula (trimmed pairs, two groups of runs, Qn), it is put together from
NumPy and SciPy here, in another way than in Rust.
"""
import json
import sys

import numpy as np
from scipy import stats


def contrast(case):
    baseline, head = (np.log(case[side]) for side in ("baseline", "head"))
    if case["paired"]:
        difference, error, freedom = paired(head - baseline)
    else:
        difference, error, freedom = apart(np.sort(baseline), np.sort(head))
    p = 2 * stats.t.sf(abs(difference) / error, freedom)
    ends = [difference + side * stats.t.ppf(0.975, freedom) * error for side in (-1, 1)]
    return [np.expm1(difference), *np.expm1(ends), p]


def paired(ratios):
    cut = int(0.05 * len(ratios))
    kept = len(ratios) - 2 * cut
    if cut == 0:
        found = stats.ttest_1samp(ratios, 0.0)
        return ratios.mean(), ratios.mean() / found.statistic, found.df
    winsorised = np.asarray(stats.mstats.winsorize(ratios, limits=(0.05, 0.05)))
    squares = winsorised.var() * len(ratios)
    return stats.trim_mean(ratios, 0.05), np.sqrt(squares / (kept * (kept - 1))), kept - 1


def apart(baseline, head):
    extra, lost = 0.0, 0
    slow = [sizes(side) for side in (baseline, head)]
    design = np.column_stack(
        [
            np.repeat([1.0, 0.0], [len(baseline), len(head)]),
            np.repeat([0.0, 1.0], [len(baseline), len(head)]),
            np.concatenate(slow),
        ]
    )
    both = np.concatenate([baseline, head])
    fitted, squares = np.linalg.lstsq(design, both)[:2]
    variance = squares[0] / (len(both) - 3)
    distance = fitted[2]
    if distance >= 6 * np.sqrt(variance):
        shares = [side.mean() for side in slow]
        # The variance of the distance by least squares, had the sides been fitted alone.
        of_distance = variance * np.linalg.inv(design.T @ design)[2, 2]
        extra, lost = (shares[1] - shares[0]) ** 2 * of_distance, 1
        baseline, head = baseline - distance * slow[0], head - distance * slow[1]
    found = stats.ttest_ind(head, baseline, trim=0.1, equal_var=False)
    interval = found.confidence_interval(0.95)
    error = (interval.high - interval.low) / 2 / stats.t.ppf(0.975, found.df)
    difference = (interval.high + interval.low) / 2
    return difference, np.hypot(error, np.sqrt(extra)), found.df - lost


def sizes(ascending):
    """1 for the runs above the cut that leaves least of the squares, 0 below it."""
    left = [part_squares(ascending, cut) for cut in range(1, len(ascending))]
    cut = 1 + int(np.argmin(left))
    return np.repeat([0.0, 1.0], [cut, len(ascending) - cut])


def part_squares(ascending, cut):
    return sum(((part - part.mean()) ** 2).sum() for part in (ascending[:cut], ascending[cut:]))


def series(values):
    values = np.asarray(values)
    slope = stats.theilslopes(values, alpha=0.95)
    rises = np.sign(values[None, :] - values[:, None])
    s = int(np.triu(rises).sum())
    tau = stats.kendalltau(np.arange(len(values)), values, method="asymptotic")
    # SciPy corrects for ties, and not for continuity.
    deviation = abs(s) / stats.norm.isf(tau.pvalue / 2)
    z = np.sign(s) * (abs(s) - 1) / deviation
    return [slope.slope, slope.low_slope, slope.high_slope, s, tau.statistic, z, 2 * stats.norm.sf(abs(z)), qn(values)]


def qn(values):
    n = len(values)
    apart = np.sort(np.abs(values[None, :] - values[:, None])[np.triu_indices(n, 1)])
    half = n // 2 + 1
    small = {2: 0.399, 3: 0.994, 4: 0.512, 5: 0.844, 6: 0.611, 7: 0.857, 8: 0.669, 9: 0.872}
    factor = small.get(n) or (n / (n + 1.4) if n % 2 else n / (n + 3.8))
    return 2.2219 * factor * apart[half * (half - 1) // 2 - 1]


def main():
    cases = json.load(sys.stdin)
    answers = {
        "contrasts": [contrast(case) for case in cases["contrasts"]],
        "typical": [stats.trim_mean(samples, 0.2) for samples in cases["samples"]],
        "series": [series(values) for values in cases["series"]],
        "discoveries": [
            [bool(adjusted <= 0.1) for adjusted in stats.false_discovery_control(p, method="bh")] for p in cases["p"]
        ],
    }
    json.dump(answers, sys.stdout)


main()
