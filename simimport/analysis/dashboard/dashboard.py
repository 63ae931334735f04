"""The dashboard: sliders, boxes and menus beside a run that follows them.

The widgets only show what `view` computes. No threads: all happens while a change is being handled.
Kept whole: it is one class, and a quarter of it are docstrings with their examples.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from simimport.analysis.dashboard import controls, panels
from simimport.analysis.dashboard.given import dated, named_panels, whole_number
from simimport.analysis.dashboard.layout import Parts
from simimport.analysis.dashboard.pictures import draw_own, draw_still, theme_of
from simimport.analysis.dashboard.saving import save
from simimport.analysis.dashboard.view import REPLICATES, Many, View, many, view
from simimport.checks import whole
from simimport.errors import ParameterError, SimimportError
from simimport.memory import uncollected
from simimport.model.presets import PRESETS
from simimport.model.scenario import Scenario, scenario_of
from simimport.model.seeds import resolve
from simimport.show.words import counted, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    panels : sequence of callable, optional
        Functions of your own: each gets a tab, named as the function is, and is called with the view and a
        Matplotlib axes to draw on whenever something changes while its tab is open.

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
        If `scenario`, `seed`, `theme` or `panels` is not what it should be.

    Examples
    --------
    >>> from simimport import Dashboard, Scenario
    >>> dashboard = Dashboard(Scenario(users=500), seed=7)
    >>> dashboard.controls["failure_rate"].value = 0.05
    >>> dashboard.view.code
    'simulate(users=500, failure_rate=0.05, seed=7)'

    A picture of your own beside it:

    >>> def batches(view, ax):
    ...     ax.plot(view.run.snapshots["at_s"], view.run.snapshots["batch"])
    >>> dashboard = Dashboard(Scenario(users=500), seed=7, panels=[batches])
    """

    def __init__(
        self, scenario: Scenario | None = None, *, seed: int | None = 0, theme: str = "auto",
        panels: Sequence[Callable[[View, Axes], object]] = (),
    ) -> None:  # fmt: skip
        self._first = self._base = dated(Scenario() if scenario is None else scenario_of(scenario))
        self._seed, self._batch_size = resolve(seed), self._base.batch_size
        self._theme, self._quiet = theme_of(theme), False
        self._own, self._drawn = named_panels(panels), dict[int, View]()
        self.many: Many | None = None
        self.view: View = view(self._base, seed=self._seed, at=_BEGIN_AT, theme=self._theme)
        own = "default" if scenario is None else "as given"
        self._parts = Parts(self._base, self._seed, own=own, at=_BEGIN_AT, own_panels=list(self._own))
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
        png = draw_still(self.view.run, self._theme)
        still = {"text/plain": repr(self), "image/png": b64encode(png).decode("ascii")}
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
        self._parts.save.on_click(lambda _: self._write(replace=False))
        self._parts.replace.on_click(lambda _: self._write(replace=True))
        self._parts.folder.observe(lambda _: self._parts.offer_replacing(False), "value")
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

    def _changed(self, change: Any = None) -> None:
        if self._quiet:
            return
        # of the same run, another instant or other words are looked up
        looked_up = change is not None and change.owner in (self.controls["at"], self.controls["dialect"])
        shown = not looked_up or self._parts.tabs.selected_index > 0
        # A picture leaves thousands of objects in circles. Let go while they are young they cost little; kept
        # through a collection, they soon call for one of all that is loaded, which takes longer.
        with uncollected(), self._computing(shown=shown):
            scenario = self._scenario()
            self.view = view(
                scenario, seed=self._seed, dialect=self.controls["dialect"].value,
                at=controls.share(self.controls["at"]), theme=self._theme, earlier=self.view,
            )  # fmt: skip
            self._show()

    def _scenario(self) -> Scenario:
        fields = {name: self.controls[name].value for name in controls.FIELDS}
        users = self.controls["users"].value
        return self._base.replace(users=users, batch_size=self._batch_size, **fields)

    @contextmanager
    def _computing(self, *, shown: bool) -> Iterator[None]:
        """Say that it computes until the block ends; after a refusal, what is shown is marked as old."""
        tabs, place = self._parts.tabs, self._parts.texts["busy"]
        words = f"Computing {counted(REPLICATES, 'run')}" if tabs.selected_index == 1 else "Computing"
        if shown:
            place.value = panels.busy(words)
            tabs.add_class("simimport-old")
        refused = ""
        try:
            yield
            tabs.remove_class("simimport-old")
        except SimimportError as error:
            tabs.add_class("simimport-old")
            refused = panels.message(f"{error} What is shown is from before.", wrong=True)
        finally:
            place.value = refused

    def _take_preset(self, _: object = None) -> None:
        name = self.controls["preset"].value
        self._base = PRESETS[name] if name else self._first
        with self._together():
            controls.set_users(self.controls["users"], self._base.users)
            self.controls["batch_size"].value = str(self._base.batch_size)
            for field in controls.FIELDS:
                self.controls[field].put(getattr(self._base, field))

    def _take_batch_size(self, _: object = None) -> None:
        written, wrong = self.controls["batch_size"].value, ""
        try:
            self._batch_size = self._base.replace(batch_size=whole_number(written)).batch_size
        except ParameterError as error:
            wrong = f"{ParameterError('Batch', written, error.allowed)} It stays {number(self._batch_size)}."
        self._refuse("batch_size", "batch_wrong", wrong)

    def _take_seed(self, _: object = None) -> None:
        written, wrong = self.controls["seed"].value, ""
        try:
            self._seed = whole("Seed", whole_number(written), high=2**64 - 1, allowed=_SEEDS)
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

    def _write(self, *, replace: bool) -> None:
        saved = save(self.view, self._parts.folder.value.strip(), replace=replace)
        self._parts.texts["saved"].value = panels.message(saved.sentence, wrong=saved.wrong)
        self._parts.offer_replacing(saved.replaceable)

    # showing ------------------------------------------------------------------------------------------

    def _show(self) -> None:
        shown, texts, picture = self.view, self._parts.texts, self._parts.pictures["progress"]
        name = self.controls["preset"].value
        texts["kept"].value = panels.kept(PRESETS.about(name) if name else "", self._base, _CONTROLLED)
        if picture.value != shown.picture.png:
            picture.value = shown.picture.png
        texts["caption"].value = panels.caption(shown.picture)
        texts["keys"].value = panels.keys(shown.picture)
        texts["state"].value = panels.states(shown)
        texts["moment"].value = panels.moment(shown)
        texts["counters"].value = panels.counters(shown)
        texts["answer"].value = panels.answer(shown)
        texts["code"].value = panels.code(shown)
        texts["dialect"].value = panels.dialect(shown.dialect)
        texts["instant"].value = panels.instant(shown)
        opened = self._parts.tabs.selected_index
        if opened == 1:
            self._show_many()
        elif opened:
            self._show_own(opened - 2)

    def _show_many(self) -> None:
        shown = self.view
        if self.many and self.many.scenario == shown.scenario and self.many.seed == shown.seed:
            return
        self.many = many(shown.scenario, seed=shown.seed, theme=self._theme)
        texts, picture = self._parts.texts, self.many.picture
        texts["shares"].value = panels.shares(self.many)
        texts["caption of many"].value = panels.caption(picture)
        texts["keys of many"].value = panels.keys(picture)
        self._parts.pictures["fan"].value = picture.png

    def _show_own(self, place: int) -> None:
        if self._drawn.get(place) is self.view:
            return
        name, png, refusal = list(self._own)[place], b"", ""
        try:
            png = draw_own(self._own[name], self.view, self._theme)
        except Exception as error:  # noqa: BLE001 - it is somebody's own, and anything may be wrong in it
            refusal = f"{name} raised {type(error).__name__}: {error}"
        self._parts.texts[name].value = panels.message(refusal, wrong=True)
        self._parts.pictures[name].value = png
        self._drawn[place] = self.view


def explore(
    scenario: Scenario | None = None, *, seed: int | None = 0, theme: str = "auto",
    panels: Sequence[Callable[[View, Axes], object]] = (),
) -> None:  # fmt: skip
    """Show a dashboard here, in a notebook.

    Parameters
    ----------
    scenario : Scenario, optional
        What it shows first; the default scenario where it is left out.
    seed : int, default 0
        The seed that it shows first; None draws one.
    theme : {"auto", "light", "dark"}
        What the pictures are drawn for, as for `Dashboard`.
    panels : sequence of callable, optional
        Functions of your own that draw a tab each, as for `Dashboard`.

    Raises
    ------
    ParameterError
        If `scenario`, `seed`, `theme` or `panels` is not what it should be.

    See Also
    --------
    Dashboard : To keep hold of it, and to set it from code.

    Examples
    --------
    >>> from simimport import PRESETS, explore
    >>> explore(PRESETS["stalls_at_99"], seed=7)
    <Dashboard of simulate(users=5000, stall_at=0.99, stall_s=600.0, seed=7)>
    """
    from IPython.display import display

    shown = Dashboard(scenario, seed=seed, theme=theme, panels=panels)
    display(shown)  # type: ignore[no-untyped-call]  # as IPython has it
