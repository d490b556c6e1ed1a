"""What every evidence page is made of: the year's tables, and links between pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import pandas as pd

from conflict_minerals.filing.claims.figures import counted_rows
from conflict_minerals.filing.evidence import decisionlog
from conflict_minerals.ground import library, pages
from conflict_minerals.ground import tables as described
from conflict_minerals.ground.columns import records, texts
from conflict_minerals.ground.pages import Link

FOLDER = "review"
DECISIONS = f"{FOLDER}/decisions.html"
_BEHIND = ("metal", "smelter_id", "supplier_id", "file", "sheet", "cell", "row", "rule",
           "decision_key")  # what stands behind the columns in braces
_DECIDED = ["id", "kind", "key", "value", "stands", "moves", "without", "reason", "decided_by",
            "decided_on"]  # of a decision, on the pages of what it is about
# What every row of a page about one facility or supplier would say again; a row that names a
# facility waits for no decision.
_SAID_BY_PAGE = {"facility": ("{facility}", "metal", "{paste}"), "supplier": ("{supplier}",)}
_WRITTEN_ONCE = 5000  # rows of a table up to which all are written, since most pages show some


@dataclass
class Trace:
    """What the pages are made of. ``frames`` are the year's tables by name, made ones included."""

    frames: Mapping[str, pd.DataFrame]
    figures: pd.DataFrame
    claims: pd.DataFrame
    claim_figures: pd.DataFrame
    claim_evidence: pd.DataFrame
    documents: Mapping[str, object]
    decisions: pd.DataFrame
    labels: Mapping[str, str]
    year: int
    overrides: pd.DataFrame = field(default_factory=pd.DataFrame)
    stamp: str = ""
    nav: Sequence[tuple[str, str]] = ()
    held: dict[str, pd.DataFrame] = field(default_factory=dict)
    counted: dict[str, pd.DataFrame] = field(default_factory=dict)
    written: dict[tuple[str, str, str], dict[int, str]] = field(default_factory=dict)
    heads: dict[tuple[str, str, str], list] = field(default_factory=dict)

    def frame(self, name: str) -> pd.DataFrame:
        """A table of the year; empty, with its columns, when the year has none."""
        if name not in self.held:
            blank = {c: pd.Series(dtype="str") for c in described.columns(name)["column"]}
            given = self.frames[name] if name in self.frames else pd.DataFrame(blank)
            self.held[name] = given.reset_index(drop=True)
        return self.held[name]

    @cached_property
    def waiting(self) -> pd.DataFrame:
        """What waits for a decision, each with a line ready to paste."""
        frames = {name: self.frame(name) for name in (*decisionlog.READS, "returned")}
        return decisionlog.waiting(self.decisions, frames)

    @cached_property
    def _pastes(self) -> dict[str, str]:
        return dict(zip(self.waiting["key"], self.waiting["line"], strict=True))

    @cached_property
    def _waits(self) -> dict[str, pages.Rows]:
        about = ["|".join(key.split("|")[:2]) for key in texts(self.waiting["key"])]
        return pages.parted(pages.rows(self.waiting[["key", "why", "line"]]), about)

    def waits(self, *key: str) -> pages.Rows:
        """What waits for a decision on a facility, or with ``supplier`` on a supplier."""
        return self._waits.get("|".join(key), pages.NONE)

    @cached_property
    def _decided(self) -> pages.Rows:
        rows = pages.plain(self.frame("decisions")[_DECIDED])
        href = f"../../{DECISIONS}#decision-"
        return pages.rows(rows.assign(id=[Link(id, href + pages.slug(id)) for id in rows["id"]]))

    def decided(self, which: list[int]) -> pages.Rows:
        """Decisions as the pages of what they are about show them, each leading to its line."""
        return pages.Rows(self._decided.heads, [self._decided.rows[at] for at in which])

    @cached_property
    def facility_names(self) -> dict[tuple[str, str], str]:
        rows = self.frame("facilities")
        keys = zip(rows["metal"], rows["smelter_id"], strict=True)
        return dict(zip(keys, rows["smelter_name"], strict=True))

    @cached_property
    def supplier_names(self) -> dict[str, str]:
        rows = self.frame("suppliers")
        return dict(zip(rows["supplier_id"], rows["supplier_name"], strict=True))

    def rows_of(self, figure: str) -> list[int]:
        """The rows that a figure counts, by position: exactly those of its predicate."""
        table = self.entry(figure)["table"]
        if table not in self.counted:
            mine = self.figures[self.figures["table"] == table]
            self.counted[table] = counted_rows(self.frame(table), mine)
        return self.counted[table][figure].to_numpy(dtype=bool).nonzero()[0].tolist()

    def entry(self, figure: str) -> dict:
        return self._entries[figure]

    def has(self, figure: str) -> bool:
        return figure in self._entries

    def exported(self, table: str) -> bool:
        """Whether a figure counts the table's rows, so that its CSV lies in ``tables/``."""
        return table in set(self.figures["table"])

    @cached_property
    def _entries(self) -> dict[str, dict]:
        return {row["id"]: row for row in self.figures.to_dict("records")}

    def page(self, path: str, template: str, title: str, **values) -> tuple[str, bytes]:
        """A page at its path below the outputs, with the navigation of every page.

        Templates link through ``trace`` and ``up``, the way from the page to the outputs.
        """
        up = "../" * path.count("/")
        nav = [(label, "" if href == path else up + href) for label, href in [*self.nav, *_NAV]]
        text = pages.page(f"{title} · {self.year}", template, stamp=self.stamp, nav=nav,
                          foot=f"Conflict minerals report {self.year}",
                          trace=self, up=up, **values)  # fmt: skip
        return path, text.encode("utf-8")

    def facility(self, metal: str, smelter_id: str, up: str) -> Link | str:
        """A link to a facility's page, or its id where the year has no such facility."""
        name = self.facility_names.get((metal, smelter_id))
        if name is None:
            return smelter_id
        return Link(f"{name} ({smelter_id})", up + facility_path(metal, smelter_id))

    def supplier(self, supplier_id: str, up: str) -> Link | str:
        if supplier_id not in self.supplier_names:
            return supplier_id
        return Link(supplier_id, up + supplier_path(supplier_id))

    def figure(self, figure: str, up: str, text: str = "") -> Link | str:
        if figure not in self._entries:
            return text or figure
        return Link(text or figure, up + figure_path(figure))

    def shown(self, table: str, rows: pd.DataFrame, up: str, about: str = "") -> pd.DataFrame:
        """Rows as the pages show them, with links, without what would say again whom a page is
        ``about``."""
        plain = pages.plain(rows).reset_index(drop=True)
        held = {column: texts(plain[column]) for column in _BEHIND if column in plain}
        out = {}
        for column in _columns(table, rows, about):
            if column == "{facility}":
                pairs = list(zip(held["metal"], held["smelter_id"], strict=True))
                known = {pair: self.facility(*pair, up) if pair[1] else "" for pair in set(pairs)}
                out["facility"] = [known[pair] for pair in pairs]
            elif column == "{supplier}":
                known = {s: self.supplier(s, up) for s in set(held["supplier_id"])}
                out["supplier"] = [known[s] for s in held["supplier_id"]]
            elif column == "{place}":
                where = held["cell"] if "cell" in held else [f"row {n}" for n in held["row"]]
                places = zip(held["file"], held["sheet"], where, strict=True)
                out["file, sheet and place"] = [place if all(place) else [*filter(None, place)]
                                                for place in places]
            elif column == "{paste}":
                keys = held.get("decision_key") or map(decisionlog.finding_key, records(rows))
                out["line for decisions.csv"] = [self._pastes.get(key, "") for key in keys]
            else:
                out[column] = plain[column]
        return pd.DataFrame({name: cells if isinstance(cells, pd.Series)
                             else pd.Series(cells, dtype=object) for name, cells in out.items()})

    def table(self, table: str, rows: Sequence[int], caption: str, up: str,
              about: str = "") -> str:
        """Rows of a table as markup, cut at the usual number, which then names the CSV.

        ``rows`` are positions in ``frame(table)``; ``about`` is what the page is about, a
        ``facility`` or a ``supplier``. A row is written once, however many pages show it: all of
        a table of usual size at once, of a longer one those that a page asks for.
        """
        held, key = list(rows[: pages.ROW_LIMIT]), (table, up, about)
        self.write(table, held, up, about)
        known = self.written.get(key, {})
        shown = pages.Rows(self.heads.get(key, []), [known[row] for row in held])
        csv = Link(f"tables/{table}.csv", f"{up}tables/{table}.csv")
        return pages.table(shown, caption, of=len(rows), csv=csv)

    def write(self, table: str, rows: Sequence[int], up: str, about: str = "") -> None:
        """Write the rows of a table that are not yet written: of many at once each is cheap.

        Of those written before, only ``rows`` are kept: of a long table all would fill the memory.
        """
        whole, key = self.frame(table), (table, up, about)
        known = self.written.get(key, {})
        lacking = [row for row in rows if row not in known]
        if lacking:
            places = _written_with(lacking, len(whole))
            used = whole[_used(table, whole)].iloc[places]
            made = pages.rows(self.shown(table, used, up, about), heads=self.heads.get(key))
            self.written[key] = {row: known[row] for row in rows if row in known}
            self.written[key].update(zip(places, made.rows, strict=True))
            self.heads[key] = made.heads

    def status(self, status: str) -> str:
        """A status in the year's own words."""
        return self.labels.get(status, status)


def _written_with(lacking: list[int], many: int) -> Sequence[int]:
    """The rows that are written when a page lacks some: also those that the next pages will."""
    if many <= _WRITTEN_ONCE:
        return range(many)
    first, last = min(lacking), max(lacking)
    together = last - first < 2 * len(lacking)
    return range(first, min(many, max(last + 1, first + _WRITTEN_ONCE))) if together else lacking


_NAV = (
    ("Report", f"{FOLDER}/report.html"),
    ("Claims", f"{FOLDER}/claims.html"),
    ("Figures", f"{FOLDER}/figures.html"),
    ("Facilities", f"{FOLDER}/facilities.html"),
    ("Suppliers", f"{FOLDER}/suppliers.html"),
    ("Differences", f"{FOLDER}/differences.html"),
    ("Other minerals", f"{FOLDER}/minerals.html"),
    ("Decisions", DECISIONS),
)


def facility_path(metal: str, smelter_id: str) -> str:
    return f"{FOLDER}/facilities/{pages.slug(f'{metal}-{smelter_id}'.lower())}.html"


def supplier_path(supplier_id: str) -> str:
    return f"{FOLDER}/suppliers/{pages.slug(supplier_id)}.html"


def figure_path(figure: str) -> str:
    return f"{FOLDER}/figures/{figure}.html"  # ids are small letters, digits and _


def claim_anchor(document: str, claim: str) -> str:
    return pages.slug("claim", document, claim)


def _columns(table: str, rows: pd.DataFrame, about: str = "") -> list[str]:
    wanted = _chosen().get(table, list(rows.columns))
    return [c for c in wanted if (c.startswith("{") or c in rows.columns)
            and c not in _SAID_BY_PAGE.get(about, ())]


def _used(table: str, rows: pd.DataFrame) -> list[str]:
    """The columns that the pages of a table are made of."""
    wanted = {*_columns(table, rows), *_BEHIND}
    return [column for column in rows.columns if column in wanted]


@cache
def _chosen() -> dict[str, list[str]]:
    rows = library.table("trace_columns")
    return {t: c.split(";") for t, c in zip(rows["table"], rows["columns"], strict=True)}
