"""The dashboard: sliders, boxes and menus beside a run that follows them.

The widgets only show what `view` computes. No threads: all happens while a change is being handled.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from simimport.analysis.dashboard import controls, panels
from simimport.analysis.dashboard.layout import Parts
from simimport.analysis.dashboard.pictures import theme_of
from simimport.analysis.dashboard.view import Many, View, many, view
from simimport.checks import whole
from simimport.errors import ParameterError, SimimportError, brief
from simimport.model.instants import timestamp
from simimport.model.presets import PRESETS
from simimport.model.scenario import Scenario
from simimport.model.seeds import resolve
from simimport.show.words import counted, number
from simimport.testing.fixtures.pack import write_fixtures

__all__ = ["Dashboard", "explore"]

# what has a control; the rest of the scenario stays that of the preset
_CONTROLLED = ("users", "batch_size", *controls.FIELDS)
_PUBLIC = ("controls", "many", "view", "widget")
_BEGIN_AT = 0.6
_SHORT_SEEDS = 1_000_000
_SEEDS = "a whole number from 0 to 2**64 - 1"


class Dashboard:
    """A dashboard of widgets to explore how an import behaves; it shows itself in a notebook.

    Parameters
    ----------
    scenario : Scenario, optional
        What the controls show first; the default scenario where it is left out. What has no control, such as
        ``cancel_at``, stays as it is here, or in the preset that is chosen.
    seed : int, default 0
        The seed that is shown first; None draws one.
    theme : {"auto", "light", "dark"}
        What the pictures are drawn for. As ``auto`` they are clear, in an ink that is read on light pages and
        on dark ones, and the dashboard looks as its page does; else it has paper of its own.

    Attributes
    ----------
    widget : ipywidgets.VBox
        The whole dashboard.
    controls : dict of str to ipywidgets.Widget
        The controls by name: ``preset``, ``seed``, ``dialect``, ``at`` and the fields of the scenario. What
        is set from code is as if it were moved by hand.
    view : View
        What is shown now.
    many : Many or None
        What the tab of many runs shows; None before it is opened.

    Raises
    ------
    ParameterError
        If `scenario`, `seed` or `theme` is not what it should be.

    Examples
    --------
    >>> from simimport import Dashboard, Scenario
    >>> dashboard = Dashboard(Scenario(users=500), seed=7)
    >>> dashboard.controls["failure_rate"].value = 0.05
    >>> dashboard.view.code
    'simulate(users=500, failure_rate=0.05, seed=7)'
    """

    def __init__(
        self, scenario: Scenario | None = None, *, seed: int | None = 0, theme: str = "auto"
    ) -> None:
        if scenario is not None and not isinstance(scenario, Scenario):
            raise ParameterError("scenario", scenario, "a Scenario, such as PRESETS['calm']")
        self._first = self._base = _dated(scenario or Scenario())
        self._seed, self._batch_size = resolve(seed), self._base.batch_size
        self._theme, self._quiet = theme_of(theme), False
        self.many: Many | None = None
        self.view: View = view(self._base, seed=self._seed, at=_BEGIN_AT, theme=self._theme)
        own = "default" if scenario is None else "as given"
        self._parts = Parts(self._base, self._seed, own=own, at=_BEGIN_AT)
        self.controls: dict[str, Any] = self._parts.controls
        self.widget: Any = self._parts.whole.add_class(f"simimport-{theme}")
        self._listen()
        self._show()

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in super().__dir__() if name.startswith("__"))]

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Dashboard cannot be pickled or copied: its controls belong to the page that shows them; hand "
            "over the scenario and the seed, and call Dashboard(scenario, seed=seed) there"
        )

    def __repr__(self) -> str:
        return f"<Dashboard of {self.view.code}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the widget, and for places that show none, such as code hosts, the picture and the code."""
        still = {"text/plain": repr(self), "image/png": b64encode(self.view.picture.png).decode("ascii")}
        return {**self.widget._repr_mimebundle_(), **still}

    # listening ----------------------------------------------------------------------------------------

    def _listen(self) -> None:
        special: dict[str, Callable[..., None]] = {
            "preset": self._take_preset, "batch_size": self._take_batch_size, "seed": self._take_seed,
        }  # fmt: skip
        for name, control in self.controls.items():
            control.observe(special.get(name, self._changed), "value")
        self._parts.again.on_click(self._take_preset)
        self._parts.dice.on_click(self._throw)
        self._parts.save.on_click(self._write)
        self._parts.tabs.observe(self._changed, "selected_index")

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Show once, after all changes that are made inside."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False
        self._changed()

    def _changed(self, _: object = None) -> None:
        if self._quiet:
            return
        moved, base = self.controls, self._base
        fields = {name: moved[name].value for name in controls.FIELDS}
        scenario = base.replace(users=moved["users"].value, batch_size=self._batch_size, **fields)
        self.view = view(
            scenario, seed=self._seed, dialect=moved["dialect"].value, at=controls.share(moved["at"]),
            theme=self._theme, earlier=self.view,
        )  # fmt: skip
        self._show()

    def _take_preset(self, _: object = None) -> None:
        name = self.controls["preset"].value
        self._base = PRESETS[name] if name else self._first
        with self._together():
            controls.set_users(self.controls["users"], self._base.users)
            self.controls["batch_size"].value = str(self._base.batch_size)
            for field in controls.FIELDS:
                self.controls[field].value = getattr(self._base, field)

    def _take_batch_size(self, _: object = None) -> None:
        written, wrong = self.controls["batch_size"].value, ""
        try:
            self._batch_size = self._base.replace(batch_size=_number_of(written)).batch_size
        except SimimportError as error:
            wrong = f"{error} It stays {number(self._batch_size)}."
        self._refuse("batch_size", "batch_wrong", wrong)

    def _take_seed(self, _: object = None) -> None:
        written, wrong = self.controls["seed"].value, ""
        try:
            self._seed = whole("seed", _number_of(written), high=2**64 - 1, allowed=_SEEDS)
        except SimimportError as error:
            wrong = f"{error} It stays {self._seed}."
        self._refuse("seed", "seed_wrong", wrong)

    def _refuse(self, name: str, place: str, wrong: str) -> None:
        """Say in place what is wrong with a box, if anything is; else show what follows from it."""
        box = self.controls[name]
        (box.add_class if wrong else box.remove_class)("simimport-wrong")
        self._parts.texts[place].value = panels.message(wrong, wrong=True)
        if not wrong:
            self._changed()

    def _throw(self, _: object) -> None:
        thrown = resolve(None) % _SHORT_SEEDS
        # never the same again: it would look as if nothing had happened
        self.controls["seed"].value = str(thrown + 1 if thrown == self._seed else thrown)

    def _write(self, _: object) -> None:
        folder, wrong = self._parts.folder.value.strip(), True
        try:
            manifest = write_fixtures(self.view.run, folder, dialect=self.view.dialect)
        except SimimportError as error:
            sentence = str(error)
        except OSError as error:
            sentence = f"{brief(folder)} cannot be written: {error.strerror or error}."
        else:
            answers = counted(manifest["answers"], "answer")
            sentence, wrong = f"Saved in {folder}: {answers}, the states and the refusals.", False
        self._parts.texts["saved"].value = panels.message(sentence, wrong=wrong)

    # showing ------------------------------------------------------------------------------------------

    def _show(self) -> None:
        shown, texts, picture = self.view, self._parts.texts, self._parts.pictures["progress"]
        name = self.controls["preset"].value
        texts["kept"].value = panels.kept(PRESETS.about(name) if name else "", self._base, _CONTROLLED)
        if picture.value != shown.picture.png:
            picture.value = shown.picture.png
        texts["state"].value = panels.states(shown)
        texts["moment"].value = panels.moment(shown)
        texts["counters"].value = panels.counters(shown)
        texts["answer"].value = panels.answer(shown)
        texts["code"].value = panels.code(shown)
        texts["dialect"].value = panels.dialect(shown.dialect)
        if self._parts.tabs.selected_index == 1:
            self._show_many()

    def _show_many(self) -> None:
        shown = self.view
        if self.many and self.many.scenario == shown.scenario and self.many.seed == shown.seed:
            return
        self.many = many(shown.scenario, seed=shown.seed, theme=self._theme)
        self._parts.texts["shares"].value = panels.shares(self.many)
        self._parts.pictures["fan"].value = self.many.picture.png


def explore(scenario: Scenario | None = None, *, seed: int | None = 0, theme: str = "auto") -> None:
    """Show a dashboard here, in a notebook.

    Parameters
    ----------
    scenario : Scenario, optional
        What it shows first; the default scenario where it is left out.
    seed : int, default 0
        The seed that it shows first; None draws one.
    theme : {"auto", "light", "dark"}
        What the pictures are drawn for, as for `Dashboard`.

    Raises
    ------
    ParameterError
        If `scenario`, `seed` or `theme` is not what it should be.

    See Also
    --------
    Dashboard : To keep hold of it, and to set it from code.
    """
    from IPython.display import display

    display(Dashboard(scenario, seed=seed, theme=theme))  # type: ignore[no-untyped-call]  # as IPython has it


def _dated(scenario: Scenario) -> Scenario:
    """Return the scenario with the present instant in place of ``now``: every picture of it has the same."""
    if scenario.epoch != "now":
        return scenario
    from simimport.realtime import now

    return scenario.replace(epoch=timestamp(now()))


def _number_of(written: str) -> int | str:
    """Return the whole number that is written in a box; anything else as it is, to be refused."""
    try:
        return int(written.replace(",", ""))
    except ValueError:
        return written
