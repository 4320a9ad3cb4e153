"""Mixing: from powder and recipe to a suspension with its flow curve."""

from multiscale.stages.slurry.options import SlurryClosure, SlurryMeasured
from multiscale.stages.slurry.stage import mix

CITATIONS: tuple[str, ...] = (
    "Krieger, Dougherty 1959, doi:10.1122/1.548848",
    "Boyer, Guazzelli, Pouliquen 2011, doi:10.1103/PhysRevLett.107.188301",
    "Chateau, Ovarlez, Trung 2008, doi:10.1122/1.2838254",
    "Farr, Groot 2009, doi:10.1063/1.3276799",
    "Casson 1959, in: Rheology of Disperse Systems, ed. Mill, Pergamon, 84",
    "Herschel, Bulkley 1926, doi:10.1007/BF01432034",
)

__all__ = ["CITATIONS", "SlurryClosure", "SlurryMeasured", "mix"]
