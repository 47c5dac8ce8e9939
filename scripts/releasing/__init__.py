"""Makes the zip of a release and tries it in Home Assistant: `scripts/release`.

`archive` makes the zip of a commit, `trial` installs it, `stores` compares what Home Assistant
keeps before and after an upgrade.
"""
