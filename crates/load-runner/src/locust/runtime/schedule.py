def users_at(phase, at):
    """Users of a closed phase, `at` seconds into it."""
    users = phase["users"]
    x = min(max(at / phase["duration_s"], 0.0), 1.0)
    return int(users["from"] + (users["to"] - users["from"]) * x + 0.5)


def users_needed(phase, begin, end):
    """The most users that a phase wants between two moments; both ends decide, as it is linear."""
    if phase["open"]:
        return phase["open"]["lanes"]
    return max(users_at(phase, begin), users_at(phase, end))


def due_at(arrivals, duration, number):
    """Seconds into an open phase at which a number of arrivals is reached; None when that is after its end."""
    first, growth = arrivals["from"], (arrivals["to"] - arrivals["from"]) / duration
    if abs(growth) < 1e-12:
        at = number / first
    else:
        inside = first * first + 2 * growth * number
        if inside < 0:
            return None
        at = 2 * number / (first + math.sqrt(inside)) if number else 0.0
    return at if at < duration - 1e-9 else None
