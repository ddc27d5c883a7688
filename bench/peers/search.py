"""Spaces of options, and a seeded random search over them: every peer gets the same number of trials."""

import math


def log_uniform(low: float, high: float):
    return lambda random: float(f"{math.exp(random.uniform(math.log(low), math.log(high))):.4g}")


def whole_log_uniform(low: int, high: int):
    return lambda random: round(math.exp(random.uniform(math.log(low), math.log(high))))


def uniform(low: float, high: float):
    return lambda random: round(random.uniform(low, high), 3)


def choice(*values):
    return lambda random: random.choice(values)


def trials(space: dict, defaults: dict, count: int, random):
    """The peer's own defaults first, then draws."""
    yield defaults
    if space:
        for _ in range(count - 1):
            yield {**defaults, **{name: draw(random) for name, draw in space.items()}}
