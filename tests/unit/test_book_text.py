"""What the energy book puts into the compiled text, and what it leaves out."""

from itertools import product

import pytest

from multiscale.particles import laws
from multiscale.particles.book_text import BODY, BOX
from multiscale.particles.law import BodyLaw, PairLaw
from multiscale.particles.sweep import Needs, module_text

PLAIN = Needs(False, False, False, False, False, False, False, False)
BOX_WORK, BODY_WORK = f"clock[{BOX}]", f"clock[{BODY}]"


def _text(needs: Needs) -> tuple[str, int]:
    pair, body = laws.dmt, laws.stokes_drag
    assert isinstance(pair, PairLaw) and isinstance(body, BodyLaw)
    return module_text([pair], [body], needs)


@pytest.mark.parametrize(("flow", "bonds"), list(product((False, True), repeat=2)))
def test_nothing_of_the_book_stands_where_nothing_is_booked(flow: bool, bonds: bool) -> None:
    """Without it the sweep sums nothing, keeps no forces and knows no gradient of the box."""
    source, rows = _text(PLAIN._replace(flow=flow, bonds=bonds))
    for name in (BOX_WORK, BODY_WORK, "box_gradient", "f0x", " l)", "l[0]", "h = 0.5"):
        assert name not in source
    booked, more = _text(PLAIN._replace(flow=flow, bonds=bonds, book=True))
    assert more == rows + 1 + flow  # a row for what is lost, one for the power of the box
    # Pairs, walls, motion; and bonds.
    assert booked.count(BOX_WORK) == (3 + bonds if flow else 0)
    assert booked.count(BODY_WORK) == 1
