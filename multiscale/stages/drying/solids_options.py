"""What can be set about the film's solids and the liquid between them."""

from __future__ import annotations

from typing import Annotated

from multiscale.coupling.stage import Options
from multiscale.stages.drying.network_options import NetworkOptions
from multiscale.units import Quantity


class SolidsOptions(Options):
    """Grains, the network between them, and the liquid that flows past both."""

    gel_point: Annotated[float, Quantity("1", low=0.02, high=0.79)] = 0.25
    """Solid fraction above which grains and additive form a network that carries stress; below the
    packing. 0.15 to 0.35 with carbon black; near the packing where grains repel each other."""
    exponent: Annotated[float, Quantity("1", low=1, high=100)] = 5.0
    """Exponent of the network's compressive yield stress over the solid fraction; 3 to 6. Its scale
    follows from the packing: there the yield stress meets the air-entry pressure."""
    close_packing: Annotated[float, Quantity("1", low=0.3, high=0.95)] | None = None
    """Largest solid fraction; left out, that of random spheres, 0.64, and 0.05 above the packing at
    least."""
    entry_factor: Annotated[float, Quantity("1", low=0.3, high=3)] = 1.0
    """Factor on the air-entry pressure of a packing of spheres; 1 to 1.7 for other shapes."""
    wetting: Annotated[float, Quantity("1", low=0.05, high=1)] = 1.0
    """Cosine of the contact angle of the liquid on the grains."""
    medium_viscosity: Annotated[float, Quantity("Pa s", low=1e-4, high=100)] = 0.1
    """Viscosity of solvent and dissolved binder in the wet film at 25 degC: 0.02 to 0.2 Pa s for
    PVDF in NMP, 0.1 to 5 for CMC in water. It thins with temperature as its solvent does."""
    thickening: Annotated[float, Quantity("1", low=0, high=5)] = 1.25
    """Exponent of that viscosity over the binder's concentration as the liquid dries; 1.25 for
    chains in a good solvent that overlap, more where they are entangled."""
    yield_stress: Annotated[float, Quantity("Pa", low=0, high=1e4)] = 1.0
    """Yield stress of the slurry at rest; above a tenth of a grain's weight over its cross-section
    no grain settles."""
    pore_index: Annotated[float, Quantity("1", low=0.3, high=20)] = 3.0
    """Brooks and Corey's index of the pore sizes: capillary pressure goes as the saturation to the
    power of minus its reciprocal."""
    network: NetworkOptions | None = None
    """Network measured on particles: its table takes the place of `gel_point`, `exponent` and
    `drying.packing`, which follows from where it meets the air-entry pressure. Left out, these
    three hold."""
    shear_modulus: Annotated[float, Quantity("Pa", low=1e8, high=1e12, display="GPa")] = 5.0e10
    """Shear modulus of the grains, for the margin against cracks: 56 GPa for NMC, 4 to 12 for
    graphite."""
