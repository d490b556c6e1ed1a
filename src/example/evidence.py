"""The documents that the facts of an example year rest on: short texts, each marked as made up."""

import yaml

_HEAD = "ILLUSTRATION. This document is made up, like the company that it speaks of."


def files(program: bytes) -> dict[str, bytes]:
    """``evidence/…`` for each document that the facts and promises of a program.yml name."""
    given = yaml.load(program.decode("utf-8"), Loader=yaml.BaseLoader)
    found: dict[str, dict] = {}
    for item in [*given["facts"], *given["promises"]]:
        if item["document"]:
            paper = found.setdefault(item["document"], {"date": "", "owner": item["owner"],
                                                        "shows": []})
            paper["date"] = max(paper["date"], item.get("date", ""))
            paper["shows"].append(item["text"])
    return {f"evidence/{name}": _text(name, paper) for name, paper in found.items()}


def _text(name: str, paper: dict) -> bytes:
    title = name.removesuffix(".txt").replace("-", " ").capitalize()
    lines = [_HEAD, "", title]
    lines += [f"Dated {paper['date']}"] if paper["date"] else []
    lines += [f"Kept by {paper['owner']}", "", "It shows:"]
    return "\n".join([*lines, *(f"- {shown}" for shown in paper["shows"]), ""]).encode("utf-8")
