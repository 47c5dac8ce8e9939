"""Changes code in small ways, one at a time, and runs the tests against each change.

The changes are those of Cosmic Ray, and the deletion of a statement. Cosmic Ray starts a new
interpreter for each change. This program collects the tests once and forks for each change. The
files of the checkout are not modified.
"""
