"""Each example year without one thing after the other: ``python tests/prove/all_bare_years.py``."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bare_years import WITHOUT, ran


def main() -> bool:
    """Print how each year ended; true when all came to their gates."""
    ended = []
    for year in (2018, 2024, 2025):
        for without in WITHOUT:
            with tempfile.TemporaryDirectory() as folder:
                ended.append(ran(Path(folder), year, without, as_if_large=year == 2018))
            print(f"{year} without {without}: {ended[-1]}", flush=True)
    sound = sum(line.startswith(("READY", "DRAFT")) for line in ended)
    print(f"bare years: {sound} of {len(ended)} came to their gates (all wanted)")
    return sound == len(ended)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
