"""One way of finding a material by its name, with one error message."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from multiscale.errors import CaseError


def lookup[M](what: str, table: Mapping[str, M], name: str) -> M:
    """Give the entry of `table` called `name`.

    Args:
        what: what the table lists, for the message: "solvent".
        table: known materials by name.
        name: the wanted one, exactly as the table spells it.

    Raises:
        CaseError: the name is unknown; the message suggests the nearest and lists all.
    """
    if name in table:
        return table[name]
    by_folded = {known.casefold(): known for known in table}
    near = difflib.get_close_matches(name.casefold(), by_folded, 1, 0.5)
    advice = f" Did you mean '{by_folded[near[0]]}'?" if near else ""
    raise CaseError(f"unknown {what} '{name}'.{advice} Known: {', '.join(sorted(table))}")
