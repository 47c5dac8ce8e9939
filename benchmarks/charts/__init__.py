"""Draws the results of benchmarks as SVG: `scripts/bench charts`.

`svg` has the shapes, `steps` and `curves` the two kinds of charts.
"""
