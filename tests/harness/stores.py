"""Files in `.storage` of a Home Assistant that has been onboarded."""

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

USER, PASSWORD = "demo", "demo"

_HTTP: Final[dict[str, Any]] = {
    "version": 2,
    "minor_version": 2,
    "key": "http",
    "data": {
        "stable": {
            "server_host": ["127.0.0.1"],
            "cors_allowed_origins": ["https://cast.home-assistant.io"],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": True,
            "ssl_profile": "intermediate",
            "use_x_frame_options": True,
            "created_at": "2026-11-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        },
        "pending": None,
        "yaml_migration_done": True,
    },
}
"""The format of Home Assistant 2026.10, which 2026.11 reads. `http:` in YAML is deprecated."""

_ONBOARDED: Final[dict[str, Any]] = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    "data": {"done": ["user", "core_config", "analytics", "integration"]},
}
_USERS: Final = {
    "version": 1,
    "minor_version": 1,
    "key": "auth_provider.homeassistant",
    "data": {
        "users": [
            {
                "username": USER,
                "password": "JDJiJDEyJHRMUkhjeVF1Y2JjcEsvdElnZjQ3UnVQenpKSktCaDF4TlpnSjhWSi5zbGZJ"
                "Q3l0RUd0Zk9X",
            }
        ]
    },
}
"""The store that `hass --script auth` writes, which takes as long to start as Home Assistant."""


_ENTRY: Final[dict[str, Any]] = {
    "created_at": "2026-11-01T00:00:00+00:00",
    "disabled_by": None,
    "discovery_keys": {},
    "minor_version": 1,
    "modified_at": "2026-11-01T00:00:00+00:00",
    "options": {},
    "pref_disable_new_entities": False,
    "pref_disable_polling": False,
    "source": "user",
    "subentries": [],
    "version": 1,
}
_PIPELINE: Final[dict[str, Any]] = {
    "conversation_engine": "conversation.home_assistant",
    "conversation_language": "*",
    "language": "en",
    "prefer_local_intents": False,
    "stt_engine": None,
    "stt_language": None,
    "tts_engine": None,
    "tts_language": None,
    "tts_voice": None,
    "wake_word_entity": None,
    "wake_word_id": None,
}


def write_stores(folder: Path, port: int, more: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write the files of a Home Assistant that will listen on `port` of 127.0.0.1."""
    http = copy.deepcopy(_HTTP)
    http["data"]["stable"]["server_port"] = port
    for store in (http, _ONBOARDED, _USERS, *more):
        (folder / str(store["key"])).write_text(json.dumps(store))


def config_entries(*entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file of entries that exist from the start; the fields replace the defaults."""
    return {
        "version": 1,
        "minor_version": 5,
        "key": "core.config_entries",
        "data": {"entries": [{**_ENTRY, **entry} for entry in entries]},
    }


def pipelines(preferred: str, *items: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file of Assist pipelines, see `config_entries`; `preferred` is an id."""
    return {
        "version": 1,
        "minor_version": 2,
        "key": "assist_pipeline.pipelines",
        "data": {
            "items": [{**_PIPELINE, **item} for item in items],
            "preferred_item": preferred,
        },
    }
