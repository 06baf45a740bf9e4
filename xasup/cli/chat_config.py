"""The file of keys and looks: where it is, and what it says."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_path
from textual.theme import BUILTIN_THEMES

from tui_client.commands.table import COMMANDS
from tui_client.config import Config, default, parse
from tui_client.themes import OURS, USUAL_THEME
from xasup.protocol.errors import Malformed


def config_path() -> Path:
    """Where it is looked for."""
    return user_config_path("xasup") / "chat.toml"


def read_config() -> Config:
    """What it says; the usual where there is none. Raises Malformed, naming the file and the entry."""
    path = config_path()
    try:
        return parse(path.read_text(encoding="utf-8"), COMMANDS, _themes())
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Malformed(f"{path}: expected text") from None
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from None


def printed_config() -> str:
    """The file, everything in it commented out."""
    return default(COMMANDS, _themes(), USUAL_THEME, str(config_path()))


def _themes() -> list[str]:
    return [*(theme.name for theme in OURS), *BUILTIN_THEMES]
