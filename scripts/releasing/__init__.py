"""Makes the zip of a release and tries it in Home Assistant: `scripts/release`.

`archive` makes the zip of a commit, `trial` installs it, `stores` compares Home
Assistant's stores before and after an upgrade.
"""
