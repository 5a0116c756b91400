"""Settings from the environment (prefix SUIYUAN_). With the kernel's clock, the only reader of the outside world."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..trace.kernel.texts import Language


class Settings(BaseSettings):
    """One installation's settings; every one is described in docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="SUIYUAN_", extra="ignore")

    database_url: str = "sqlite:///data/suiyuan.db"
    master_key: SecretStr | None = None
    master_key_file: Path = Path("data/master.key")
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    webhook_sender: bool = True
    webhook_may_be_local: bool = False
    probe_tallies: bool = True
    scan_filing: bool = True

    @field_validator("public_url")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def base_url(self) -> str:
        """Where labels and links point: `public_url`, or this machine where none is set."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")


def terminal_language() -> Language:
    """Chinese where the terminal's locale says so, else English."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"
