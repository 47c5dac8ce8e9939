"""Changes the options of the integration."""

from typing import Any

from .home import Home


async def change_options(home: Home, **changes: Any) -> None:
    """Change options of the integration's newest entry in its options flow."""
    entries = await home.api.command("config_entries/get", domain="playai")
    entry_id = max(entries, key=lambda entry: entry["created_at"])["entry_id"]
    path = "/api/config/config_entries/options/flow"
    form = await home.api.post(path, {"handler": entry_id})
    values = _merged(_suggested(form["data_schema"]), changes)
    await home.api.post(f"{path}/{form['flow_id']}", values)


def _merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return values with changes, also of some fields of a section."""
    sections = {
        name: _merged(values[name], change)
        for name, change in changes.items()
        if isinstance(change, dict)
    }
    return values | changes | sections


def _suggested(schema: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the values with which a form is shown."""
    values: dict[str, Any] = {}
    for field in schema:
        if field.get("type") == "expandable":
            values[field["name"]] = _suggested(field["schema"])
        else:
            known = field.get("description", {}).get("suggested_value", field.get("default"))
            if known is not None:
                values[field["name"]] = known
    return values
