"""What can an operator set, and what holds if nothing is set?"""

from __future__ import annotations

import difflib
import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.cannot_start import CannotStart

_PREFIX = "REDRESS_"
_ENV_FILE = ".env"
_FROM_COMMAND_LINE = frozenset({"manual_clock"})


class WrongSetting(CannotStart):
    """A REDRESS_ name or value that means nothing."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # no such zone; a folder of zones; a path that leads elsewhere
        raise ValueError(name) from None
    return name


def _networks(names: str) -> str:
    for name in names.split(","):
        ipaddress.ip_network(name.strip())  # raises ValueError
    return names


_INSTANCES = "the URLs of the service's instances, like http://host:8080, with commas"
_URLS = Annotated[str | None, Field(pattern=r"^https?://[^\s,]+(,https?://[^\s,]+)*$")]


class Settings(BaseSettings):
    """Every setting, typed. A field's description says what its value must be; it becomes the sentence when it is not."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_file=_ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Field(Path(".redress"), description="a folder")
    database_url: str | None = Field(
        None, pattern=r"^postgres(ql)?://", repr=False, description="a URL like postgresql://owner:password@host:5432/redress"
    )
    log: Literal["postgres", "kafka"] = Field("postgres", description="postgres or kafka")
    kafka_bootstrap: str | None = Field(None, pattern=r"^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$", description="host:port, or several with commas")
    kafka_replication: int = Field(1, ge=1, le=32, description="how many brokers keep each topic, a whole number from 1 to 32")
    kafka_min_insync: int = Field(1, ge=1, le=32, description="how many of them must have an event before it counts, from 1 to 32")
    port: int = Field(8080, ge=0, le=65535, description="a port number, or 0 for any free one")
    bind: str = Field("127.0.0.1", min_length=1, description="an address of this machine")
    trusted_proxies: Annotated[str, AfterValidator(_networks)] | None = Field(
        None, description="addresses or networks like 10.0.0.5 or 172.16.0.0/12, with commas"
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field("Asia/Shanghai", description="a time zone like Asia/Shanghai")
    region: str = Field("CN", pattern=r"^[A-Z]{2}$", description="a country as two capital letters, like CN")
    partitions: int = Field(8, ge=1, le=128, description="a whole number from 1 to 128")
    master_key_file: Path | None = Field(None, description="a file")
    signing_key_file: Path | None = Field(None, description="a file")
    verify_key_file: Path | None = Field(None, description="a file")
    checkpoint_key_file: Path | None = Field(None, description="a file")
    checkpoint_public_keys: Path | None = Field(None, description="a folder")
    gateway_intake: _URLS = Field(None, description=_INSTANCES)
    gateway_routing: _URLS = Field(None, description=_INSTANCES)
    gateway_capa: _URLS = Field(None, description=_INSTANCES)
    gateway_survey: _URLS = Field(None, description=_INSTANCES)
    gateway_reporting: _URLS = Field(None, description=_INSTANCES)
    smtp_url: str | None = Field(
        None, pattern=r"^smtps?://", repr=False, description="a URL like smtp://user:password@mail.example.com:587"
    )
    mail_from: str | None = Field(None, pattern=r"^[^@]+@[^@]+$", description="a mail address")
    public_url: str | None = Field(None, pattern=r"^https?://[^\s/]+", description="the URL people reach the product at")
    manual_clock: bool = False

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.log == "kafka" and self.kafka_bootstrap is None:
            raise WrongSetting("REDRESS_LOG is kafka, so REDRESS_KAFKA_BOOTSTRAP must name a broker, for example localhost:9092.")
        if self.smtp_url is not None and self.mail_from is None:
            raise WrongSetting(
                "REDRESS_SMTP_URL is set, so REDRESS_MAIL_FROM must say whom mail comes from, for example complaints@example.com."
            )
        if self.kafka_min_insync > self.kafka_replication:
            raise WrongSetting(
                f"REDRESS_KAFKA_MIN_INSYNC is {self.kafka_min_insync}, but only REDRESS_KAFKA_REPLICATION={self.kafka_replication}"
                " brokers keep a topic: nothing would ever count."
            )
        return self

    @property
    def embedded(self) -> bool:
        """Whether the product runs its own database."""
        return self.database_url is None

    @property
    def proxies(self) -> list[str]:
        """Whose word on where a request came from is believed."""
        return [name.strip() for name in (self.trusted_proxies or "").split(",") if name.strip()]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def load(**given: Any) -> Settings:
    """The settings from the environment and `.env`; what is given here (by the command line) goes before both."""
    _refuse_unknown()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise WrongSetting(" ".join(_sentence(str(wrong["loc"][0]), wrong["input"]) for wrong in error.errors())) from None
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"The file {_ENV_FILE} cannot be read: {error}.") from None


def _sentence(name: str, value: object) -> str:
    field = Settings.model_fields[name]
    shown = f", not {str(value)!r}" if field.repr else ""  # what holds a password is not printed
    return f"{_PREFIX}{name.upper()} must be {field.description}{shown}."


def _refuse_unknown() -> None:
    known = {name.upper() for name in Settings.model_fields.keys() - _FROM_COMMAND_LINE}
    try:
        given = {**dotenv_values(_ENV_FILE), **os.environ}
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"The file {_ENV_FILE} cannot be read: {error}.") from None
    for name in sorted(given):
        prefix, setting = name.upper()[: len(_PREFIX)], name.upper()[len(_PREFIX) :]
        if prefix == _PREFIX and setting not in known:
            near = difflib.get_close_matches(setting, known, 1)
            hint = f" Did you mean {_PREFIX}{near[0]}?" if near else " The file .env.example lists those there are."
            raise WrongSetting(f"There is no setting {name}.{hint}")
