"""Print what each part of .ci/run took beside its share; what is over it is said, not punished.

Machines differ, so time fails no run: a part that grows is to be seen.
"""

import sys
import tomllib
from pathlib import Path


def table(taken: dict[str, int], shares: dict[str, int]) -> list[str]:
    """Lines to print: every part, the sum, and each part that is over its share."""
    rows = [(part, taken.get(part), share) for part, share in shares.items()]
    rows += [(part, seconds, 0) for part, seconds in taken.items() if part not in shares]
    rows.append(("all", sum(taken.values()), sum(shares.values())))
    lines = [f"{'part':12} {'seconds':>8} {'share':>8}"]
    for part, seconds, share in rows:
        lines.append(f"{part:12} {'-' if seconds is None else seconds:>8} {share:>8}")
    for part, seconds, share in rows:
        if seconds is not None and seconds > share:
            lines.append(f"!!! OVER BUDGET: {part} took {seconds} s, its share is {share} s !!!")
    return lines


if __name__ == "__main__":
    measured, budget = map(Path, sys.argv[1:])
    pairs = (line.split() for line in measured.read_text().splitlines())
    taken = {part: int(seconds) for part, seconds in pairs}
    print("\n".join(table(taken, tomllib.loads(budget.read_text()))))
