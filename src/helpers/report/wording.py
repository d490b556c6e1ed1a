"""Text templates filled in: figures, facts and settings go in as marks, never as loose text.

Templates are Markdown with Jinja in ``knowledge/wording/``; a file of the same name in the
year's ``wording/`` takes the place of ours. What a template may ask for stands in ``Words``.
"""

import re
import traceback
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import jinja2
import pandas as pd
from jinja2.sandbox import ImmutableSandboxedEnvironment

from helpers import knowledge
from helpers.csvfiles import decode
from helpers.errors import InputError
from helpers.report.document import CLOSE, OPEN, Block, Mark, Rendered, Run
from helpers.text import clean

_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_TAGS = re.compile(r"\{%.*?%\}|\{#(?![a-z0-9-]+\}).*?#\}", re.S)
_LAW = re.compile(r"^### +([a-z0-9_]+)\s*$", re.M)
_LAW_HEAD = re.compile(r"\s*As of (\d{4}-\d{2}-\d{2})\. Source: (.+?)\.\s*\n\s*\n(.+)", re.S)


@dataclass(frozen=True)
class Law:
    """A statement about the law with its date and source."""

    text: str
    as_of: str
    source: str


@dataclass
class Words:
    """What a template may ask for, and the marks that it was given.

    ``figures`` is the table of ``figures.compute``, ``tables`` a maker of table blocks by name,
    ``read`` words read from a table's rows, by name, each with that table's name, ``defined`` the
    ids of all figures, also of those whose table is not there. ``lists`` are the kinds of list
    that the year has.
    """

    year: int
    program: dict
    figures: pd.DataFrame
    law: dict[str, Law] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    tables: object = None
    read: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists: frozenset = frozenset()
    compared: bool = False
    branch: str = ""
    ground: str = ""
    decided: bool = False
    defined: frozenset = frozenset()
    marks: list[Mark] = field(default_factory=list)

    def __post_init__(self):
        rows = self.figures.to_dict("records")
        self._figures = {row["id"]: row for row in rows}
        self._facts = {fact["id"]: fact for fact in self.program.get("facts") or []}
        self._promises = list(self.program.get("promises") or [])

    def names(self) -> dict:
        """What stands in templates under which name."""
        return {
            "year": self.year,
            "branch": self.branch,
            "ground": self.ground,
            # More evidence for what counsel decided, where a decision records it.
            "decided": "; decision:form|branch" if self.decided else "",
            "amendment": (self.program.get("form") or {}).get("kind") == "amendment",
            "illustration": self.program.get("illustration") is True,
            "compared": self.compared,
            "audited": (self.program.get("audit") or {}).get("obtained") is True,
            "due": [p for p in self._promises if self._earlier(p)],
            "promised": [p for p in self._promises if not self._earlier(p)],
            **{
                name: getattr(self, f"_{name}")
                for name in ("fig", "n", "known", "noun", "count", "verb", "each_of", "fact",
                             "has", "fact_value", "setting", "given", "word", "word_value",
                             "rows", "given_rows", "law_text", "caption", "given_caption",
                             "listed", "table", "promise")
            },
        }

    def _earlier(self, promise: dict) -> bool:
        return str(promise.get("made_in") or "") < str(self.year)

    def add(self, mark: Mark) -> str:
        """A mark as it stands in Markdown."""
        self.marks.append(mark)
        return f"{OPEN}{len(self.marks) - 1}{CLOSE}"

    def _run(self, text, kind: str, ref: str) -> str:
        return self.add(Mark(run=Run(safe(text), kind, ref)))

    def _blank(self, ref: str) -> str:
        return self.add(Mark(run=Run(f"[BLANK: {ref}]", "blank", ref)))

    def _fig(self, id: str) -> str:
        if id in self._figures:
            return self._run(self._figures[id]["text"], "figure", id)
        if id in self.defined:  # its table is not there this year
            return self._blank(f"figure {id}")
        raise InputError(f"there is no figure {id!r}", fix="Take an id of figures.json")

    def _n(self, id: str) -> float:
        """A figure's value to decide by; nothing counted is 0."""
        return self._figures[id]["value"] or 0 if id in self._figures else 0

    def _known(self, id: str) -> bool:
        """Whether the year has the table that a figure counts."""
        return id in self._figures

    def _noun(self, id: str, one: str, more: str) -> str:
        return one if self._n(id) == 1 else more

    _verb = _noun

    def _count(self, id: str, one: str, more: str) -> str:
        return f"{self._fig(id)} {self._noun(id, one, more)}"

    def _each_of(self, *counts: tuple) -> str:
        """Figures with their nouns, those of 0 left out: ``1 file, 3 rows and 2 answers``."""
        said = [self._count(id, words[0], words[-1]) for id, *words in counts if self._n(id)]
        return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]])) or "none"

    def _listed(self, *kinds: str) -> bool:
        """Whether the year has a list of one of these kinds."""
        return not self.lists.isdisjoint(kinds)

    def _given_rows(self, name: str) -> bool:
        return bool(self.read.get(name, ("",))[0])

    def _has(self, id: str) -> bool:
        return bool(clean((self._facts.get(id) or {}).get("text")))

    def _fact(self, id: str, part: str = "text") -> str:
        value = clean((self._facts.get(id) or {}).get(part))
        if not value:
            return self._blank(f"facts {id}{'' if part == 'text' else f' {part}'}")
        if part == "text" and value[-1] not in ".!?":
            value += "."
        return self._run(value, "fact", id)

    def _fact_value(self, id: str, part: str) -> str:
        """Part of a fact, to decide by."""
        return clean((self._facts.get(id) or {}).get(part))

    def _word_value(self, key: str) -> str:
        """A setting to decide by."""
        return printed(self._value(key))

    def _given_caption(self, key: str) -> bool:
        return bool(self.form.get(key))

    def _value(self, key: str):
        value = self.program
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _given(self, key: str) -> bool:
        return self._value(key) not in (None, "", False)

    def _setting(self, key: str) -> str:
        value = printed(self._value(key))
        return self._run(value, "setting", key) if value else self._blank(key)

    def _word(self, key: str) -> str:
        """A setting that only names things: it makes no claim of a sentence."""
        value = printed(self._value(key))
        return self._run(value, "word", key) if value else self._blank(key)

    def _rows(self, name: str, capital: bool = False) -> str:
        """Words read from the rows of a table, such as the metals in scope."""
        if name not in self.read:
            raise InputError(f"there is no list {name!r}", fix=f"Known: {', '.join(self.read)}")
        text, table = self.read[name]
        return self._run(text[:1].upper() + text[1:] if capital else text, "rows", table)

    def _law_text(self, id: str) -> str:
        if id not in self.law:
            raise InputError(f"law.md holds no statement {id!r}", fix="Add it or take another")
        return self._run(self.law[id].text, "law", id)

    def _caption(self, key: str) -> str:
        if not self.form.get(key):
            raise InputError(
                f"the form's edition has no caption {key!r}",
                file="program.yml",
                where="form.edition",
                fix="Take an edition of knowledge/form_editions.csv",
            )
        return self._run(self.form[key].replace("{year}", str(self.year)), "form", key)

    def _promise(self, promise: dict, part: str) -> str:
        value = printed(promise.get(part))
        place = f"promises {promise.get('id')} {part}"
        return self._run(value, "promise", promise["id"]) if value else self._blank(place)

    def _table(self, name: str) -> str:
        blocks: list[Block] = self.tables(name)
        return "".join(self.add(Mark(block=block)) for block in blocks)


def safe(value) -> str:
    """A value as one line of text without the private characters that marks are made of."""
    return _PRIVATE.sub("", clean(value))


def curly(text: str) -> str:
    """Straight quotation marks as a printer sets them, as the templates' own are."""
    text = re.sub(r'(^|[\s(])"', "\\1\u201c", text).replace('"', "\u201d")
    return re.sub(r"(^|[\s(])'", "\\1\u2018", text).replace("'", "\u2019")


def printed(value) -> str:
    """A setting as the report prints it: a date as ``May 15, 2019``, nothing as ``""``."""
    if isinstance(value, date):
        return f"{value:%B} {value.day}, {value.year}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(value)


def render(name: str, words: Words, folder: Path | None = None) -> Rendered:
    """A template filled in.

    Raises:
        InputError: the template is not there, is not a template, or asks for what there is not;
            it names the file and the line.
    """
    env = _environment(words, folder)
    try:
        markdown = env.get_template(name).render(words.names())
    except jinja2.TemplateNotFound as error:
        what = f"there is no text template {error.name}"
        raise InputError(what, file=f"wording/{name}") from error
    except jinja2.TemplateSyntaxError as error:
        raise InputError(
            f"cannot be read as a template: {clean(error.message)}",
            file=f"wording/{error.name}",
            where=f"line {error.lineno}",
        ) from error
    except InputError as error:
        if error.file:
            raise
        raise InputError(error.what, fix=error.fix, **_place(error, name)) from error
    except Exception as error:  # whatever a template may ask of Jinja or of a name
        fix = "See knowledge/wording/README.md"
        raise InputError(clean(error), fix=fix, **_place(error, name)) from error
    return Rendered(Path(name).stem, markdown, words.marks)


def _environment(words: Words, folder: Path | None) -> jinja2.Environment:
    def load(name: str):
        text = _PRIVATE.sub("", source(name, folder)).replace("\r\n", "\n").replace("\r", "\n")
        return _traced(text, name, words), f"wording/{name}", lambda: True

    return ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(load),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # "{#rcoi}" ends a heading; so comments look otherwise.
        comment_start_string="{##",
        comment_end_string="##}",
    )


def source(name: str, folder: Path | None = None) -> str:
    """The text of a template: the year's own where it has one, else the one that ships."""
    if not re.fullmatch(r"[a-z0-9_]+\.md", name):
        raise InputError(f"{name!r} is no name of a text template", fix="Small letters, _ and .md")
    own = folder / name if folder else None
    if own is not None and own.is_file():
        return decode(own.read_bytes(), f"wording/{name}")
    if not knowledge.path(f"wording/{name}").is_file():
        raise InputError(f"there is no text template {name}", file=f"wording/{name}")
    return knowledge.text(f"wording/{name}")


def _traced(text: str, name: str, words: Words) -> str:
    """The template with a mark at the end of each line of text that says where it stands."""
    lines, depth = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        depth += len(re.findall(r"\{\{|\{%|\{##", line)) - len(re.findall(r"\}\}|%\}|##\}", line))
        words_there = re.search(r"[^\s*_|:-]", _TAGS.sub("", line))  # not a rule, not a blank
        if depth == 0 and words_there and not line.endswith("\\"):
            line += words.add(Mark(source=(name, number)))
        lines.append(line)
    return "\n".join(lines)


def _place(error: Exception, name: str) -> dict[str, str]:
    """File and line of the template in which an error arose."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "wording/" in f.filename]
    if not frames:
        return {"file": f"wording/{name}"}
    file = frames[-1].filename
    return {"file": file[file.rindex("wording/"):], "where": f"line {frames[-1].lineno}"}


def read_law(folder: Path | None = None) -> dict[str, Law]:
    """The statements about the law by id, each with its date and source, from ``law.md``.

    Raises:
        InputError: a statement without a date or a source.
    """
    parts = _LAW.split(source("law.md", folder))
    found = {}
    for id, body in zip(parts[1::2], parts[2::2], strict=True):
        match = _LAW_HEAD.match(body)
        if not match:
            raise InputError(
                f"statement {id} lacks its date or source",
                file="wording/law.md",
                fix="Begin it with a line 'As of YYYY-MM-DD. Source: ….' and a blank line",
            )
        found[id] = Law(curly(clean(match[3])), match[1], clean(match[2]))
    return found


def read_form(edition: str) -> dict[str, str]:
    """The captions of an edition of the form by key."""
    every = knowledge.table("form_editions")
    rows = every[every["edition"] == edition]
    if rows.empty:
        raise InputError(
            f"there is no edition {edition!r} of the form",
            file="program.yml",
            where="form.edition",
            fix=f"Known are {', '.join(sorted(set(every['edition'])))}",
        )
    return dict(zip(rows["key"], rows["text"], strict=True))


def blanks(document) -> pd.DataFrame:
    """What the document lacks, as gates: ``gate, subject, reason``."""
    missing = {}
    for block, run in document.runs():
        if run.kind == "blank":
            where = f"{document.name}, wording/{block.file} line {block.line}"
            subject = run.ref if run.ref.startswith("figure ") else f"program.yml {run.ref}"
            missing.setdefault(subject, f"{where}: not filled in")
    rows = [("blank", subject, reason) for subject, reason in missing.items()]
    return pd.DataFrame(rows, columns=["gate", "subject", "reason"]).astype("str")
