"""Print what hotter air changes: differences between samples of one seed on one voxel edge.

Run: python cases/air_and_rate/paired.py runs/air_and_rate/samples.csv [more/samples.csv ...]

The same seed draws the same spheres for both airs, and both go through the same press and grid.
What chance and grid add to both alike drops out of their difference d; what is left of chance shows
in the standard error of the mean over n seeds, s(d)/sqrt(n).
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MILD, HOT = "70", "130"  # degC


@dataclass(frozen=True)
class Change:
    """A result in mild air, and what hot air changes of it, by seed.

    Attributes:
        mild: shape (seed,).
        change: hot less mild, shape (seed,).
    """

    mild: np.ndarray
    change: np.ndarray

    @property
    def error(self) -> float:
        """Standard error of the mean change."""
        return float(self.change.std(ddof=1) / np.sqrt(self.change.size))


def paired(rows: Sequence[dict[str, str]]) -> dict[tuple[str, str], Change]:
    """Pair samples by seed; give each result's change by voxel edge and result."""
    results = [key for key in rows[0] if f"error({key.split(' ')[0]})" in " ".join(rows[0])]
    found = {}
    for voxel in dict.fromkeys(row["voxel [um]"] for row in rows):
        here = [row for row in rows if row["voxel [um]"] == voxel]
        mild, hot = ({r["seed"]: r for r in here if r["air [degC]"] == air} for air in (MILD, HOT))
        for key in results:
            pairs = np.array([[float(mild[s][key]), float(hot[s][key])] for s in mild])
            found[voxel, key] = Change(pairs[:, 0], pairs[:, 1] - pairs[:, 0])
    return found


def main(paths: Sequence[Path]) -> None:
    """Print a row for each result and voxel edge, of all samples together."""
    rows = [row for path in paths for row in csv.DictReader(path.read_text("utf-8").splitlines())]
    found = paired(rows)
    print("| result | voxel / µm | 70 degC, mean | change to 130 degC | by seed |")
    print("|---|---|---|---|---|")
    for (voxel, key), c in found.items():
        each = ", ".join(f"{d:+.3g}" for d in c.change)
        print(f"| {key} | {voxel} | {c.mild.mean():.4g} | {c.change.mean():+.3g} ± {c.error:.2g} "
              f"| {each} |")  # fmt: skip


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
