"""Taking something away from the loaded application on purpose, wherever it was imported."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class NothingToReplace(RuntimeError):
    """What a mutant takes away is not there: it was renamed or moved, and the mutant has to follow."""


def replace(where: ModuleType | type, name: str, new: Any) -> None:
    """Put `new` in the place of a name of a module or a class, and wherever the application has imported it by name.

    Raises NothingToReplace."""
    if name not in vars(where):
        raise NothingToReplace(f"{where.__name__}.{name}")
    old = vars(where)[name]
    setattr(where, name, new)
    for module in [found for key, found in sys.modules.items() if key == "app" or key.startswith("app.")]:
        for known, value in list(vars(module).items()):
            # A constant may be the very object of another one: it is known by its own name alone.
            if value is old and (known == name or callable(old)):
                setattr(module, known, new)


def nothing(*_: Any, **__: Any) -> None:
    """Does nothing, whatever it is asked."""


def yes(*_: Any, **__: Any) -> bool:
    return True
