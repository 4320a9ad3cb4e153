"""What can be set for the microstructure."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, computed_field, field_validator, model_validator

from multiscale.coupling.stage import InputFile, Options
from multiscale.stages.microstructure.images import StoredImage, file_digest, open_image
from multiscale.stages.microstructure.labels import ImagePhases, label_problems, value_counts
from multiscale.stages.microstructure.morphology import Set
from multiscale.units import Quantity

Axis = Literal["x", "y", "z"]
Spacing = Annotated[float, Quantity("m", low=1e-9, high=1e-4, display="um")]
Share = Annotated[float, Quantity("1", low=0.0, high=1.0)]


# Voxels up to which the domain is filled on half their edge where nothing else is asked for.
HALVES_UP_TO = 4_000_000


def on_halves(asked: bool | None, shape: tuple[int, int, int]) -> bool:
    """Whether the carbon-binder domain is filled on voxels of half the edge too."""
    return bool(np.prod(shape) <= HALVES_UP_TO) if asked is None else asked


class Stochastic(Options):
    """Relaxed random packing of spheres, carbon-binder domain by bridging and energy rules."""

    kind: Literal["stochastic"] = "stochastic"
    """Packing of spheres with the powder's sizes, filled to the electrode's composition."""
    voxel_size: Annotated[float, Quantity("m", low=5e-8, high=5e-6, display="um")] = 0.5e-6
    """Voxel edge; along z it is adjusted so that a whole number of voxels fills the thickness."""
    lateral_size: Annotated[float, Quantity("m", low=5e-6, high=5e-4, display="um")] = 60e-6
    """Edge of the box in the plane of the foil; at least five large particles (d90) are advised."""
    aspect_ratio: Annotated[float, Quantity("1", low=0.1, high=2.0)] = 1.0
    """Polar over equatorial diameter of the particles, which keep the volume of the powder's
    spheres: below 1 plates, as of graphite, above 1 rods."""
    orientation: Annotated[float, Quantity("1", low=-0.5, high=1.0)] = 1.0
    """Orientation parameter S = <3 cos^2 - 1>/2 of the angles between poles and z, drawn from
    Watson's distribution: 1 all plates lie flat, 0 no direction preferred, -0.5 all poles in the
    plane."""
    nanoporosity: Annotated[float, Quantity("1", low=0.0, high=0.8)] = 0.47
    """Pore fraction inside the carbon-binder domain."""
    bridge_fraction: Share | None = None
    """Share of the carbon-binder domain that sits in bridges between two particles; like the next
    three from recipe and drying where left out."""
    clustering: Share | None = None
    """Share w of heaps in what neither bridges, agglomerates nor fibrils take; film on the
    particles is the rest."""
    cluster_fraction: Share | None = None
    """Share of the carbon-binder domain in agglomerates of their own size, stuck to particles."""
    cluster_size: Annotated[float, Quantity("m", low=1e-7, high=1e-5, display="um")] = 2e-6
    """Diameter of the agglomerates."""
    fibril_fraction: Share | None = None
    """Share of the carbon-binder domain in straight fibrils, as shear draws them from PTFE in a dry
    mix."""
    fibril_diameter: Annotated[float, Quantity("m", low=2e-8, high=5e-6, display="um")] = 0.5e-6
    """Diameter of the fibrils; never less than a voxel."""
    fibril_length: Annotated[float, Quantity("m", low=1e-7, high=1e-4, display="um")] = 15e-6
    """Length of their axes."""
    grain_size: Annotated[float, Quantity("m", low=5e-8, high=5e-6, display="um")] = 1e-6
    """Diameter of the grains that the energy rule places; resolved if it is at least two voxels."""
    additive_follows_binder: bool = True
    """Whether the additive has the binder's profile over the thickness; uniform otherwise."""
    sweeps: Annotated[int, Field(ge=5, le=1000)] = 40
    """Draws of the energy rule; the more, the closer to placing one voxel at a time."""
    domain_on_halves: bool | None = None
    """Whether to fill the carbon-binder domain on voxels of half the edge too, for electrons
    and ions; where left out, up to 4 million voxels."""

    @model_validator(mode="after")
    def _shares_fit(self) -> Stochastic:
        names = ("bridge_fraction", "cluster_fraction", "fibril_fraction")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        if sum(given.values()) > 1:
            said = [f"{name} {value:g}" for name, value in given.items()]
            raise ValueError(f"{', '.join(said[:-1])} and {said[-1]} sum to more than 1")
        return self

    def forms(self) -> Set:
        """Which shares of the domain's forms are set."""
        return Set(
            bridge=self.bridge_fraction,
            cluster=self.cluster_fraction,
            fibril=self.fibril_fraction,
            clustering=self.clustering,
        )

    def probe(self) -> Stochastic:
        """A box of three fifths of the edge; the voxels stay, since they decide what connects."""
        return self.model_copy(update={"lateral_size": 0.6 * self.lateral_size})


class Packed(Options):
    """The spheres of the stage grains, pressed to the electrode's thickness, on voxels."""

    kind: Literal["particles"] = "particles"
    """The packing that was dried as particles; needs the stage [grains]."""
    voxel_size: Annotated[float, Quantity("m", low=5e-8, high=5e-6, display="um")] = 0.5e-6
    """Voxel edge, adjusted so that whole numbers of voxels fill the packing's box."""
    steps: Annotated[int, Field(ge=500, le=1_000_000)] = 4000
    """Time steps in which the plate goes down to the electrode's thickness."""
    domain_on_halves: bool | None = None
    """Whether to label the carbon-binder domain on voxels of half the edge too, for electrons
    and ions; where left out, up to 4 million voxels."""


class Labels(Options):
    """Grey values of the phases in an image."""

    pore: int = 0
    """Open pore."""
    am: int = 1
    """Active material."""
    cbd: int | None = 2
    """Carbon-binder domain; an image without it may keep the default."""


class Image(Options):
    """Labelled tomography: TIFF stack, raw bytes or HDF5, measured like our own packings."""

    kind: Literal["image"] = "image"
    """A labelled volume from a file; what it holds comes from the image, not from the electrode."""
    path: Annotated[str, InputFile()] = Field(exclude=True)
    """File, `.tif`, `.raw` or `.h5`, or a folder of TIFF slices in the order of their numbers,
    relative to the case file, or to the working directory if given on the command line. Its content
    counts for reuse, not its name."""
    spacing: Spacing | tuple[Spacing, Spacing, Spacing]
    """Edge of a voxel, or its edges along x, y and z."""
    labels: Labels = Labels()
    """Which grey value is which phase."""
    axes: tuple[Axis, Axis, Axis] = ("z", "y", "x")
    """What the axes of the file are, slowest first (of a TIFF: pages, rows, columns); z runs
    through the thickness."""
    from_top: bool = False
    """Whether the first voxel along z is at the top of the coating; at the foil otherwise."""
    periodic: bool = False
    """Whether the image repeats in x and y; mirrored at its planes otherwise."""
    shape: tuple[int, int, int] | None = None
    """Voxels along the axes of the file; raw files need it."""
    dtype: Literal["uint8", "uint16", "int8", "int16", "int32"] = "uint8"
    """Type of a raw file's values, little-endian."""
    dataset: str | None = None
    """Data set of an HDF5 file; needed where it holds more than one volume."""
    nanoporosity: Annotated[float, Quantity("1", low=0.0, high=0.8)] = 0.47
    """Pore fraction inside the carbon-binder domain."""
    middle: int | None = Field(default=None, ge=16)
    """Keep only this many voxels along each axis in the middle of the image; all where left out."""

    @field_validator("spacing", mode="before")
    @classmethod
    def _one_edge_or_three(cls, value: object) -> object:
        if isinstance(value, list | tuple) and len(value) != 3:
            raise ValueError(f"{len(value)} edges; write one, or three along x, y and z")
        return value

    @computed_field  # type: ignore[prop-decorator]  # mypy knows property, not cached_property
    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file: another image makes another key."""
        return file_digest(Path(self.path))

    @model_validator(mode="after")
    def _is_a_labelled_volume(self) -> Image:
        """Read the file once, piece by piece, so that `check` reports all that is wrong with it."""
        labels = {k: v for k, v in self.labels.model_dump().items() if v is not None}
        wrong = []
        if sorted(self.axes) != ["x", "y", "z"]:
            wrong.append(f"axes = {list(self.axes)} needs each of 'x', 'y' and 'z' once")
        if len(set(labels.values())) < len(labels):
            wrong.append(f"two phases have the same label: {labels}")
        try:
            image = self._file()
            wrong += label_problems(value_counts(image), labels)
        except ValueError as error:
            raise ValueError("; ".join([*wrong, str(error)])) from None
        if self.middle is not None and self.middle > min(image.shape):
            wrong.append(f"middle = {self.middle} exceeds the image's {list(image.shape)} voxels")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def edges(self) -> NDArray[np.float64]:
        """Edges of a voxel along x, y, z [m]."""
        return np.full(3, self.spacing)

    def phases(self) -> ImagePhases:
        """The volume in the file, not read yet.

        Raises:
            ValueError: the file is not there, or no longer what the options say.
        """
        values = (v for v in (self.labels.am, self.labels.cbd) if v is not None)
        return ImagePhases(self._file(), tuple(values), self.axes, self.from_top, self.middle)

    def _file(self) -> StoredImage:
        return open_image(Path(self.path), self.shape, self.dtype, self.dataset)
