"""What every hand-over between stages is: a frozen set of SI values that is valid if it exists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import HandoverError

Kind = Literal["scalar", "profile", "field", "closure", "text"]
FloatArray = NDArray[np.float64]
_PLANES = 64  # of a field in a file that are held at once, at least


@dataclass(frozen=True)
class Port:
    """What one field of a record is.

    Attributes:
        unit: SI unit, written for `multiscale.units` ("1" where dimensionless).
        doc: meaning, one line.
        kind: scalar, profile (small array), field (large array, kept by reference), closure or
            text.
        dims: names of the axes, slowest first.
        low, high: admissible range, inclusive, in `unit`.
        computed: a solver gives it, so that the record must state its numerical error.
        display: unit people read it in; `unit` where empty.
        x_unit: unit of the abscissa (closures only).
    """

    unit: str
    doc: str
    kind: Kind = "scalar"
    dims: tuple[str, ...] = ()
    low: float = -np.inf
    high: float = np.inf
    computed: bool = False
    display: str = ""
    x_unit: str = ""
    dtype: str = "<f8"


def scalar(
    unit: str,
    doc: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    computed: bool = False,
    display: str = "",
) -> Port:
    """Describe one number."""
    return Port(unit, doc, "scalar", (), low, high, computed, display)


def profile(
    unit: str,
    doc: str,
    *dims: str,
    low: float = -np.inf,
    high: float = np.inf,
    computed: bool = False,
    display: str = "",
) -> Port:
    """Describe a small array with named axes, held in memory by every rank."""
    return Port(unit, doc, "profile", dims, low, high, computed, display)


def volume(unit: str, doc: str, *dims: str, dtype: str = "|u1") -> Port:
    """Describe a large array on voxels, kept by reference once it is stored."""
    return Port(unit, doc, "field", dims, dtype=dtype)


def closure(unit: str, doc: str, *, x_unit: str, low: float = -np.inf, display: str = "") -> Port:
    """Describe a tabulated function of one variable."""
    return Port(unit, doc, "closure", low=low, x_unit=x_unit, display=display)


def text(doc: str) -> Port:
    """Describe a name or a small document."""
    return Port("1", doc, "text")


@dataclass(frozen=True)
class Closure:
    """A tabulated function y(x) with a validity box, interpolated linearly in log x and log y.

    Attributes:
        x: abscissae, strictly increasing and positive.
        y: ordinates, positive, same length.
    """

    x: FloatArray
    y: FloatArray

    def __post_init__(self) -> None:
        if self.x.shape != self.y.shape or self.x.ndim != 1 or self.x.size < 2:
            raise HandoverError(
                f"a closure needs two equal rows, got {self.x.shape} and {self.y.shape}"
            )
        if not ((np.diff(self.x) > 0).all() and self.x[0] > 0 and (self.y > 0).all()):
            raise HandoverError("a closure needs increasing positive x and positive y")

    def __call__(self, x: float) -> float:
        """Evaluate inside the box.

        Raises:
            HandoverError: x lies outside the table; a closure never extrapolates.
        """
        if not self.x[0] <= x <= self.x[-1]:
            raise HandoverError(
                f"closure asked at {x:.4g}, tabulated for {self.x[0]:.4g}..{self.x[-1]:.4g}"
            )
        return float(np.exp(np.interp(np.log(x), np.log(self.x), np.log(self.y))))


@dataclass(frozen=True)
class FieldRef:
    """A large array in a stored file: each rank reads the part it needs.

    The file holds it with its axes reversed (z, y, x), as VTK lays images out; `read` gives (x, y,
    z).
    """

    path: Path
    dataset: str
    digest: str
    shape: tuple[int, ...]
    dtype: str

    def read(
        self, x: slice = slice(None), y: slice = slice(None), z: slice = slice(None)
    ) -> NDArray[Any]:
        """Read a block, axes (x, y, z)."""
        import h5py

        with h5py.File(self.path) as file:
            return np.ascontiguousarray(file[self.dataset][z, y, x].transpose(2, 1, 0))


def array_digest(value: NDArray[Any]) -> str:
    """SHA-256 of dtype, shape and C-order content."""
    digest = hashlib.sha256(f"{value.dtype.str}|{value.shape}|".encode())
    digest.update(np.ascontiguousarray(value))
    return digest.hexdigest()


def stored_digest(data: Any) -> str:
    """The same of a field in a file, whose axes are reversed there, without holding all of it."""
    nx = data.shape[-1]
    digest = hashlib.sha256(f"{data.dtype.str}|{data.shape[::-1]}|".encode())
    # Whole chunks along x, so that none is read and unpacked twice.
    chunk = data.chunks[-1] if data.chunks else 1
    step = chunk * -(-_PLANES // chunk)
    for x in range(0, nx, step):
        digest.update(np.ascontiguousarray(data[..., x : x + step].transpose()))
    return digest.hexdigest()


@dataclass(frozen=True)
class Record:
    """Base of every hand-over. Subclasses are frozen dataclasses whose annotations are ports.

    Attributes:
        error: absolute numerical error of each computed field, in the field's unit (largest entry
            of an array); 0 where the field follows in closed form from its inputs.

    Raises:
        HandoverError: on construction, if a value breaks its port; the field is named.
    """

    error: Annotated[Mapping[str, float], "numerical error"] = field(
        default_factory=dict, kw_only=True
    )

    @classmethod
    @cache
    def ports(cls) -> dict[str, Port]:
        """The ports by field name, in order."""
        hints = get_type_hints(cls, include_extras=True)
        return {f.name: hints[f.name].__metadata__[0] for f in fields(cls) if f.name != "error"}

    def __post_init__(self) -> None:
        for name, port in self.ports().items():
            value = getattr(self, name)
            if port.kind in ("scalar", "profile"):
                value = np.array(value, port.dtype, order="C")
                value.setflags(write=False)
                object.__setattr__(
                    self, name, float(value) if port.kind == "scalar" and value.ndim == 0 else value
                )
            _check(f"{type(self).__name__}.{name}", value, port)
            # An empty array holds no number that could err.
            stated = self.error.get(name, np.nan) >= 0 or np.size(value) == 0
            if port.computed and not stated:
                raise HandoverError(
                    f"{type(self).__name__}.{name} is computed, but states no numerical error"
                )
        unknown = set(self.error) - set(self.ports())
        if unknown:
            raise HandoverError(
                f"{type(self).__name__}.error names unknown fields {sorted(unknown)}"
            )

    def digest(self) -> str:
        """SHA-256 of the content: neither file layout nor dates count."""
        total = hashlib.sha256(type(self).__name__.encode())
        for name, port in self.ports().items():
            total.update(f"|{name}|{port.unit}|{_content(getattr(self, name), port)}".encode())
        total.update(repr(sorted((k, float(v)) for k, v in self.error.items())).encode())
        return total.hexdigest()


def _content(value: Any, port: Port) -> str:
    if port.kind == "text":
        return hashlib.sha256(str(value).encode()).hexdigest()
    if port.kind == "closure":
        return array_digest(value.x) + array_digest(value.y)
    if isinstance(value, FieldRef):
        return value.digest
    return array_digest(np.asarray(value, port.dtype))


def _check(where: str, value: Any, port: Port) -> None:
    """Refuse what breaks its port, naming the field, the value and the range."""
    match port.kind:
        case "text":
            if not isinstance(value, str):
                raise HandoverError(f"{where} is {type(value).__name__}, needs text")
            return
        case "closure":
            if not isinstance(value, Closure):
                raise HandoverError(f"{where} is {type(value).__name__}, needs a Closure")
            value = value.y
        case "field":
            dtype = value.dtype if isinstance(value, FieldRef) else value.dtype.str
            if len(value.shape) != len(port.dims) or dtype != port.dtype:
                raise HandoverError(
                    f"{where} is {dtype}{value.shape}, needs {port.dtype} over {port.dims}"
                )
            return
        case _:
            if value.ndim != len(port.dims):
                raise HandoverError(
                    f"{where} has {value.ndim} axes, needs {port.dims or 'a scalar'}"
                )
    if not (np.isfinite(value).all() and (value >= port.low).all() and (value <= port.high).all()):
        raise HandoverError(
            f"{where} = {value.min():.6g}..{value.max():.6g} {port.unit}, "
            f"allowed {port.low:g}..{port.high:g} {port.unit}"
        )
