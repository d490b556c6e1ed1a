"""A form in JupyterLab over what waits for a decision.

What a form would do is shown first; a second button adds its line to ``decisions.csv``.
"""

import html

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError

_FIELDS = ("reason", "decided_by", "decided_on", "owner", "due_on")


class WaitingForm:
    """The form over what is ``open`` (``waiting_decisions``); ``box`` is what JupyterLab displays.

    ``decide`` is called with the run and what was typed, and gives what can be written.
    """

    def __init__(self, run, rows: pd.DataFrame, decide):
        import ipywidgets as widgets  # comes with JupyterLab alone

        self.run, self.open, self.decide, self.looked = run, rows, decide, None
        wide = widgets.Layout(width="95%")
        kinds = ["every kind", *rows["kind"].unique()]
        self.kind = widgets.Dropdown(options=kinds, description="Kind")
        self.search = widgets.Text(description="Search", placeholder="words of key or reason")
        self.item = widgets.Select(rows=12, description="Waits", layout=wide)
        self.why = widgets.HTML()
        self.value = widgets.Combobox(description="Value", ensure_option=False, layout=wide)
        self.said = {name: widgets.Text(description=name.replace("_", " "), layout=wide)
                     for name in _FIELDS}
        self.said["decided_on"].placeholder = "YYYY-MM-DD"
        whole = widgets.Layout(width="auto")  # as wide as its words
        self.show = widgets.Button(description="Show what it changes", layout=whole)
        self.write = widgets.Button(description="Write the line", disabled=True, layout=whole)
        self.out = widgets.HTML()
        for one in (self.kind, self.search):
            one.observe(self._list, "value")
        self.item.observe(self._about, "value")
        for one in (self.value, *self.said.values()):
            one.observe(self._stale, "value")
        self.show.on_click(self._look)
        self.write.on_click(self._write)
        self.box = widgets.VBox([
            widgets.HBox([self.kind, self.search]), self.item, self.why, self.value,
            *self.said.values(), widgets.HBox([self.show, self.write]), self.out])
        self._list()

    def _ipython_display_(self):
        from IPython.display import display

        display(self.box)

    def _list(self, *_):
        rows = self.open
        if self.kind.value != "every kind":
            rows = rows[rows["kind"] == self.kind.value]
        for word in self.search.value.lower().split():
            said = (rows["key"] + " " + rows["why"]).str.lower()
            rows = rows[said.str.contains(word, regex=False)]
        self.item.options = [(f"{row.kind}  {row.key}", at) for at, row in
                             zip(rows.index, rows.itertuples(), strict=True)]

    def _about(self, *_):
        self._stale()
        if self.item.value is None:
            self.why.value, self.value.options = "Nothing waits.", ()
            return
        row = self.open.loc[self.item.value]
        kinds = library.table("decision_kinds")
        kinds = kinds[kinds["kind"] == row["kind"]]
        words = [word for cell in kinds["values"] for word in cell.split(";") if word[:1] != "<"]
        ids = [one for one in row["suggested"].split(";") if one]
        self.value.options, self.value.value = [*ids, *words], ids[0] if ids else ""
        self.why.value = (f"<p><b>{html.escape(row['key'])}</b>: {html.escape(row['why'])}</p>"
                          f"<p>{html.escape('. '.join(kinds['fix']))}</p>")

    def _stale(self, *_):
        self.looked, self.write.disabled, self.out.value = None, True, ""

    def _look(self, *_):
        self._stale()
        row = self.open.loc[self.item.value]
        said = {name: one.value.strip() for name, one in self.said.items()}
        try:
            self.looked = self.decide(self.run, row["kind"], row["key"], self.value.value, **said)
        except InputError as error:
            self.out.value = f"<p>{html.escape(str(error))}</p>"
        else:
            self.out.value, self.write.disabled = self.looked.markup, not self.looked.lines

    def _write(self, *_):
        try:
            written = self.looked.write().markup
        except InputError as error:
            written = f"<p>{html.escape(str(error))}</p>"
        else:
            self.open = self.open.drop(index=self.item.value)
            self._list()
        self.out.value = written
