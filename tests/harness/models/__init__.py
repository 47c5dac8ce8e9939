"""Servers of language models, and Home Assistant's integrations that use them.

`scripted` gives scripted answers. `aimock` and `llama` start programs of other projects, which
`scripts/model-servers` and `scripts/llama-cpp` install. `tap` is a proxy that observes the requests
to them. `answering` lets a model answer for the demo home.
"""
