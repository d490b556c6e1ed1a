"""Text templates filled in: figures, facts and settings go in as marks, never as loose text.

Templates are Markdown with Jinja in ``knowledge/wording/``; a file of the same name in the
year's ``wording/`` takes the place of ours. What a template may ask for stands in ``words``.
"""

import difflib
import re
import traceback
from pathlib import Path

import jinja2
import pandas as pd
from jinja2.sandbox import ImmutableSandboxedEnvironment

from conflict_minerals.filing.documents.document import Document, Law, Mark, Rendered, text_of
from conflict_minerals.filing.documents.words import PRIVATE, Words
from conflict_minerals.ground import library
from conflict_minerals.ground.csvfiles import decode
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import GATE
from conflict_minerals.ground.text import clean

# Kinds of run whose words somebody at the registrant typed into program.yml.
_TYPED = ("fact", "setting", "promise", "word")
_TAGS = re.compile(r"\{%.*?%\}|\{#(?![a-z0-9-]+\}).*?#\}", re.S)
# What belongs to the templates and never to the reader; each with what was probably meant.
_MARKS = (
    (r"\[#|#\]", "a sentence ends with its claim in whole brackets: [#its-name; table:findings]"),
    (r"\{#|#\}", "a heading's place is {#its-name} at its very end; a remark is {## … ##}"),
    (r"\{\{|\}\}", "what is filled in stands between two pairs of braces: {{ fig('facilities') }}"),
    (r"\{%|%\}", "a condition is {% if n('active') %} … {% endif %}, each in whole marks"),
    (r"\b(?:table|setting|file|fact|figure|promise|decision|law|form|kind):\w",
     "evidence stands in the brackets of the claim: [#its-name; table:findings]"),
    (r"\[\w[\w-]*\s*;[^\]]*\]", "a claim begins with [# : [#its-name; table:findings]"),
)
_LAW = re.compile(r"^### +([a-z0-9_]+)\s*$", re.M)
_LAW_HEAD = re.compile(r"\s*As of (\d{4}-\d{2}-\d{2})\. Source: (.+?)\.\s*\n\s*\n(.+)", re.S)


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
        text = PRIVATE.sub("", source(name, folder)).replace("\r\n", "\n").replace("\r", "\n")
        words.asked.add(name)
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
        bytecode_cache=_COMPILED,
    )


class _Compiled(jinja2.BytecodeCache):
    """Templates by their text: who writes the documents again compiles none again."""

    def __init__(self):
        self._held = {}

    def load_bytecode(self, bucket) -> None:
        bucket.code = self._held.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket) -> None:
        self._held[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def source(name: str, folder: Path | None = None) -> str:
    """The text of a template: the year's own where it has one, else the one that ships."""
    if not re.fullmatch(r"[a-z0-9_]+\.md", name):
        raise InputError(f"{name!r} is no name of a text template", fix="Small letters, _ and .md")
    own = folder / name if folder else None
    if own is not None and own.is_file():
        return decode(own.read_bytes(), f"wording/{name}")
    if not library.path(f"wording/{name}").is_file():
        raise InputError(f"there is no text template {name}", file=f"wording/{name}")
    return library.text(f"wording/{name}")


def check_names(folder: Path | None, asked: set[str]) -> None:
    """Refuse a text of the year's own that ships under no such name and that no template includes.

    Raises:
        InputError: one is there; its words would silently not be printed.
    """
    there = sorted(path.name for path in folder.glob("*.md")) if folder else []
    shipped = sorted(path.name for path in library.path("wording").glob("*.md"))
    for name in there:
        if name not in shipped and name not in asked:
            best = difflib.get_close_matches(name, shipped, 1)
            raise InputError("is no text that the documents take", file=f"wording/{name}",
                             fix=f"Did you mean {best[0]}?" if best else
                             f"Known are {', '.join(shipped)}")  # fmt: skip


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


def curly(text: str) -> str:
    """Straight quotation marks as a printer sets them, as the templates' own are."""
    text = re.sub(r'(^|[\s(])"', "\\1\u201c", text).replace('"', "\u201d")
    return re.sub(r"(^|[\s(])'", "\\1\u2018", text).replace("'", "\u2019")


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
    every = library.table("form_editions")
    rows = every[every["edition"] == edition]
    if rows.empty:
        raise InputError(
            f"there is no edition {edition!r} of the form",
            file="program.yml",
            where="form.edition",
            fix=f"Known are {', '.join(sorted(set(every['edition'])))}",
        )
    return dict(zip(rows["key"], rows["text"], strict=True))


def marks(document: Document) -> pd.DataFrame:
    """Marks of the templates that would be printed, as gates: ``gate, subject, reason``."""
    rows = []
    for block in document.blocks:
        cells = (block.table.head, *block.table.rows) if block.table else ()
        said = [(sentence.source, sentence.runs) for sentence in block.sentences]
        said += [(("", 0), cell) for row in cells for cell in row]
        for (name, number), runs in said:
            place = f"wording/{name or block.file} line {number or block.line}"
            typed = [text_of(r for r in runs if r.kind in ("", "break"))]
            for text in (*typed, *(run.text for run in runs if run.kind in _TYPED)):
                for pattern, fix in _MARKS:
                    for found in re.findall(pattern, text):
                        reason = f"{document.name}, {place}: would print {found!r}; {fix}"
                        rows.append(("wording", place, reason))
    return pd.DataFrame(rows, columns=GATE).astype("str")


def blanks(document) -> pd.DataFrame:
    """What the document lacks, as gates: ``gate, subject, reason``."""
    missing = {}
    for block, run in document.runs():
        if run.kind == "blank":
            where = f"{document.name}, wording/{block.file} line {block.line}"
            subject = run.ref if run.ref.startswith("figure ") else f"program.yml {run.ref}"
            missing.setdefault(subject, f"{where}: not filled in")
    rows = [("blank", subject, reason) for subject, reason in missing.items()]
    return pd.DataFrame(rows, columns=GATE).astype("str")
