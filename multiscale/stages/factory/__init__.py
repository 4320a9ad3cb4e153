"""Factory: mass, energy, cost and CO2 of each step per cell energy of good output."""

from multiscale.stages.factory.options import PerStep
from multiscale.stages.factory.stage import account

CITATIONS: tuple[str, ...] = (
    "Degen, Winter, Bendig, Tübke 2023, doi:10.1038/s41560-023-01355-z",
    "Jinasena, Burheim, Strømman 2021, doi:10.3390/batteries7010014",
    "Nelson et al. 2019 (BatPaC), Argonne National Laboratory, ANL/CSE-19/2",
)

__all__ = ["CITATIONS", "PerStep", "account"]
