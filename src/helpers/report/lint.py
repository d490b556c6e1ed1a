"""EDGAR linter: a document held against the rules of ``knowledge/edgar_rules.csv``.

The tags and attributes stand in ``knowledge/edgar_tags.csv``. Nothing is repaired and
nothing is sent; each finding says the rule, the place and what to do.
"""

import re
import sys
from functools import cache
from html.entities import name2codepoint
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from helpers import knowledge

COLUMNS = ["file", "line", "rule", "message", "fix"]

_CORE = {"id", "class", "style", "title", "lang", "dir"}
_ACTIVE = {
    "script", "applet", "object", "embed", "param", "form", "input", "button", "select",
    "option", "textarea", "frame", "frameset", "noframes", "iframe", "noscript", "map", "area",
}  # fmt: skip
_ONCE = ("html", "head", "title", "body")
_FILING = re.compile(r"https?://www\.sec\.gov/Archives/edgar/data/", re.I)
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.I)
_LOADS = re.compile(r"url\s*\(|expression\s*\(|@import|behaviou?r\s*:|-moz-binding"
                    r"|position\s*:\s*(absolute|fixed|sticky)", re.I)
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])"
                    r"|opacity\s*:\s*0(?![.\d])", re.I)
_ENTITY = re.compile(r"&(#[xX]?[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*)?(;)?")
_GRAPHICS = {".jpg": b"\xff\xd8\xff", ".gif": b"GIF8"}
_DOCUMENTS = (".htm", ".txt")


@cache
def rules() -> pd.DataFrame:
    """The rules, indexed by their id."""
    return knowledge.table("edgar_rules").set_index("rule")


@cache
def tags() -> dict[str, tuple[frozenset, str]]:
    """Each allowed tag with its attributes and how it ends."""
    out = {}
    for row in knowledge.table("edgar_tags").itertuples():
        names = set(row.attributes.split(";")) - {""}
        core = _CORE if "core" in names else set()
        out[row.tag] = (frozenset(names - {"core"} | core), row.close)
    return out


def limit(rule: str) -> int:
    """The number that a rule compares with."""
    return int(rules().at[rule, "limit"])


def check(data: bytes, name: str, beside: dict[str, bytes] | None = None) -> pd.DataFrame:
    """Findings for one document: ``file, line, rule, message, fix``, in the document's order.

    ``beside`` holds the other files of the submission by name; links and images are resolved
    in it. An empty table means that no rule is broken.
    """
    beside = beside or {}
    found = list(_name(name)) + list(_size(data))
    suffix = Path(name).suffix.lower()
    if suffix in _GRAPHICS:
        if not data.startswith(_GRAPHICS[suffix]):
            found.append((1, "image_type", f"{name} does not begin as a {suffix} file does"))
    elif suffix == ".txt":
        found += list(_ascii(data)) + list(_lines(data))
    else:
        text = data.decode("ascii", errors="replace")
        found += list(_ascii(data))
        parser = _Document(name, beside)
        parser.feed(text)
        parser.close()
        found += parser.finish() + list(_entities(text))
    found = sorted(dict.fromkeys(found), key=lambda item: item[0])
    fixes = rules()["fix"]
    records = [(name, line, rule, message, fixes[rule]) for line, rule, message in found]
    return pd.DataFrame(records, columns=COLUMNS).astype({"line": "int64"})


def check_file(path: Path) -> pd.DataFrame:
    """``check`` over a file, with the files of its folder as the rest of the submission."""
    path = Path(path)
    beside = {p.name: p.read_bytes() for p in sorted(path.parent.iterdir())
              if p.is_file() and p.suffix.lower() in (*_DOCUMENTS, *_GRAPHICS)}
    return check(path.read_bytes(), path.name, beside)


def gates(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings as reasons that keep the gate closed: ``gate, subject, reason``."""
    reason = "line " + findings["line"].astype("str") + ": " + findings["message"]
    return pd.DataFrame({
        "gate": ["lint"] * len(findings),
        "subject": findings["file"].to_numpy(),
        "reason": (reason + " (" + findings["rule"] + ")").to_numpy(),
    }).astype("str")


def main(paths: list[str], out=None) -> int:
    """The command ``lint FILE …``: prints each finding; 0 without any, 1 with some, 2 unread."""
    out = out or sys.stdout
    count = 0
    for given in paths:
        path = Path(given)
        if not path.is_file():
            print(f"ERROR {given}: no such file", file=out)
            return 2
        findings = check_file(path)
        count += len(findings)
        for row in findings.itertuples():
            print(f"{given}:{row.line}: {row.rule}: {row.message}. {row.fix}", file=out)
    files = f"{len(paths)} file{'' if len(paths) == 1 else 's'}"
    print(f"{count} finding{'' if count == 1 else 's'} in {files}", file=out)
    return 1 if count else 0


def _name(name: str):
    if len(name) > limit("file_name"):
        yield 1, "file_name", f"{name} has {len(name)} characters, {limit('file_name')} are allowed"
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        yield 1, "file_name", f"{name} holds a character that a file name may not hold"
    if Path(name).suffix.lower() not in (*_DOCUMENTS, *_GRAPHICS):
        yield 1, "file_type", f"{name} is not of a kind that is sent"


def _size(data: bytes):
    if len(data) > limit("size"):
        yield 1, "size", f"{len(data):,} bytes, the limit is {limit('size'):,}"


def _ascii(data: bytes):
    for number, line in enumerate(data.split(b"\n"), 1):
        odd = [byte for byte in line.rstrip(b"\r") if not (32 <= byte < 127 or byte == 9)]
        if odd:
            yield number, "ascii", f"{len(odd)} byte(s) outside ASCII, the first {odd[0]:#04x}"


def _lines(data: bytes):
    inside = False
    for number, line in enumerate(data.decode("ascii", errors="replace").splitlines(), 1):
        inside = inside or "<TABLE>" in line.upper()
        rule = "table_length" if inside else "line_length"
        if len(line) > limit(rule):
            yield number, rule, f"{len(line)} characters, {limit(rule)} are allowed"
        if "</TABLE>" in line.upper():
            inside = False


def _entities(text: str):
    for match in _ENTITY.finditer(text):
        body, end = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        if body is None or not end:
            yield line, "ampersand", "a '&' that begins no entity"
        elif body.startswith("#"):
            digits = body[1:]
            code = int(digits[1:], 16) if digits[:1] in "xX" else int(digits)
            if 128 <= code <= 159 or code > 0x10FFFF or (code < 32 and code not in (9, 10, 13)):
                yield line, "entity", f"&{body}; names no character"
        elif body not in name2codepoint:
            yield line, "entity", f"&{body}; is no entity of HTML 4"


class _Document(HTMLParser):
    """Walks a document once; ``found`` collects (line, rule, message)."""

    def __init__(self, name: str, beside: dict[str, bytes]):
        super().__init__(convert_charrefs=False)
        self.name, self.beside = name, beside
        self.found, self.open, self.links = [], [], []
        self.places, self.seen, self.title = {}, dict.fromkeys(_ONCE, 0), ""

    def add(self, rule: str, message: str):
        self.found.append((self.getpos()[0], rule, message))

    def handle_starttag(self, tag, attrs):
        if tag in self.seen:
            self.seen[tag] += 1
        if tag in _ACTIVE:
            self.add("active_content", f"<{tag}>")
        elif tag == "style" or (tag == "link" and "stylesheet" in str(dict(attrs).get("rel"))):
            self.add("style_sheet", f"<{tag}>")
        elif tag not in tags():
            self.add("tag", f"<{tag}> is not on the list")
        if tag == "table" and any(name == "table" for name, _ in self.open):
            self.add("nested_table", "a <table> within a <table>")
        for key, value in attrs:
            self._attribute(tag, key, value or "")
        if tag == "img":
            self._image(dict(attrs))
        if tag not in tags() or tags()[tag][1] != "never":
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == (tag, self.getpos()[0]):
            self.open.pop()

    def handle_endtag(self, tag):
        names = [name for name, _ in self.open]
        if tag not in names:
            self.add("balance", f"</{tag}> closes nothing")
            return
        while self.open:
            name, line = self.open.pop()
            if name == tag:
                return
            self._left_open(name, line)

    def handle_data(self, data):
        if self.open and self.open[-1][0] == "title":
            self.title += data

    def handle_comment(self, data):
        self.add("hidden_text", "a comment")

    def handle_pi(self, data):
        self.add("active_content", f"a processing instruction <?{data[:20]}")

    def unknown_decl(self, data):
        self.add("tag", f"a marked section <![{data[:20]}")

    def _left_open(self, name, line):
        if tags().get(name, ("", "yes"))[1] == "yes":
            self.found.append((line, "balance", f"<{name}> is not closed"))

    def _attribute(self, tag, key, value):
        if key.startswith("on"):
            self.add("active_content", f"{key} on <{tag}>")
        elif tag in tags() and key not in tags()[tag][0]:
            self.add("attribute", f"{key} is not allowed on <{tag}>")
        if tag == "meta" and key == "http-equiv" and value.lower() == "refresh":
            self.add("active_content", "a page that reloads itself")
        if key == "style":
            if _LOADS.search(value):
                self.add("style_value", f"style of <{tag}>: {_LOADS.search(value).group()}")
            if _HIDES.search(value):
                self.add("hidden_text", f"style of <{tag}>: {_HIDES.search(value).group()}")
        if key == "id" or (key == "name" and tag == "a"):
            if value in self.places and self.places[value] != (tag, self.getpos()):
                self.add("duplicate_id", f"{value!r} is given twice")
            self.places.setdefault(value, (tag, self.getpos()))
        if key in ("href", "src", "background", "action", "cite", "longdesc"):
            self._address(tag, key, value.strip())

    def _address(self, tag, key, value):
        scheme = _SCHEME.match(value)
        kind = scheme.group(1).lower() if scheme else ""
        if kind in ("javascript", "vbscript"):
            self.add("active_content", f"a {kind} address on <{tag}>")
        elif kind == "data":
            self.add("data_uri", f"a data address on <{tag}>")
        elif kind or value.startswith("//"):
            if not (tag == "a" and key == "href" and _FILING.match(value)):
                self.add("outside_link", f"<{tag}> leads to {value[:60]}")
        elif tag == "a" and key == "href":
            self.links.append((self.getpos()[0], value))

    def _image(self, attrs):
        source = (attrs.get("src") or "").strip()
        if not (attrs.get("alt") or "").strip():
            self.add("image_text", f"{source[:60]} has no alternative text")
        if _SCHEME.match(source) or source.startswith("//"):
            return
        suffix = Path(source).suffix.lower()
        if suffix not in _GRAPHICS:
            self.add("image_type", f"{source[:60]} is neither .jpg nor .gif")
        elif source not in self.beside:
            self.add("image_missing", f"{source[:60]} is not beside the document")
        elif not self.beside[source].startswith(_GRAPHICS[suffix]):
            self.add("image_type", f"{source[:60]} does not begin as a {suffix} file does")

    def finish(self):
        """What can only be said at the end: open tags, unresolved links, missing structure."""
        for name, line in self.open:
            self._left_open(name, line)
        for line, value in self.links:
            document, _, place = value.partition("#")
            if document and document != self.name:
                if document not in self.beside:
                    self.found.append((line, "link_target", f"{document[:60]} is not there"))
                elif place and place not in _places(self.beside[document]):
                    self.found.append((line, "link_target", f"{value[:60]} is not there"))
            elif (place or not document) and place not in self.places:
                self.found.append((line, "link_target", f"#{place[:60]} is not there"))
        for tag, count in self.seen.items():
            if count != 1:
                self.found.append((1, "structure", f"<{tag}> stands {count} times"))
        if self.seen["title"] and not self.title.strip():
            self.found.append((1, "structure", "the title is blank"))
        return self.found


@cache
def _places(data: bytes) -> frozenset:
    parser = _Document("", {})
    parser.feed(data.decode("ascii", errors="replace"))
    return frozenset(parser.places)
