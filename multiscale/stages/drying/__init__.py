"""Drying of the wet film: heat, solvent and binder through its thickness."""

from multiscale.stages.drying.edge.options import Edge, Film2D
from multiscale.stages.drying.options import Film1D, Zone
from multiscale.stages.drying.stage import dry

CITATIONS: tuple[str, ...] = (
    "Font, Protas, Richardson, Foster 2018, doi:10.1016/j.jpowsour.2018.04.097",
    "VDI Heat Atlas, 2nd edition, 2010, doi:10.1007/978-3-540-77877-6",
    "Suzuki, Maeda 1968, J. Chem. Eng. Japan 1, 26",
    "Fuller, Schettler, Giddings 1966, doi:10.1021/ie50677a007",
    "Routh, Zimmerman 2004, doi:10.1016/j.ces.2004.04.027",
    "Bear 1972, Dynamics of Fluids in Porous Media",
    "Scharfetter, Gummel 1969, doi:10.1109/T-ED.1969.16566",
    "Alexander 1977, doi:10.1137/0714068",
    "Cardinal, Jung, Ahn, Francis 2010, doi:10.1002/aic.12190",
    "Buscall, White 1987, J. Chem. Soc., Faraday Trans. 1 83, 873",
    "Brooks, Corey 1964, Hydrology Paper 3, Colorado State University",
)

__all__ = ["CITATIONS", "Edge", "Film1D", "Film2D", "Zone", "dry"]
