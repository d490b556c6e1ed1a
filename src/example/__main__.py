"""``python -m example [--into DIR] [--truth FILE]``: writes the example years and requests."""

import argparse
import csv
import io
from pathlib import Path

from example import build, customers, small, year_2018

YEARS = {
    2018: year_2018.contents,
    2024: lambda: small.contents(2024),
    2025: lambda: small.contents(2025),
}


def truth_csv(rows: list[dict]) -> str:
    """The truth about each reported row, as CSV."""
    out = io.StringIO()
    columns = ["file", "row", "match", "smelter_id", "trap"]
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def main(arguments: list[str] | None = None) -> None:
    """Writes each example year below ``--into``, by default the repository's ``data/raw``."""
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(prog="python -m example", description=main.__doc__)
    parser.add_argument("--into", type=Path, default=root / "data" / "raw", metavar="DIR")
    parser.add_argument("--truth", type=Path, metavar="DIR",
                        help="also write <year>_rows.csv: the expected match of each row")
    options = parser.parse_args(arguments)
    build.write(options.into / "customers-example", customers.contents())
    for year, make in sorted(YEARS.items()):
        contents, truth = make()
        build.write(options.into / str(year), contents)
        print(f"{options.into / str(year)}: {len(contents)} files")
        if options.truth:
            options.truth.mkdir(parents=True, exist_ok=True)
            (options.truth / f"{year}_rows.csv").write_text(truth_csv(truth), encoding="utf-8")


if __name__ == "__main__":
    main()
