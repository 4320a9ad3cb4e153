"""Size classes of the powder."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from multiscale.case.psd import CLASSES, TAIL, classes_from_percentiles, read_classes


@pytest.mark.parametrize(
    ("d10", "d50", "d90"), [(5, 10, 17), (10, 17, 28), (3, 6, 12), (1, 20, 21)]
)
def test_classes_keep_the_percentiles(d10: float, d50: float, d90: float) -> None:
    """The median is a class limit; d10 and d90 lie in the classes where they belong."""
    diameter, fraction = classes_from_percentiles(d10 * 1e-6, d50 * 1e-6, d90 * 1e-6)
    assert diameter.size == CLASSES
    assert fraction.sum() == pytest.approx(1, abs=1e-12)
    cumulative = TAIL + (1 - 2 * TAIL) * np.cumsum(fraction)
    below = np.searchsorted(
        diameter, [d10 * 1e-6, d50 * 1e-6, d90 * 1e-6]
    )  # classes whose mean is smaller
    assert cumulative[below[1] - 1] == pytest.approx(0.5, abs=1e-12)
    for position, expected in zip(
        below, (0.1, 0.5, 0.9), strict=True
    ):  # within the class that holds it
        assert (
            cumulative[max(position - 2, 0)] - 0.03
            <= expected
            <= cumulative[min(position + 1, CLASSES - 1)]
        )


def test_a_symmetric_powder_is_log_normal() -> None:
    """d90/d50 = d50/d10 gives the log-normal mean d50 exp(s^2 / 2), but for the tails."""
    s = math.log(1.5) / 1.2815515655446004
    diameter, fraction = classes_from_percentiles(10e-6 / 1.5, 10e-6, 15e-6)
    np.testing.assert_allclose(fraction, fraction[::-1], rtol=1e-9)
    mean = float((fraction * diameter).sum())
    assert mean == pytest.approx(10e-6 * math.exp(s**2 / 2), rel=0.01)


def write(folder: Path, text: str) -> Path:
    path = folder / "psd.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rounded_fractions_are_normalised(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "# sieve\nvolume fraction [percent],diameter [nm]\n33.3,2000\n33.3,3000\n33.3,4000\n",
    )
    diameter, fraction = read_classes(path)
    np.testing.assert_allclose(diameter, [2e-6, 3e-6, 4e-6], rtol=1e-12)
    np.testing.assert_allclose(fraction, 1 / 3, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "diameter,volume fraction [1]\n1,1\n",
            r"psd.csv:1: the header needs a column 'diameter \[um\]'",
        ),
        ("diameter [um],fraction [1]\n1,1\n", "needs a column 'volume fraction"),
        ("diameter [um],volume fraction [1]\n", "no rows"),
        ("diameter [um],volume fraction [1]\n1,0.5\nx,0.5\n", "psd.csv:3: diameter"),
        ("diameter [um],volume fraction [1]\n1\n", "psd.csv:2: volume fraction"),
        ("diameter [um],volume fraction [1]\n1,nan\n", "psd.csv:2: volume fraction"),
        ("diameter [um],volume fraction [1]\n2,0.5\n1,0.5\n", "increase from row to row"),
        ("diameter [um],volume fraction [1]\n1,0.5\n2,0.4\n", "sum to 0.9"),
        ("diameter [um],volume fraction [1]\n1,1.5\n2,-0.5\n", "must be positive"),
        ("diameter [kg],volume fraction [1]\n1,1\n", "psd.csv:2: diameter"),
    ],
)
def test_a_bad_table_is_named_by_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_classes(write(tmp_path, text))


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "psd.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="UTF-8"):
        read_classes(path)
