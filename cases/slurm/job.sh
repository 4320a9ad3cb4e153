#!/bin/bash
#SBATCH --job-name=electrode
#SBATCH --nodes=1 --ntasks-per-node=8 --cpus-per-task=1 --time=04:00:00
#SBATCH --signal=TERM@300 --requeue --open-mode=append   # five minutes' notice to every rank
#
# Usage: sbatch job.sh CASE        (a case file, or a folder with a case.toml)

case=${1:?usage: sbatch job.sh CASE}
scratch=${SLURM_TMPDIR:-${TMPDIR:-/tmp}}

export OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1       # the ranks share the cores
export XDG_CACHE_HOME=$scratch                      # a local disk for compiled kernels, kept apart by rank
export HDF5_USE_FILE_LOCKING=FALSE                 # parallel file systems often refuse locks

multiscale check "$case" || exit 64
srun multiscale run "$case"; rc=$?
[ $rc -eq 75 ] && scontrol requeue "$SLURM_JOB_ID" # 75: out of time, finished stages are stored
exit $rc
