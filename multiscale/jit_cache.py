"""Where Numba keeps compiled kernels: per user, per version of the sources, and never shared by
ranks that compile.

Numba does not notice an edited function that was inlined from another file, and two processes that
fill one cache at once can mix up its entries; so the directory is keyed by the kernels' sources,
and each further
rank has its own.
"""

import hashlib
import os
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def place_cache(rank: int, size: int) -> Path:
    """Point Numba to its cache and share the cores among `size` ranks. Call before numba is
    imported.

    `NUMBA_CACHE_DIR` and `NUMBA_NUM_THREADS`, where set, are left alone.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    place = home / "multiscale" / f"numba-{_fingerprint()}" / ("" if rank == 0 else f"rank-{rank}")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(place))
    cores = len(os.sched_getaffinity(0))
    os.environ.setdefault("NUMBA_NUM_THREADS", str(max(1, cores // size)))
    return Path(os.environ["NUMBA_CACHE_DIR"])


def is_cold(place: Path) -> bool:
    """Whether nothing was compiled here yet, so that the first call will take long."""
    return not place.exists()


def _fingerprint() -> str:
    total = hashlib.sha256(sys.version.encode())
    for source in sorted([*(_HERE / "voxels").rglob("*.py"), *(_HERE / "stages").rglob("*.py")]):
        total.update(source.read_bytes())
    return total.hexdigest()[:16]
