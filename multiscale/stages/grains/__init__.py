"""Drying of the coating as particles: the suspension falls with the film and binds."""

from multiscale.stages.grains.options import Particles
from multiscale.stages.grains.stage import settle

CITATIONS: tuple[str, ...] = (
    "Font, Protas, Richardson, Foster 2018, doi:10.1016/j.jpowsour.2018.04.097",
    "Scheludko, Toshev, Bojadjiev 1976, J. Chem. Soc. Faraday Trans. 1 72, 2815",
    "Willett, Adams, Johnson, Seville 2000, doi:10.1021/la000657y",
    "Potyondy, Cundall 2004, doi:10.1016/j.ijrmms.2004.09.011",
)

__all__ = ["CITATIONS", "Particles", "settle"]
