"""Shown: what makes an object show a card in a notebook.

A card knows its object, so the object cannot import its card: its class names it, and it is loaded when
somebody looks. This is the one tie of the package that runs up.
"""

from __future__ import annotations

from importlib import import_module
from typing import ClassVar

__all__ = ["Shown"]


class Shown:
    """A mixin: the class says as ``_card`` which function draws it, as ``module:function``."""

    __slots__ = ()

    _card: ClassVar[str]

    def _repr_html_(self) -> str:
        return self._drawn(self)

    def _drawn(self, *parts: object) -> str:
        """Return the HTML that the card makes of parts."""
        module, _, function = self._card.partition(":")
        html: str = getattr(import_module(module), function)(*parts)
        return html
