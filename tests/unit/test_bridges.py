"""What crosses a scale keeps what it conserves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multiscale.bridges.profiles import edges_between, remap, remap_series

CELLS = st.lists(st.floats(0.1, 10.0), min_size=1, max_size=30)


@given(CELLS, st.integers(1, 40))
def test_amounts_and_resistances_are_kept(values, n):
    values = np.array(values)
    old, new = np.linspace(0, 1, values.size + 1), np.linspace(0, 1, n + 1)
    assert remap(values, old, new).mean() == pytest.approx(values.mean(), rel=1e-12)
    through = remap_series(values, old, new)
    assert (1 / through).mean() == pytest.approx((1 / values).mean(), rel=1e-12)
    assert remap(values, old, new).min() >= values.min() * (1 - 1e-9)


def test_same_cells_give_the_same_profile():
    faces = np.array([0.0, 0.2, 0.7, 1.0])
    assert remap(np.array([3.0, 1.0, 2.0]), faces, faces) == pytest.approx([3.0, 1.0, 2.0])


def test_one_cell_of_two_halves():
    assert remap(np.array([1.0, 3.0]), np.array([0, 0.5, 1]), np.array([0.0, 1.0])) == 2.0
    assert remap_series(np.array([1.0, 3.0]), np.array([0, 0.5, 1]), np.array([0.0, 1.0])) == 1.5


def test_faces_lie_between_centres():
    assert edges_between(np.array([0.25, 0.75])) == pytest.approx([0.0, 0.5, 1.0])
