"""Many samples of one case: a design over its settings, dealt over the ranks, in one table."""

from multiscale.ensemble.design import Sample
from multiscale.ensemble.load import Ensemble, load_ensemble
from multiscale.ensemble.outcome import Outcome
from multiscale.ensemble.run import run_ensemble

__all__ = ["Ensemble", "Outcome", "Sample", "load_ensemble", "run_ensemble"]
