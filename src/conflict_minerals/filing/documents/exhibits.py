"""The tables that stand in the documents. Each cell is a figure, a setting or a row's own word."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from conflict_minerals.filing.documents.document import (
    BY,
    DATE,
    Block,
    Run,
    Sentence,
    Table,
    text_of,
)
from conflict_minerals.filing.documents.wording import curly
from conflict_minerals.filing.documents.words import older, printed, safe
from conflict_minerals.ground import countries
from conflict_minerals.ground.terms import METALS, STATUSES
from conflict_minerals.year import setting

_NONE = "\u2014"  # in a table, for nothing counted
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Maker:
    """Makes the table blocks that templates ask for by name: ``maker("annex_i")``.

    ``before`` are the figures of the year compared with, as in its ``figures.json``, with the
    ``year`` itself among them where it is known.
    """

    tables: dict[str, pd.DataFrame]
    figures: dict[str, dict]
    program: dict
    form: dict[str, str]
    lists: pd.DataFrame
    before: dict[str, dict]
    audit_report: str = ""

    def __call__(self, name: str) -> Block:
        if name not in _MAKERS:
            raise LookupError(f"there is no table {name!r}; known are {', '.join(sorted(_MAKERS))}")
        return _MAKERS[name](self)

    @property
    def year_before(self) -> str:
        return safe((self.before.get("year") or {}).get("text"))

    def fig(self, id: str) -> tuple[Run, ...]:
        """A figure as a cell prints it: nothing counted is a dash."""
        row = self.figures.get(id)
        return (Run(_dashed(row["text"]), "figure", id),) if row else (
            Run(_NONE, "rows", "figures"),)

    def value(self, id: str):
        row = self.figures.get(id)
        return row["value"] or 0 if row else 0

    def label(self, status: str) -> tuple[Run, ...]:
        return self.setting(f"labels.{status}")

    def setting(self, key: str, bold: bool = False) -> tuple[Run, ...]:
        text = safe(printed(setting(self.program, key)))
        if not text:
            return (Run(f"[BLANK: {key}]", "blank", key, bold=bold),)
        return (Run(text, "setting", key, bold=bold),)

    def caption(self, key: str) -> tuple[Run, ...]:
        year = str(self.program.get("year", ""))
        return (Run(self.form[key].replace("{year}", year), "form", key),)

    def frame(self, name: str) -> pd.DataFrame:
        return self.tables.get(name, pd.DataFrame())


def _text(text: str) -> tuple[Run, ...]:
    return (Run(text),)


def _cell(value, table: str) -> tuple[Run, ...]:
    text = safe(value)
    return (Run(text, "rows", table),) if text else ()


def _day(text: str) -> str:
    """An ISO day as a filing writes it; any other text as it is."""
    return printed(date.fromisoformat(text)) if _ISO.fullmatch(text) else text


def _dashed(text: str) -> str:
    return _NONE if text == "0" else text


def _varied(at: int, head, rows, widths, numbers=()) -> tuple:
    """Head, rows, widths and numbers without the column ``at`` where its rows all say one thing."""
    if len({text_of(row[at]) for row in rows}) != 1:
        return head, rows, widths, numbers
    head, widths = ([*part[:at], *part[at + 1:]] for part in (head, widths))
    return head, [[*row[:at], *row[at + 1:]] for row in rows], widths, [
        n - (n > at) for n in numbers if n != at]


def _block(name: str, head, rows, widths=(), numbers=(), **more) -> Block:
    made = Table(
        name,
        tuple(_text(h) if isinstance(h, str) else h for h in head),
        tuple(tuple(row) for row in rows),
        tuple(widths),
        tuple(numbers),
        **more,
    )
    return Block("table", table=made)


def _cover(make: Maker) -> Block:
    """State, file number and tax number over their captions."""
    values = ("registrant.state", "registrant.commission_file_number", "registrant.irs_number")
    captions = ("state", "file_number", "irs_number")
    rows = [[make.setting(v, bold=True) for v in values], [make.caption(c) for c in captions]]
    return _block("cover", (), rows, (1, 1, 1), plain=True, evidence=("file:program.yml",))


def _address(make: Maker) -> Block:
    rows = [
        [make.setting("registrant.address", bold=True), make.setting("registrant.zip_code", True)],
        [make.caption("address"), make.caption("zip_code")],
    ]
    return _block("address", (), rows, (3, 1), plain=True, evidence=("file:program.yml",))


def _boxes(make: Maker) -> Block:
    rows = [[(Run("\u2612", "form", "box_13p1"),), make.caption("box_13p1")]]
    if make.form.get("box_13q1"):
        rows.append([(Run("\u2610", "form", "box_13q1"),), make.caption("box_13q1")])
    return _block("boxes", (), rows, (1, 16), plain=True, evidence=("setting:form.edition",))


def _signature(make: Maker) -> Block:
    """Registrant, then for each signer a line, name, title and a date to be filled in."""
    line = _text("______________________________")
    rows = [[_text(""), make.setting("registrant.name", bold=True)],
            [_text(""), make.caption("registrant")]]
    for who in ("signer", "second_signer"):
        if who == "signer" or setting(make.program, f"{who}.name"):
            rows += [[_text(BY), line], [_text("Name:"), make.setting(f"{who}.name")],
                     [_text("Title:"), make.setting(f"{who}.title")], [_text(DATE), line]]
    return replace(_block("signature", (), rows, (1, 5), plain=True), kind="signature")


def _products(make: Maker) -> Block:
    rows = make.frame("products")
    rows = rows[rows["in_scope"]] if len(rows) else rows
    words = {"made": "By us", "contracted": "Under contract"}
    body = [
        [
            _cell(row["product"], "products"),
            _cell(words[row["made_or_contracted"]], "products"),
            *(_cell(row[m.lower()].capitalize(), "products") for m in METALS),
        ]
        for row in rows.to_dict("records")
    ]
    head = ("Product", "Manufacture", *METALS)
    return _block("products", *_varied(1, head, body, (4, 2, 1.2, 1.4, 1.2, 1.4)),
                  evidence=("table:products",))


def _suppliers(make: Maker) -> str:
    word = safe(printed(make.program["survey"].get("suppliers_word"))) or "suppliers"
    return word[0].upper() + word[1:]


def _survey(make: Maker) -> Block:
    """What was asked and what came; a line that counts nothing is left out."""
    many = _suppliers(make)
    lines = [
        (f"{many} surveyed", "suppliers_surveyed"),
        (f"{many} that returned a completed Template", "suppliers_responded"),
        ("Response rate", "response_rate"),
        (f"{many} that did not return a completed Template", "suppliers_not_responded"),
        (f"{many} that reported that none of the necessary 3TG originated in a Covered Country",
         "suppliers_no_covered_country"),
        (f"{many} that reported using no 3TG", "suppliers_no_3tg"),
        (f"{many} from which corrections were requested", "suppliers_sent_corrections"),
        ("Templates relied on", "files_counted"),
        ("Templates relied on that were completed at company level", "cmrts_company"),
        ("Templates relied on that were completed at product level", "cmrts_product"),
        ("Templates relied on that were completed for another defined scope",
         "cmrts_user_defined"),
    ]
    rows = [[(Run(text, "word", "survey"),), make.fig(id)] for text, id in lines if make.value(id)]
    return _block("survey", ("Survey", "Number"), rows, (5, 1), (1,))


def _spend(make: Maker) -> Block:
    """How many responded of the suppliers with whom the spend is of each class."""
    rows = [[_text(word.capitalize()), *(make.fig(f"{id}_{word}") for id in
                                         ("surveyed_spend", "responded_spend",
                                          "response_rate_spend"))]
            for word in ("high", "medium", "low") if make.value(f"surveyed_spend_{word}")]
    head = ("Class of spend", "Surveyed", "Responded", "Response rate")
    return _block("spend", head, rows, (3, 2, 2, 2), (1, 2, 3))


def _answers(make: Maker) -> Block:
    """What the counted templates answer on Covered Countries and on scrap, by metal in scope."""
    rows = [
        [_text(metal), *(make.fig(f"{question}_{answer}_{metal.lower()}")
                         for question in ("covered", "recycled")
                         for answer in ("yes", "no", "unknown"))]
        for metal in METALS if make.value(f"products_{metal.lower()}")
    ]
    over = ((_text(""), 1), (_text("Originated in a Covered Country"), 3),
            (_text("All from recycled or scrap sources"), 3))
    head = ("3TG", *("Yes", "No", "Unknown") * 2)
    return _block("answers", head, rows, (2, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3), range(1, 7), over=over)


def _by_status(make: Maker, name: str, of: str, lines, **more) -> Block:
    """Facilities by status: ``lines`` are a label, the ids of the statuses, and of their sum."""
    rows = [[label, *(make.fig(one.format(s)) for s in STATUSES), make.fig(every)]
            for label, one, every in lines if make.value(every)]  # fmt: skip
    head = (of, *(make.label(status) for status in STATUSES), "Facilities")
    labels = tuple(f"setting:labels.{status}" for status in STATUSES)
    return _block(name, head, rows, more.pop("widths", (2, 2, 2, 2, 2)), range(1, 5),
                  evidence=labels, **more)


def _status_by_metal(make: Maker) -> Block:
    lines = [(_text(m), f"{{}}_{m.lower()}", f"facilities_{m.lower()}") for m in METALS]
    lines.append((_text("Total"), "{}", "facilities"))
    return _by_status(make, "status_by_metal", "3TG", lines, total=True)


def _by_country(make: Maker) -> Block:
    """Facilities by the country they stand in, most first; those of unknown country last."""
    codes = sorted(set(make.frame("facilities").get("country", pd.Series(dtype="str"))) - {""})
    codes.sort(key=lambda c: (-make.value(f"facilities_country_{c.lower()}"), countries.printed(c)))
    lines = [(_cell(countries.printed(code), "facilities"), f"{{}}_country_{code.lower()}",
              f"facilities_country_{code.lower()}") for code in codes]  # fmt: skip
    if make.value("facilities_no_country"):
        lines.append((_text("Unknown"), "{}_no_country", "facilities_no_country"))
    return _by_status(make, "by_country", "Country", lines, widths=(3.6, 2, 2, 2.4, 2))


def _flags(make: Maker) -> Block:
    """Rules of the risk review that facilities matched, with how many; matches stay unnamed."""
    flags = make.frame("flags")
    if len(flags):
        flags = flags[flags["severity"].isin(["hard", "red", "soft"])]
        flags = flags.drop_duplicates("rule").sort_values(["severity", "rule"])
    weight = {"hard": "Red flag, escalated", "red": "Red flag", "soft": "Context"}
    rows = [
        [_cell(curly(row["reason"]), "flags"), _cell(weight[row["severity"]], "flags"),
         make.fig("flagged_" + row["rule"].replace("-", "_"))]
        for row in flags.to_dict("records")
    ]
    return _block("flags", ("Criterion", "Kind", "Facilities"), rows, (6, 2, 1.4), (2,),
                  evidence=("table:flags",))


def _origins(make: Maker) -> Block:
    """Countries of origin by metal, with the ground for each; then recycled and scrap sources."""
    rows = make.frame("origins")
    if len(rows):
        rows = rows[rows["basis"].isin(["evidence", "declared"])]
    words = {"evidence": "shown by documents", "declared": "reported by suppliers"}
    body = []
    if len(rows):
        for (metal, code), group in rows.groupby(["metal", "country"]):
            grounds = [words[b] for b in ("evidence", "declared") if b in set(group["basis"])]
            id = f"origin_{metal.lower()}_{code.lower()}"
            body.append([
                _text(metal), _cell(countries.printed(code), "origins"),
                _cell(" and ".join(grounds).capitalize(), "origins"), make.fig(id),
            ])
    recycled = {metal: f"facilities_recycled_{metal.lower()}" for metal in METALS}
    body += [[_text(metal), _text("Recycled or scrap sources only"),
              _text(words["declared"].capitalize()), make.fig(id)]
             for metal, id in recycled.items() if make.value(id)]
    head = ("3TG", "Country of origin or source", "Basis", "Facilities")
    shape = (head, body, (2, 4, 4, 1.6), (3,))
    if not (make.value("origins_declared") and make.value("origins_evidence")):
        shape = _varied(2, *shape)  # the caption says it
    return _block("origins", *shape, evidence=("table:origins",))


def _annex_i(metal: str, conformant: bool | None = None) -> Callable[[Maker], Block]:
    """The lines of Annex I for a metal; the date of the status where they are of several days.

    ``conformant``: those that are, or the others; by default all.
    """
    columns = {"smelter_name": ("Smelter or refiner", 5.4), "country_name": ("Country", 3.2),
               "status_label": ("Status", 2.2), "status_as_of": ("Status as of", 1.9),
               "smelter_id": ("Smelter ID", 1.9)}

    def make_table(make: Maker) -> Block:
        rows = make.frame("annex_i")
        left_out = {"status_label"} if conformant else set()
        left_out |= {"status_as_of"} if len(set(rows["status_as_of"]) - {""}) < 2 else set()
        shown = [c for c in columns if c not in left_out]
        mine = rows["metal"] == metal
        if conformant is not None:
            is_so = rows["status_label"] == make.program["labels"]["conformant"]
            mine &= is_so == conformant
        body = [[_cell(_day(row[column]), "annex_i") for column in shown]
                for row in rows[mine].to_dict("records")]
        head, widths = zip(*(columns[column] for column in shown), strict=True)
        return _block(f"annex_i_{metal.lower()}", head, body, widths,
                      evidence=("table:annex_i",))

    return make_table


def _changed_facilities(make: Maker) -> Block:
    """Facilities that came, went or changed status since the year compared with, by name."""
    words = {"added": "Added", "removed": "No longer reported", "status": "Status changed"}
    rows = make.frame("changes")
    rows = rows[(rows["area"] == "facilities") & rows["change"].isin(words)]
    body = [
        [_cell(row["metal"], "changes"), _cell(row["name"] or row["subject"], "changes"),
         _cell(words[row["change"]], "changes"),
         *(make.label(row[side]) if row[side] in STATUSES else _text(_NONE)
           for side in ("before", "now"))]
        for row in rows.to_dict("records")
    ]  # fmt: skip
    head = ("3TG", "Smelter or refiner", "Change", "Status before", "Status now")
    return _block("changed_facilities", head, body, (1.6, 5, 2.6, 2.2, 2.2),
                  evidence=("table:changes",))


def _scope_record(make: Maker) -> Block:
    """Every product that was looked at, with what takes it out of the Rule's reach."""
    why = {"no": "Not completed in the period", "yes": "No 3TG necessary"}
    body = [
        [_cell(row["product"], "products"),
         _cell("In scope" if row["in_scope"] else why["yes" if row["completed"] else "no"],
               "products")]
        for row in make.frame("products").to_dict("records")
    ]  # fmt: skip
    return _block("scope_record", ("Product", "Determination"), body, (3, 3),
                  evidence=("table:products",))


def _audit_report(make: Maker) -> Block:
    """The auditor's report as it lies in evidence/, an empty line where a blank one stands."""
    parts = [safe(part) for part in make.audit_report.split("\n\n")]
    gap = (Run("\n", "break"),) * 2
    said = [Sentence((Run(part, "cell", "audit.document"), *gap), kind="form")
            for part in parts if part]
    return Block("paragraph", tuple(said) or (Sentence(make.setting("audit.report"), kind="form"),))


def _lists(make: Maker) -> Block:
    kinds = {"conformant": "Conformant facilities", "active": "Active facilities",
             "retired": "Facilities no longer listed",
             "revisions": "Additions, changes and removals",
             "cross_recognised": "Facilities listed by a recognized program",
             "public": "Facilities listed publicly",
             "reference": "Names and identification numbers"}
    lists = make.lists[make.lists["kind"].isin(kinds)]
    lists = lists.assign(older=older(lists))
    rows = [
        [_cell(row["scheme"] or row["list_id"], "lists.yml"),
         _cell(kinds[row["kind"]] + (" (earlier list)" if row["older"] else ""), "lists.yml"),
         _cell(row["source"], "lists.yml"),
         _cell(_day(row["as_of"]), "lists.yml")]
        for row in lists.sort_values(["kind", "list_id"]).to_dict("records")
    ]
    head = ("Program", "List of", "Source", "As of")
    return _block("lists", head, rows, (2, 3, 5, 2), evidence=("file:lists.yml",))


def _changes(make: Maker) -> Block:
    """This year's figures beside those of the year compared with, where that has them."""
    many = _suppliers(make)
    ids = [
        (f"{many} surveyed", "suppliers_surveyed"),
        (f"{many} that returned a completed Template", "suppliers_responded"),
        ("Response rate", "response_rate"),
        ("Facilities", "facilities"),
    ]
    rows = []
    for text, id in [*ids, *((None, status) for status in STATUSES)]:
        named = (Run(text, "word", "survey"),) if text else make.label(id)
        rows.append((named, id))
    rows += [((*make.label("conformant"), Run(f", {metal.lower()}", "word", "survey")),
              f"conformant_{metal.lower()}")
             for metal in METALS if make.value(f"facilities_{metal.lower()}")]
    rows = [[named, (Run(_dashed(safe(make.before[id]["text"])), "before", id),), make.fig(id)]
            for named, id in rows if (make.before.get(id) or {}).get("text")]
    head = ("Result", make.year_before or "Prior year", str(make.program["year"]))
    return _block("changes", head, rows, (5, 2, 2), (1, 2))


def _promises(make: Maker) -> Block:
    year = str(make.program.get("year", ""))
    words = {"open": "Open", "kept": "Completed", "not_kept": "Not completed",
             "partly": "Completed in part"}
    rows = [
        [(Run(safe(p["text"]), "promise", p["id"]),),
         (Run(words.get(p["state"], "Open"), "promise", p["id"]),),
         (Run(safe(p.get("outcome")) or "Nothing recorded", "promise", p["id"]),)]
        for p in make.program.get("promises") or []
        if str(p.get("made_in") or "") < year
    ]
    return _block("promises", ("Step announced", "Status", "Outcome"), rows, (5, 1.6, 4))


_MAKERS: dict[str, Callable[[Maker], Block]] = {
    "cover": _cover, "address": _address, "boxes": _boxes, "signature": _signature,
    "products": _products, "survey": _survey, "answers": _answers, "flags": _flags,
    "status_by_metal": _status_by_metal, "by_country": _by_country,
    "origins": _origins, "lists": _lists, "changes": _changes, "promises": _promises,
    "changed_facilities": _changed_facilities, "scope_record": _scope_record,
    "spend": _spend,
    **{f"annex_i_{metal.lower()}{part}": _annex_i(metal, which) for metal in METALS
       for part, which in (("", None), ("_conformant", True), ("_others", False))},
    "audit_report": _audit_report, "contents": lambda make: Block("contents"),
    "page_break": lambda make: Block("page_break"),
}  # fmt: skip
