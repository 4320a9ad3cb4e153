"""Laws of force, by name; each is a `PairLaw` or a `BodyLaw` to be called with its parameters."""

from multiscale.particles.laws.brownian import brownian, pair_brownian
from multiscale.particles.laws.cgmd_artistic import cgmd_artistic
from multiscale.particles.laws.dense_drag import dense_drag
from multiscale.particles.laws.dmt import dmt
from multiscale.particles.laws.granular_hertz import granular_hertz
from multiscale.particles.laws.gravity import gravity
from multiscale.particles.laws.hertz_mindlin import hertz_mindlin, hertz_mindlin_rolling
from multiscale.particles.laws.jkr import jkr
from multiscale.particles.laws.lj_shifted import cgmd
from multiscale.particles.laws.lubrication import lubrication
from multiscale.particles.laws.mdr import mdr
from multiscale.particles.laws.meniscus import meniscus
from multiscale.particles.laws.pendular import pendular
from multiscale.particles.laws.range_adhesion import range_adhesion
from multiscale.particles.laws.stokes_drag import stokes_drag
from multiscale.particles.laws.thornton_ning import thornton_ning

__all__ = [
    "brownian",
    "cgmd",
    "cgmd_artistic",
    "dense_drag",
    "dmt",
    "granular_hertz",
    "gravity",
    "hertz_mindlin",
    "hertz_mindlin_rolling",
    "jkr",
    "lubrication",
    "mdr",
    "meniscus",
    "pair_brownian",
    "pendular",
    "range_adhesion",
    "stokes_drag",
    "thornton_ning",
]
