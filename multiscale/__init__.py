"""Multiscale process models for battery electrodes."""
