"""The parts of the dashboard and where they stand: controls at the left, what they lead to at the right.

Makes widgets and puts them in their places. Listens to none and fills none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simimport.analysis.dashboard import controls, panels
from simimport.analysis.dashboard.names import TITLE, naming, picture_class
from simimport.model.presets import PRESETS

if TYPE_CHECKING:
    import ipywidgets as widgets

    from simimport.model.scenario import Scenario

__all__ = ["Parts"]

_TEXTS = (
    "kept", "batch_wrong", "seed_wrong", "dialect", "state", "moment", "counters", "answer", "code", "saved",
    "shares", "busy", "instant", "caption", "keys", "caption of many", "keys of many",
)  # fmt: skip


class Parts:
    """Every widget that somebody moves, and every place that is filled.

    Parameters
    ----------
    scenario, seed
        What the controls show first.
    own : str
        What the preset menu calls `scenario`, if it is none of the presets.
    at : float
        The share of the run at which the time slider begins.
    own_panels : list of str
        The titles of further tabs, each with a picture.

    Attributes
    ----------
    controls, texts, pictures : dict of str to widget
        What is set, and where texts and pictures go.
    play, again, dice, folder, save, replace, tabs : widget
        What else is pressed, written in or opened.
    whole : ipywidgets.VBox
        All of it in its place.
    """

    def __init__(self, scenario: Scenario, seed: int, *, own: str, at: float, own_panels: list[str]) -> None:
        self.play, slider = controls.time_slider(at)
        self.controls = {**_settings(scenario, seed, own), "at": slider}
        self.texts = {name: _html() for name in (*_TEXTS, *own_panels)}
        shown = ["progress", "fan", *own_panels]
        self.pictures = {name: _picture(place) for place, name in enumerate(shown)}
        self.again = controls.button("", "Back to the preset's own settings", icon="undo")
        self.dice = controls.button("", "Throw the dice: another seed", icon="dice")
        self.folder = controls.box("Folder (new)", "Where the pack is to be saved", "simimport-fixtures")
        self.save = controls.button(
            "Save", "Write every answer, one file each, and a manifest into the folder", width="56px"
        )
        self.replace = controls.button("Replace", "Put this pack in the place of the one there", width="72px")
        self.offer_replacing(False)
        self.tabs = self._tabs(own_panels)
        self.whole = self._lay_out()

    def offer_replacing(self, offered: bool) -> None:
        """Show the button that replaces a pack, or hide it."""
        self.replace.layout.display = None if offered else "none"

    def _lay_out(self) -> widgets.VBox:
        import ipywidgets as widgets

        # beside each other where both have room, else the one below the other
        apart = widgets.Layout(align_items="flex-start", flex_flow="row wrap", overflow="visible")
        self.texts["busy"].add_class("simimport-place")
        results = widgets.VBox(
            [self.texts["busy"], self.tabs],
            layout=widgets.Layout(flex="999 1 520px", min_width="0", overflow="visible"),
        )
        both = widgets.HBox([self._panel(), results], layout=apart)
        head = f"{panels.STYLE}{naming(list(self.pictures))}<h1>{TITLE}</h1>"
        whole = widgets.VBox([_html(head), both], layout=widgets.Layout(overflow="visible"))
        return whole.add_class("simimport")

    def _tabs(self, own: list[str]) -> widgets.Tab:
        import ipywidgets as widgets

        texts, fan = self.texts, self.pictures["fan"]
        many_runs = widgets.VBox([texts["shares"], texts["caption of many"], fan, texts["keys of many"]])
        drawn = [widgets.VBox([self.texts[name], self.pictures[name]]) for name in own]
        return widgets.Tab(
            [self._one_run(), many_runs, *drawn], titles=("One run", "Many runs", *own),
            layout=widgets.Layout(width="auto", min_width="0", overflow="visible"),
        )  # fmt: skip

    def _panel(self) -> widgets.VBox:
        import ipywidgets as widgets

        settings, texts, fields = self.controls, self.texts, list(controls.FIELDS)
        return widgets.VBox([
            _html(panels.heading("What is imported")),
            widgets.HBox([settings["preset"], self.again]), texts["kept"],
            settings["users"], settings["batch_size"], texts["batch_wrong"],
            widgets.HBox([settings["seed"], self.dice]), texts["seed_wrong"],
            _html(panels.heading("What goes wrong")), *(settings[name] for name in fields[:4]),
            _html(panels.heading("How fast it goes")), *(settings[name] for name in fields[4:]),
            _html(panels.heading("Who answers")), settings["dialect"], texts["dialect"],
        ], layout=widgets.Layout(flex="1 1 350px", max_width="600px", overflow="visible"))  # fmt: skip

    def _one_run(self) -> widgets.VBox:
        import ipywidgets as widgets

        texts, picture = self.texts, self.pictures["progress"]
        for layer in (picture, texts["moment"]):
            layer.layout.grid_area = "here"
        layers = widgets.GridBox(
            [picture, texts["moment"]],
            layout=widgets.Layout(
                grid_template_areas='"here"', grid_template_columns="minmax(0, 1fr)", overflow="hidden"
            ),
        )  # fmt: skip
        self.folder.style.description_width, self.folder.layout.width = "82px", "auto"
        self.folder.layout.flex = "1 1 auto"
        left = widgets.VBox([
            texts["counters"], texts["code"],
            _html(panels.heading("All of its answers, as a fixture pack")),
            widgets.HBox([self.folder, self.save, self.replace]), texts["saved"],
        ], layout=widgets.Layout(flex="1 1 300px", min_width="0", overflow="visible"))  # fmt: skip
        texts["answer"].layout.flex, texts["answer"].layout.min_width = "1 1 320px", "0"
        below = widgets.Layout(
            align_items="flex-start", flex_flow="row wrap", grid_gap="0 16px", overflow="visible"
        )
        return widgets.VBox([
            widgets.HBox([self.play, self.controls["at"], texts["instant"]]), texts["state"],
            texts["caption"], layers, texts["keys"],
            widgets.HBox([left, texts["answer"]], layout=below),
        ])  # fmt: skip


def _settings(scenario: Scenario, seed: int, own: str) -> dict[str, widgets.Widget]:
    # a widget of our own needs ipywidgets to be made
    from simimport.analysis.dashboard.knob import Knob

    chosen = next((name for name, preset in PRESETS.items() if preset == scenario), "")
    return {
        "preset": controls.preset_menu(own, chosen),
        "users": controls.users_slider(scenario.users),
        "batch_size": controls.box(
            "Batch (users)", "Users between two updates of the published counters; Enter takes it",
            str(scenario.batch_size),
        ),
        "seed": controls.box(
            "Seed (number)", "The same settings and seed give the same run; Enter takes it", str(seed)
        ),
        **{name: Knob(name, field, getattr(scenario, name)) for name, field in controls.FIELDS.items()},
        "dialect": controls.dialect_menu(),
    }  # fmt: skip


def _html(value: str = "") -> widgets.HTML:
    import ipywidgets as widgets

    return widgets.HTML(value=value, layout=widgets.Layout(margin="0"))


def _picture(place: int) -> widgets.Image:
    import ipywidgets as widgets

    # as wide as there is room; not shown while there is none, which browsers show as a broken one
    layout = widgets.Layout(margin="0", width="100%", height="auto", display="none")
    picture = widgets.Image(format="png", layout=layout)
    picture.add_class("simimport-picture").add_class(picture_class(place))
    picture.observe(lambda change: setattr(layout, "display", None if change.new else "none"), "value")
    return picture
