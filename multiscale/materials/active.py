"""Active materials: what a powder is made of, and how it usually comes.

Sources are listed in docs/explanation/slurry.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from multiscale.materials.lookup import lookup


@dataclass(frozen=True)
class ActiveMaterial:
    """A powder that stores lithium.

    Attributes:
        name: as in the case file.
        density: of a particle with its closed pores, as a gas pycnometer gives it, kg/m^3; the
            X-ray density of the crystal is higher, 4770 for both NMC and 2270 for graphite.
        d10, d50, d90: typical quantiles of the volume-weighted diameter, m.
        youngs_modulus: of a particle, Pa.
        poisson_ratio: of a particle.
        specific_surface: as nitrogen adsorption gives it, m^2/kg.
        jamming_ratio: solid fraction at which the sheared powder jams, over the random close
            packing of smooth spheres of the same sizes.
    """

    name: str
    density: float
    d10: float
    d50: float
    d90: float
    youngs_modulus: float
    poisson_ratio: float
    specific_surface: float
    jamming_ratio: float


# Rough spheres jam in shear at 0.585 where smooth ones pack to 0.6435 [Boyer2011, FarrGroot2009].
# Graphite flakes jam between 0.50 and 0.58; 0.80 puts the typical powder at 0.55.
# Nitrogen finds 0.2 to 0.6 m^2/g on NMC and 1 to 5 m^2/g on graphite; from memory of data sheets.
ACTIVE: dict[str, ActiveMaterial] = {
    m.name: m
    for m in (
        ActiveMaterial("NMC622", 4750.0, 5e-6, 10e-6, 17e-6, 140e9, 0.25, 300.0, 0.909),
        ActiveMaterial("NMC111", 4650.0, 4.7e-6, 9.0e-6, 13.4e-6, 140e9, 0.25, 300.0, 0.909),
        ActiveMaterial("graphite", 2240.0, 10e-6, 17e-6, 28e-6, 20e9, 0.30, 2000.0, 0.80),
    )
}


def active_material(name: str) -> ActiveMaterial:
    """Find an active material by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("active material", ACTIVE, name)
