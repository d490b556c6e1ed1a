"""The tables that stand in the documents. Each cell is a figure, a setting or a row's own word."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from conflict_minerals.filing.documents.document import BY, DATE, Block, Run, Table
from conflict_minerals.filing.documents.wording import curly
from conflict_minerals.filing.documents.words import older, printed, safe
from conflict_minerals.ground import countries, library
from conflict_minerals.ground.terms import METALS, STATUSES
from conflict_minerals.year import setting


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

    def __call__(self, name: str) -> Block:
        if name not in _MAKERS:
            raise LookupError(f"there is no table {name!r}; known are {', '.join(sorted(_MAKERS))}")
        return _MAKERS[name](self)

    @property
    def year_before(self) -> str:
        return safe((self.before.get("year") or {}).get("text"))

    def fig(self, id: str) -> tuple[Run, ...]:
        row = self.figures.get(id)
        return (Run(row["text"], "figure", id),) if row else (Run("0", "rows", "figures"),)

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
    """Registrant, a blank line, name, title and a date to be filled in. Nothing is signed."""
    rows = [
        [_text(""), make.setting("registrant.name", bold=True)],
        [_text(BY), _text("______________________________")],
        [_text("Name:"), make.setting("signer.name")],
        [_text("Title:"), make.setting("signer.title")],
        [_text(DATE), _text("______________________________")],
    ]
    made = _block("signature", (), rows, (1, 5), plain=True)
    return replace(made, kind="signature")


def _products(make: Maker) -> Block:
    rows = make.frame("products")
    rows = rows[rows["in_scope"]] if len(rows) else rows
    words = {"made": "Made by us", "contracted": "Made for us"}
    body = [
        [
            _cell(row["product"], "products"),
            _cell(words[row["made_or_contracted"]], "products"),
            *(_cell(row[m.lower()].capitalize(), "products") for m in METALS),
        ]
        for row in rows.to_dict("records")
    ]
    head = ("Product", "Manufacture", *METALS)
    return _block("products", head, body, (4, 2, 1.2, 1.4, 1.2, 1.4), evidence=("table:products",))


def _lines(make: Maker, exhibit: str) -> list[tuple[tuple[Run, ...], str]]:
    """The lines of ``exhibit_lines.csv`` for a table: what stands first, and the figure's id."""
    word = safe(printed(make.program["survey"].get("suppliers_word"))) or "suppliers"
    many = word[0].upper() + word[1:]
    return [((Run(row["label"].replace("{suppliers}", many), "word", "survey"),), row["figure"])
            for row in library.records("exhibit_lines") if row["exhibit"] == exhibit]


def _survey(make: Maker) -> Block:
    rows = [[label, make.fig(id)] for label, id in _lines(make, "survey")]
    return _block("survey", ("Survey", "Number"), rows, (5, 1), (1,))


def _answers(make: Maker) -> Block:
    """What the counted templates answer on Covered Countries and on scrap, by metal."""
    rows = [
        [_text(metal), *(make.fig(f"{question}_{answer}_{metal.lower()}")
                         for question in ("covered", "recycled")
                         for answer in ("yes", "no", "unknown"))]
        for metal in METALS
    ]
    head = ("Metal", "Covered Country: yes", "no", "unknown", "All recycled or scrap: yes", "no",
            "unknown")
    return _block("answers", head, rows, (2, 2.4, 1, 1.4, 2.2, 1, 1.4), range(1, 7))


def _by_status(make: Maker, name: str, of: str, lines, **more) -> Block:
    """Facilities by status: ``lines`` are a label, the ids of the statuses, and of their sum."""
    rows = [[label, *(make.fig(one.format(s)) for s in STATUSES), make.fig(every)]
            for label, one, every in lines]  # fmt: skip
    head = (of, *(make.label(status) for status in STATUSES), "Facilities")
    labels = tuple(f"setting:labels.{status}" for status in STATUSES)
    return _block(name, head, rows, more.pop("widths", (2, 2, 2, 2, 2)), range(1, 5),
                  evidence=labels, **more)


def _status_by_metal(make: Maker) -> Block:
    lines = [(_text(m), f"{{}}_{m.lower()}", f"facilities_{m.lower()}") for m in METALS]
    lines.append((_text("All"), "{}", "facilities"))
    return _by_status(make, "status_by_metal", "Metal", lines, total=True)


def _by_country(make: Maker) -> Block:
    """Facilities by the country they stand in, most first; those of unknown country last."""
    codes = sorted(set(make.frame("facilities").get("country", pd.Series(dtype="str"))) - {""})
    codes.sort(key=lambda c: (-make.value(f"facilities_country_{c.lower()}"), countries.printed(c)))
    lines = [(_cell(countries.printed(code), "facilities"), f"{{}}_country_{code.lower()}",
              f"facilities_country_{code.lower()}") for code in codes]  # fmt: skip
    if make.value("facilities_no_country"):
        lines.append((_text("Unknown"), "{}_no_country", "facilities_no_country"))
    return _by_status(make, "by_country", "Country", lines, widths=(4, 2, 2, 2, 2))


def _flags(make: Maker) -> Block:
    """Rules of the risk review that facilities matched, with how many; matches stay unnamed."""
    flags = make.frame("flags")
    if len(flags):
        flags = flags[flags["severity"].isin(["hard", "red", "soft"])]
        flags = flags.drop_duplicates("rule").sort_values(["severity", "rule"])
    weight = {"hard": "Needs a decision", "red": "Red flag", "soft": "Noted"}
    rows = [
        [_cell(curly(row["reason"]), "flags"), _cell(weight[row["severity"]], "flags"),
         make.fig("flagged_" + row["rule"].replace("-", "_"))]
        for row in flags.to_dict("records")
    ]
    return _block("flags", ("What was looked for", "Weight", "Facilities"), rows, (6, 2, 1.4), (2,),
                  evidence=("table:flags",))


def _origins(make: Maker) -> Block:
    """Countries of origin by metal, with the ground for each."""
    rows = make.frame("origins")
    if len(rows):
        rows = rows[rows["basis"].isin(["evidence", "declared"])]
    words = {"evidence": "evidence held", "declared": "declared by suppliers"}
    body = []
    if len(rows):
        for (metal, code), group in rows.groupby(["metal", "country"]):
            grounds = [words[b] for b in ("evidence", "declared") if b in set(group["basis"])]
            id = f"origin_{metal.lower()}_{code.lower()}"
            body.append([
                _text(metal), _cell(countries.printed(code), "origins"),
                _cell(" and ".join(grounds).capitalize(), "origins"), make.fig(id),
            ])
    head = ("Metal", "Country of origin", "Ground", "Facilities")
    return _block("origins", head, body, (2, 4, 4, 1.6), (3,), evidence=("table:origins",))


def _annex_i(make: Maker) -> Block:
    rows = [
        [_cell(row[column], "annex_i") for column in
         ("metal", "smelter_name", "country_name", "status_label", "status_as_of", "smelter_id")]
        for row in make.frame("annex_i").to_dict("records")
    ]
    head = ("Metal", "Smelter or refiner", "Country", "Status", "Status as of", "Smelter ID")
    widths = (1.6, 5.4, 3.2, 2.2, 1.9, 1.9)
    return _block("annex_i", head, rows, widths, evidence=("table:annex_i",))


def _lists(make: Maker) -> Block:
    kinds = {"conformant": "conformant", "active": "active", "retired": "no longer listed",
             "revisions": "what was added, changed and taken off",
             "cross_recognised": "listed by a scheme that the program recognizes",
             "public": "listed publicly", "reference": "names and identification numbers"}
    lists = make.lists[make.lists["kind"].isin(kinds)]
    lists = lists.assign(older=older(lists))
    rows = [
        [_cell(row["scheme"] or row["list_id"], "lists.yml"),
         _cell(kinds[row["kind"]] + (", an older list" if row["older"] else ""), "lists.yml"),
         _cell(row["source"], "lists.yml"),
         _cell(row["as_of"], "lists.yml")]
        for row in lists.sort_values(["kind", "list_id"]).to_dict("records")
    ]
    head = ("Program", "What the list says", "Source", "As of")
    return _block("lists", head, rows, (2, 3, 5, 2), evidence=("file:lists.yml",))


def _changes(make: Maker) -> Block:
    """This year's figures beside those of the year compared with."""
    rows = []
    for label, id in [*_lines(make, "changes"), *((make.label(s), s) for s in STATUSES)]:
        before = make.before.get(id) or {}
        then = (Run(safe(before.get("text")), "before", id),) if before.get("text") else ()
        rows.append([label, then or _text("not known"), make.fig(id)])
    head = ("Figure", make.year_before or "Year compared with", str(make.program["year"]))
    return _block("changes", head, rows, (5, 2, 2), (1, 2))


def _promises(make: Maker) -> Block:
    year = str(make.program.get("year", ""))
    words = {"open": "Open", "kept": "Done", "not_kept": "Not done", "partly": "Done in part"}
    rows = [
        [(Run(safe(p["text"]), "promise", p["id"]),),
         (Run(words.get(p["state"], "Open"), "promise", p["id"]),),
         (Run(safe(p.get("outcome")) or "Nothing recorded", "promise", p["id"]),)]
        for p in make.program.get("promises") or []
        if str(p.get("made_in") or "") < year
    ]
    return _block("promises", ("Step announced", "State", "Outcome"), rows, (5, 1.6, 4))


_MAKERS: dict[str, Callable[[Maker], Block]] = {
    "cover": _cover, "address": _address, "boxes": _boxes, "signature": _signature,
    "products": _products, "survey": _survey, "answers": _answers, "flags": _flags,
    "status_by_metal": _status_by_metal, "by_country": _by_country,
    "origins": _origins, "annex_i": _annex_i, "lists": _lists, "changes": _changes,
    "promises": _promises,
    "page_break": lambda make: Block("page_break"),
}  # fmt: skip
