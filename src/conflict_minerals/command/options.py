"""The options of the command line, and what is said of a wrong one."""

import argparse
import difflib
import re

from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.stages import STAGES


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are of the same form as all others."""

    def error(self, message: str):
        wrong = next((w.rstrip(":") for w in message.split() if w.startswith("--")), "")
        # What no command takes is noticed by the parser above them all.
        below = self._subparsers._group_actions[0].choices.values() if self._subparsers else ()
        known = {o for p in (self, *below) for o in p._option_string_actions}
        near = difflib.get_close_matches(wrong, sorted(known), 1, 0.6) if wrong else []
        said = f"Did you mean {near[0]}?" if near and near[0] != wrong else ""
        fix = said or f"See {self.prog} --help"
        raise InputError(message, fix=fix)


def parser() -> argparse.ArgumentParser:
    """What the command line takes; ``command`` of what it gives names the command."""
    every = _Parser(prog="python -m helpers", description="Conflict minerals workbook")
    commands = every.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name, meaning):
        command = commands.add_parser(name, help=meaning, description=meaning, allow_abbrev=False)
        command.set_defaults(command=name)
        return command

    def folders(command, *names):
        command.add_argument("--year", type=year_of, default=(2018, ""), help=_YEAR)
        for name in names:
            command.add_argument(f"--{name}", default="", metavar="DIR", help=_FOLDERS[name])

    report = add("report", "run a year's chain")
    run = add("run", "run one step's notebook by itself, in place")
    run.add_argument("step", help="see `plan`")
    lab = add("lab", "open JupyterLab on working copies of a year's notebooks, in lab/<year>")
    for command in (report, run, lab):
        folders(command, *_OWN, "against")
        command.add_argument("--as-of", default="", metavar="YYYY-MM-DD", help=_AS_OF)
        command.add_argument("--workers", type=int, metavar="N", help="processes that read files")
        command.add_argument("--engine", choices=["local", "dask"], help="where files are read")
        command.add_argument("--cache", metavar="DIR", help="what was read before")
        command.add_argument("--scheduler", metavar="ADDRESS", help="of the dask cluster")

    report.add_argument("--until", default="", choices=STAGES, help="judge no later stage")
    report.add_argument("--time-limit", type=int, metavar="SECONDS",
                        help="end in one line, and leave what was there, when it takes longer")
    report.add_argument("--all", dest="everything", action="store_true",
                        help="run every notebook, whatever changed")

    add("plan", "print the chain's steps as JSON")
    year = add("year", "lay out a new year's inputs")
    folders(year, *_OWN)
    year.add_argument("--from", dest="before", type=int, help="year to carry over from")
    year.add_argument("--amends", default="", metavar="NO", help="lay out an amendment of it")
    check = add("check", "look at one supplier's file without a year: findings, smelters, a letter")
    check.add_argument("only_file", metavar="FILE")
    check.add_argument("--year", type=int, help="that the survey is about (the last calendar year)")
    inbox = add("inbox", "show what came by mail, and file what a person confirms")
    folders(inbox, *_OWN)
    inbox.add_argument("--file", action="append", default=[], metavar="ID=SUPPLIER",
                       help="file the thing of that id into the supplier's folder")
    inbox.add_argument("--confirm", action="store_true",
                       help="file every template for which one supplier is proposed")
    inbox.add_argument("--aside", action="append", default=[], metavar="ID",
                       help="put the message or file of that id into inbox/aside")
    inbox.add_argument("--on", default="", metavar="YYYY-MM-DD",
                       help="day of receipt of what came without a message")
    verify = add("verify", "check every hash and figure again")
    folders(verify, *_OWN, "against")
    verify.add_argument("--pack", default="", metavar="FILE", help="check an external pack")
    verify.add_argument("--same-as", default="", metavar="DIR",
                        help="outputs that another machine made of the same year")
    verify.add_argument("--rebuild", action="store_true", help="make the year again and compare")
    sign = add("sign", "sign what a year's form and report print")
    folders(sign, *_OWN)
    sign.add_argument("--role", required=True, help="who signs: see signing.json")
    sign.add_argument("--name", default="", help="of the person; else that of program.yml, signers")
    sign.add_argument("--conformed", default="", help="signature as the form prints it")
    sign.add_argument("--authentication", default="", help="where the signed page is kept")
    sign.add_argument("--note", default="")
    freeze = add("freeze", "mark a year as made, or as filed")
    folders(freeze, *_OWN)
    freeze.add_argument("--filed", default="", metavar="DIR", help="the documents as filed")
    freeze.add_argument("--accession", default="", metavar="NO", help="under which it was filed")
    freeze.add_argument("--reason", default="", help="why what was filed differs")
    prefill = add("prefill", "fill a blank template with a supplier's own last answers")
    folders(prefill, *_OWN)
    prefill.add_argument("--supplier", required=True, help="as in suppliers.csv of that year")
    prefill.add_argument("--blank", required=True, metavar="FILE", help="official blank template")
    prefill.add_argument("--out", default="", metavar="DIR", help="outputs/prefilled")
    customers = add("customers", "fill the declarations that customers asked for")
    folders(customers, *_OWN)
    customers.add_argument("--customers", default="", metavar="DIR", help="data/raw/customers")
    customers.add_argument("--out", default="", metavar="DIR", help="outputs/customers")
    customers.add_argument("--as-of", default="", metavar="YYYY-MM-DD", help="day of declaring")
    pack = add("pack", "zip a year's evidence to keep it or to hand it on")
    folders(pack, "raw", "outputs")
    pack.add_argument("--edition", default="full", choices=["full", "external"])
    pack.add_argument("--out", default="", metavar="FILE", help="packs/<year>-<edition>.zip")
    redline = add("redline", "mark what changed between two .docx of the report")
    redline.add_argument("old", help="the earlier draft or another year's report")
    redline.add_argument("new", help="the report as it stands now")
    redline.add_argument("out", help="the .docx with tracked changes to write")
    add("bench", "measure against what a user would do otherwise").add_argument(
        "only", nargs="*", help="names of benchmarks; all when none is named"
    )
    add("docs", "write the pages of the documentation that are made from tables")
    lint = add("lint", "check files against EDGAR's rules")
    lint.add_argument("files", nargs="+")
    return every


def year_of(text: str) -> tuple[int, str]:
    """A reporting year and, of an amendment such as ``2024-A1``, the name of its folders."""
    found = re.fullmatch(r"(\d+)(-A\d+)?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a reporting year")
    return int(found[1]), text if found[2] else ""


_YEAR = "reporting year, or an amendment as it was laid out: 2024-A1"
_AS_OF = "another review date"
# Every command on a year takes all of these, so that a script may name them once; some use fewer.
_OWN = ("raw", "processed", "outputs")
_FOLDERS = {
    "raw": "the year's inputs (data/raw/<year>)",
    "processed": "the tables between (data/processed/<year>)",
    "outputs": "the year's results (outputs/<year>)",
    "against": "another year's outputs to compare with",
}
