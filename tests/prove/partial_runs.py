"""Whole and partial runs give the same bytes: ``python tests/prove/partial_runs.py [--times 30]``.

Each round makes one random change to the inputs of an example year, or runs a notebook by itself;
then it runs what that asks for where the last run lies, and everything in another place, with the
texts of tables held as those of a year of many suppliers are.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from changed_years import begin, change, compare


def main(times: int = 30, seed: int = 0) -> bool:
    """Print each change and what differs; true when nothing ever did."""
    chance, wrong = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as name:
        raw = begin(Path(name))
        for number in range(1, times + 1):
            said = change(Path(name), raw, chance)
            differ = compare(Path(name), raw)
            wrong += bool(differ)
            print(f"{number:3}  {said}: {', '.join(differ) or 'the same'}", flush=True)
    print(f"partial runs: {times - wrong} of {times} the same as whole ones (all wanted)")
    return not wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(0 if main(given.times, given.seed) else 1)
