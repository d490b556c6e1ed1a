"""program.yml and lists.yml: read as text, checked and typed against schema/program.csv.

YAML guesses types, and guesses wrong: ``NO`` becomes false, ``02134`` a number in base eight.
So every scalar is read as it was typed, and the table says what it is to be.
"""

import re
from functools import cache
from pathlib import Path

import pandas as pd
import yaml
from rapidfuzz import process

from conflict_minerals.ground import library, schemas
from conflict_minerals.ground.csvfiles import decode, to_date
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import amount
from conflict_minerals.ground.terms import GATE
from conflict_minerals.ground.text import clean

_NULLS = {"", "~", "null"}
_TRUE, _FALSE = {"true", "yes", "on"}, {"false", "no", "off"}
_COMMA = "Between { and }, put a text that holds a comma in quotes"
_MOST = 100_000  # years, days, counts: nothing here is larger, and a date can bear as many days
_DEEPEST = 20
_LARGEST = 1024 * 1024
_PART = re.compile(r"[^.\[\]]+|\[\]")


def load(path: Path) -> dict:
    """The checked file as nested dicts in which every key that the table knows is there.

    Missing or blank: text ``""``, date, int and number ``None``, bool ``False``, lists empty,
    unless the table has a default. Dates are ``datetime.date``.

    Raises:
        InputError: not YAML, a key unknown or named twice, a value of another type, a key
            without which the run cannot start.
    """
    name = path.name
    node = _compose(path, name)
    # Before all else: a file of another form may hold keys that this version does not know.
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "schema" and _is_scalar(value) and not _is_null(value):
            schemas.check(name, clean(value.value), _line(key))
    return _mapping(node, "", _rows(name), name)


def blanks(program: dict) -> pd.DataFrame:
    """The required facts that are blank, as gates: ``gate, subject, reason``."""
    found = []
    for row in _rows("program.yml").values():
        if row.required != "yes":
            continue
        for place, value in _values(program, _PART.findall(row.key)):
            if value is None or value == "":
                found.append(("blank", f"program.yml {place}", f"{row.meaning}: not filled in"))
    return pd.DataFrame(found, columns=GATE, dtype="str")


def setting(program: dict, key: str):
    """The value of a key such as ``survey.due_on`` or ``entities.0.name``; else ``None``."""
    value = program
    for part in key.split("."):
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


@cache
def _rows(name: str) -> dict:
    """What may stand in a file: the lines of ``program.csv`` by their key."""
    table = library.table("program")
    return {row.key: row for row in table[table["file"] == name].itertuples()}


def _compose(path: Path, name: str) -> yaml.Node | None:
    data = path.read_bytes()
    if len(data) > _LARGEST:
        raise InputError(f"is larger than {amount(_LARGEST)}", file=name,
                         fix="Such a file has some hundred lines: check what it is")
    text = decode(data, name)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            # Looked at before anything is built: the cost grows with the square of the depth.
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise InputError("is nested too deep to be read", file=name, where=_line(event))
            if isinstance(event, yaml.AliasEvent):
                raise InputError(
                    f"uses a YAML alias (*{event.anchor})",
                    file=name,
                    where=_line(event),
                    fix="Write the value out",
                )
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"is not YAML: {clean(getattr(error, 'problem', None) or error)}",
            file=name,
            where=f"line {mark.line + 1}" if mark else "",
            fix="Put a text that holds ': ' or ' #' in quotes, and indent with blanks",
        ) from error


def _line(node) -> str:
    return f"line {node.start_mark.line + 1}"


def _mapping(node, prefix: str, rows: dict, name: str) -> dict:
    given = {}
    if not (node is None or _is_null(node)):
        if not isinstance(node, yaml.MappingNode):
            raise InputError(
                "expected keys with values", file=name, where=f"{_line(node)}, {prefix or 'top'}"
            )
        for key_node, value in node.value:
            key = clean(getattr(key_node, "value", "")) if _is_scalar(key_node) else "?"
            where = f"{_line(key_node)}, {_join(prefix, key)}"
            if key in given:
                raise InputError("stands twice", file=name, where=where, fix="Keep one")
            given[key] = (value, where)
    known = _children(rows, prefix)
    free = "*" in known
    for key, (value, where) in given.items():
        if key not in known and not free:
            raise InputError(
                "is not a key of this file", file=name, where=where,
                fix=_COMMA if node.flow_style and _is_bare(value) else
                near(key, known, f"Known are {', '.join(sorted(known))}"),
            )  # fmt: skip
    out = {}
    for key in [*known, *(k for k in given if k not in known)]:
        if key == "*":
            continue
        path = _join(prefix, key if key in known else "*")
        value, where = given.get(key, (None, _join(prefix, key)))
        out[key] = _value(value, where, path, rows, name)
    return out


def _value(node, where: str, path: str, rows: dict, name: str):
    if path in rows:
        return _typed(node, where, rows[path], name)
    if any(key.startswith(f"{path}[]") for key in rows):
        if node is None or _is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise InputError("expected a list, each item after a '-'", file=name, where=where)
        items = [_mapping(item, f"{path}[]", rows, name) for item in node.value]
        _check_ids(items, node, path, name)
        return items
    return _mapping(node, path, rows, name)


def _check_ids(items: list[dict], node, path: str, name: str) -> None:
    seen = set()
    for item, item_node in zip(items, node.value, strict=True):
        if item.get("id") in seen:
            raise InputError(
                f"the id {item['id']!r} stands twice in {path}",
                file=name,
                where=_line(item_node),
                fix="Give each its own",
            )
        seen.add(item.get("id"))


def _typed(node, where: str, row, name: str):
    if row.type == "texts":
        return _texts(node, where, row, name)
    if node is not None and not _is_scalar(node):
        raise InputError(f"expected {_WORDS[row.type]}", file=name, where=where)
    blank = node is None or _is_null(node)
    text = row.default if blank else clean(node.value)
    if text == "":
        if row.required == "must":
            raise InputError(f"is missing: {row.meaning}", file=name, where=where)
        return {"text": "", "choice": "", "bool": False}.get(row.type)
    return _CONVERT[row.type](text, row, name, where)


def _texts(node, where: str, row, name: str) -> list[str]:
    if node is None or _is_null(node):
        return []
    if _is_scalar(node):
        return [part for part in (clean(p) for p in re.split("[;,]", node.value)) if part]
    if isinstance(node, yaml.SequenceNode) and all(_is_scalar(item) for item in node.value):
        return [clean(item.value) for item in node.value]
    raise InputError("expected a list of words", file=name, where=where)


def _choice(text, row, name, where):
    allowed = row.values.split(";")
    if text not in allowed:
        raise InputError(
            f"{text!r} is not one of {', '.join(allowed)}",
            file=name,
            where=where,
            fix=near(text, allowed),
        )
    return text


def _number(text, row, name, where):
    try:
        whole = row.type == "int" or re.fullmatch(r"[+-]?\d+", text)
        number = int(text) if whole else float(text)
        least, most = map(int, row.values.split(";")) if row.values else (0, _MOST)
        if least <= number <= most:
            return number
    except ValueError:
        raise InputError(
            f"{text!r} is not {_WORDS[row.type]}", file=name, where=where, fix="Write digits only"
        ) from None
    raise InputError(f"{text} is out of range", file=name, where=where,
                     fix=f"Write a number from {least} to {most}")


def _bool(text, row, name, where):
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise InputError(f"{text!r} is neither true nor false", file=name, where=where)


_WORDS = {
    "text": "a text", "date": "a date", "int": "a whole number", "number": "a number",
    "bool": "true or false", "choice": "a word",
}
_CONVERT = {
    "text": lambda text, row, name, where: text,
    "date": lambda text, row, name, where: to_date(text, file=name, where=where),
    "int": _number,
    "number": _number,
    "bool": _bool,
    "choice": _choice,
}


def near(word: str, known, otherwise: str = "") -> str:
    """The remedy for a word that is not known: the one that was meant, if any is like it."""
    best = process.extractOne(word, known, score_cutoff=60)
    return f"Did you mean {best[0]!r}?" if best else otherwise


def _children(rows: dict, prefix: str) -> list[str]:
    start = f"{prefix}." if prefix else ""
    below = (key[len(start):] for key in rows if key.startswith(start))
    return list(dict.fromkeys(re.split(r"[.\[]", rest)[0] for rest in below))


def _join(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def _is_scalar(node) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _is_bare(node) -> bool:
    """Nothing was typed after the key: within braces, what follows a comma that was meant."""
    return _is_scalar(node) and not node.style and node.start_mark.index == node.end_mark.index


def _is_null(node) -> bool:
    return _is_scalar(node) and not node.style and node.value.strip().lower() in _NULLS


def _values(value, parts: list[str], place: str = ""):
    """Each place that a key of the table names, with its value."""
    if not parts:
        yield place, value
    elif parts[0] == "[]":
        for number, item in enumerate(value):
            label = item.get("id") or number + 1
            yield from _values(item, parts[1:], f"{place}[{label}]")
    elif parts[0] != "*":
        yield from _values(value[parts[0]], parts[1:], _join(place, parts[0]))
