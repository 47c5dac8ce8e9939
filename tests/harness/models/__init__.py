"""Servers of language models, and Home Assistant's integrations that use them.

`scripted` answers as a test says. `aimock` and `llama` start programs of other projects, which
`scripts/setup models` installs, and observe their requests through a proxy (`tap`). `answering`
lets a model answer for the demo home.
"""
