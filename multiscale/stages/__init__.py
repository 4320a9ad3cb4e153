"""The process steps, each in a room of its own; none knows another."""

from multiscale.coupling.stage import Stage


def chain() -> tuple[Stage, ...]:
    """The line in process order."""
    from multiscale.stages.calendering import calender
    from multiscale.stages.cell import discharge
    from multiscale.stages.coating import coat
    from multiscale.stages.drying import dry
    from multiscale.stages.factory import account
    from multiscale.stages.grains import settle
    from multiscale.stages.microstructure import build
    from multiscale.stages.slurry import mix
    from multiscale.stages.transport import solve

    return mix, coat, dry, settle, calender, build, solve, discharge, account
