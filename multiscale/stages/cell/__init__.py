"""Cell: discharge of the electrode against lithium and in a full cell."""

from multiscale.stages.cell.options import DFN, Counter
from multiscale.stages.cell.stage import discharge

CITATIONS: tuple[str, ...] = (
    "Doyle, Fuller, Newman 1993, doi:10.1149/1.2221597",
    "Sulzer, Marquis, Timms, Robinson, Chapman 2021 (PyBaMM), doi:10.5334/jors.309",
    "Hindmarsh et al. 2005 (SUNDIALS), doi:10.1145/1089014.1089020",
    "Nyman, Behm, Lindbergh 2008, doi:10.1016/j.electacta.2008.04.023; "
    "Landesfeind, Gasteiger 2019, doi:10.1149/2.0571912jes",
    "Kremer et al. 2020, doi:10.1002/ente.201900167",
    "Mohtat, Lee, Sulzer, Siegel, Stefanopoulou 2020, doi:10.1149/1945-7111/aba5d1",
)

__all__ = ["CITATIONS", "DFN", "Counter", "discharge"]
