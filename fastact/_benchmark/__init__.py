"""What fastact is timed beside, on which arrays: `python -m fastact bench` and the benchmarks of the source tree."""
