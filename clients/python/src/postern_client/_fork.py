"""What a forked child must not share with its parent: connections, locks, calls in flight."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forked(Protocol):
    def forked(self) -> None:
        """Runs in the child, before anything else of it."""


_all: weakref.WeakSet[Forked] = weakref.WeakSet()


def watch(object: Forked) -> None:
    _all.add(object)


def _in_child() -> None:
    for object in list(_all):
        object.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
