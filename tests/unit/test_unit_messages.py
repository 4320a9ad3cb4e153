"""What a reader of units says when a value does not fit, in the unit that people use."""

from __future__ import annotations

import pytest

from multiscale.units import Quantity, UnitError

AIR = Quantity("K", low=283.15, high=423.15, display="degC")


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (120, 'e.g. "120 degC"'),
        ("120", 'e.g. "120 degC"'),
        ("warm", 'e.g. "1 degC"'),
        ("120 m", "needs degC"),
        (True, "in degC"),
    ],
)
def test_the_advice_is_in_the_usual_unit(value: object, advice: str) -> None:
    with pytest.raises(UnitError, match=advice):
        AIR.read(value)
