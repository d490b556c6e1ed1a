"""The commands for what comes from suppliers and what goes to them and to customers.

A function is the command of its name: from the options as `options` reads them to its status.
"""

from pathlib import Path

from conflict_minerals.command.closing import year_folders
from conflict_minerals.command.terminal import READY, close, short
from conflict_minerals.customers import fill_for_customers, prefill_request
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean, number_of
from conflict_minerals.intake import inbox_rows
from conflict_minerals.survey import file_in, put_aside
from conflict_minerals.year import load_inputs
from helpers.run import place, raw_folder


def inbox(given) -> int:
    raw = raw_folder(given.year, given.raw)
    inputs = load_inputs(raw, given.year)
    rows = inbox_rows(raw, inputs.suppliers)
    for row in rows.itertuples():
        what = f"{row.template} {row.version} of {row.company}" if row.template else row.reason
        where = f"{row.state} {row.supplier_id}".strip()
        print(f"  {row.id}  {clean(f'{row.name}: {what} [{where}: {row.why}]')}")
    # What lies in its supplier's folder already is put away with the rest.
    sure = rows[rows["state"].isin(["answer", "filed"]) & (rows["supplier_id"] != "")]
    dated = sure[sure["day"] != ""] if not given.on else sure
    chosen = dict(zip(dated["id"], dated["supplier_id"], strict=True)) if given.confirm else {}
    for word in given.file:
        one, sign, supplier = word.partition("=")
        if not sign:
            raise InputError(f"{word!r} is not ID=SUPPLIER", file="--file")
        chosen[one.strip()] = supplier.strip()
    for path in put_aside(raw, rows, given.aside):
        print(f"  put aside  {clean(path)}")
    done = file_in(raw, inputs, chosen, rows=rows, on=given.on) if chosen else rows.iloc[:0]
    for row in done.itertuples():
        print(f"  filed  {clean(row.file)}, received {row.received_on}")
    left = rows[(rows["state"] == "answer") & ~rows["id"].isin(done["id"])]
    for ids, what in ((left["id"][left["id"].isin(dated["id"])], "--confirm files them"),
                      (left["id"][left["id"].isin(sure["id"]) & ~left["id"].isin(dated["id"])],
                       "no message says when they came: --confirm --on YYYY-MM-DD"),
                      (left["id"][~left["id"].isin(sure["id"])],
                       "whose they are is not sure: --file ID=SUPPLIER")):
        if len(ids):
            named = ", ".join([*ids[:8], *["…"][:max(len(ids) - 8, 0)]])
            print(f"  answers left  {len(ids)} ({named}): {what}")
    print(f"READY {number_of(len(rows), 'thing', 'things')} in the inbox, {len(done)} filed, "
          f"{number_of(len(left), 'answer', 'answers')} left")
    return READY


def prefill(given) -> int:
    outputs, raw = year_folders(given)
    data, name, file = prefill_request(raw, outputs, given.supplier, Path(given.blank))
    folder = Path(given.out or place("outputs") / "prefilled").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    print(f"READY {short(folder / name)} holds the answers of cmrt/{clean(file)}", flush=True)
    return READY


def customers(given) -> int:
    raw = raw_folder(given.year, given.raw)
    root = place("outputs")
    outputs = Path(given.outputs or root / str(given.year)).absolute()
    target = Path(given.out or root / "customers").absolute()
    asked = Path(given.customers or place("raw") / "customers").absolute()
    gates = fill_for_customers(raw, outputs, asked, target, given.year, given.as_of)
    print(f"  requests        {short(target / 'index.html')}")
    return close(gates, f"{short(target)}: every request is filled; nothing was sent")
