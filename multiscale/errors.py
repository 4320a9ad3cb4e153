"""The few ways in which multiscale stops, each with a stable exit code.

A message says what is wrong, where it came from and what to do; see docs/reference/exit_codes.md.
"""

from __future__ import annotations


class MultiscaleError(Exception):
    """Base of everything that multiscale raises on purpose.

    Attributes:
        exit_code: status of the process that ends with this error.
        agreed: all ranks raise this error at the same place, so nobody needs to be told again.
    """

    exit_code = 70
    agreed = False


class CaseError(MultiscaleError, ValueError):
    """The case file, an option or the command line is wrong; nothing was run.

    A ValueError, so that an options model may raise it for one field and the field is named.
    """

    exit_code = 64


class HandoverError(MultiscaleError):
    """A record breaks its contract or a balance does not close: its maker is at fault."""

    exit_code = 65


class StageFailed(MultiscaleError):
    """The numerics of a stage failed on at least one rank; every rank raises this."""

    exit_code = 70


class FileError(MultiscaleError):
    """A file cannot be read or written: no permission, no space, a folder that is not there."""

    exit_code = 74

    @classmethod
    def of(cls, error: OSError) -> FileError:
        """Say what the system said, of which file, and what to look at."""
        name = error.filename2 or error.filename
        where = f"'{name}': " if name is not None else ""
        return cls(
            f"{where}{error.strerror or error}; check that the folder exists, may be written and "
            "has space left"
        )


class OutOfTime(MultiscaleError):
    """The job was asked to stop (SIGTERM, wall time). What is finished is kept: run again."""

    exit_code = 75
