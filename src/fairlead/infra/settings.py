"""Settings of one process, read once from the environment; the only place that reads it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from fairlead.infra.errors import InvalidInput
from fairlead.infra.secrets import MIN_SECRET_CHARS, is_default_secret, load_or_create_secrets

PROJECT = Path(__file__).parents[3]
Port = Annotated[int, Field(ge=1, le=65535)]


def _env(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(BaseSettings):
    """Hold every setting; frozen, so that a running process never changes its mind.

    `Settings.load()` is how programs read it; in production it refuses default secrets.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    environment: Literal["development", "production"] = Field(
        default="development", validation_alias=_env("FAIRLEAD_ENVIRONMENT", "ENVIRONMENT")
    )
    data_dir: Path = Field(default=Path(".fairlead"), validation_alias=_env("FAIRLEAD_DATA"))
    ledger_file: Path = Field(
        default=Path("~/.fairlead/trials.jsonl"), validation_alias=_env("FAIRLEAD_LEDGER")
    )
    web_dir: Path = Field(default=PROJECT / "web" / "dist", validation_alias=_env("FAIRLEAD_WEB"))

    database_url: str | None = Field(default=None, validation_alias=_env("DATABASE_URL"))
    database_pool_size: int = Field(
        default=8, ge=1, le=200, validation_alias=_env("FAIRLEAD_DATABASE_POOL_SIZE")
    )
    redis_url: str | None = Field(default=None, validation_alias=_env("REDIS_URL"))
    redis_host: str | None = Field(default=None, validation_alias=_env("REDIS_HOST"))
    redis_port: Port = Field(default=6379, validation_alias=_env("REDIS_PORT"))

    host: str = Field(default="127.0.0.1", validation_alias=_env("BACKEND_HOST"))
    port: Port = Field(default=8000, validation_alias=_env("BACKEND_PORT"))
    public_url: str | None = Field(default=None, validation_alias=_env("FAIRLEAD_PUBLIC_URL"))

    secret_key: str = Field(default="", repr=False, validation_alias=_env("SECRET_KEY"))
    jwt_secret: str = Field(default="", repr=False, validation_alias=_env("JWT_SECRET"))
    master_keys: str = Field(default="", repr=False, validation_alias=_env("MASTER_KEYS"))

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", validation_alias=_env("FAIRLEAD_LOG_LEVEL", "LOG_LEVEL")
    )
    feeds: str = Field(default="simulated", validation_alias=_env("FAIRLEAD_FEEDS"))
    metrics_port: Port | None = Field(default=None, validation_alias=_env("FAIRLEAD_METRICS_PORT"))
    log_file: Path | None = Field(default=None, validation_alias=_env("FAIRLEAD_LOG_FILE"))
    parent_pid: int | None = Field(default=None, validation_alias=_env("FAIRLEAD_PARENT_PID"))
    worker_concurrency: int = Field(
        default=2, ge=1, le=64, validation_alias=_env("FAIRLEAD_WORKER_CONCURRENCY")
    )
    dask_scheduler: str | None = Field(
        default=None, validation_alias=_env("FAIRLEAD_DASK_SCHEDULER")
    )
    research_processes: int = Field(
        default=2, ge=0, le=256, validation_alias=_env("FAIRLEAD_RESEARCH_PROCESSES")
    )
    research_memory_mb: int = Field(
        default=1024, ge=256, validation_alias=_env("FAIRLEAD_RESEARCH_MEMORY_MB")
    )

    server_url: str | None = Field(default=None, validation_alias=_env("FAIRLEAD_SERVER"))
    api_key: str = Field(default="", repr=False, validation_alias=_env("FAIRLEAD_API_KEY"))

    mlflow_tracking_uri: str | None = Field(
        default=None,
        repr=False,
        validation_alias=_env("BACKEND_MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_URI"),
    )

    auto_fetch: str = Field(default="", validation_alias=_env("FAIRLEAD_AUTO_FETCH"))
    provider_urls: str = Field(default="", validation_alias=_env("FAIRLEAD_PROVIDER_URLS"))
    fetch_timeout_s: float = Field(
        default=20.0, gt=0, le=600, validation_alias=_env("FAIRLEAD_FETCH_TIMEOUT_S")
    )
    csv_folder: Path | None = Field(default=None, validation_alias=_env("FAIRLEAD_CSV_FOLDER"))
    csv_timezone: str = Field(default="", validation_alias=_env("FAIRLEAD_CSV_TIMEZONE"))
    kite_api_key: str = Field(default="", validation_alias=_env("FAIRLEAD_KITE_API_KEY"))
    kite_access_token: str = Field(
        default="", repr=False, validation_alias=_env("FAIRLEAD_KITE_ACCESS_TOKEN")
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir", "ledger_file", "web_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _fresh_secrets_in_production(self) -> Self:
        if self.environment != "production":
            return self
        for name, secret in (("SECRET_KEY", self.secret_key), ("JWT_SECRET", self.jwt_secret)):
            if is_default_secret(secret):
                raise ValueError(
                    f"{name} must be a random secret of at least {MIN_SECRET_CHARS} characters in "
                    f"production, found {'nothing' if not secret else 'a default or short one'}"
                )
        if self.secret_key == self.jwt_secret:
            raise ValueError("SECRET_KEY and JWT_SECRET must differ in production")
        return self

    @classmethod
    def load(cls, *, data_dir: Path | None = None) -> "Settings":
        """Read the environment; `data_dir` stands above FAIRLEAD_DATA when given.

        Touches no file: `with_secrets` does. Raises InvalidInput when a setting cannot be used.
        """
        try:
            settings = cls()
        except ValidationError as error:
            raise _as_invalid_input(error) from error
        if data_dir is None:
            return settings
        return settings.with_changes(data_dir=data_dir.expanduser().absolute())

    def with_secrets(self) -> "Settings":
        """Return a copy with both secrets: in development those of the data folder.

        They are made at first use and kept there, readable by their owner only. Raises
        InvalidInput or StorageFull when they cannot be read or written.
        """
        if self.secret_key and self.jwt_secret:
            return self
        kept = load_or_create_secrets(self.data_dir)
        return self.with_changes(
            secret_key=self.secret_key or kept.secret_key,
            jwt_secret=self.jwt_secret or kept.jwt_secret,
        )

    def with_changes(self, **changes: object) -> "Settings":
        """Return a copy in which the named fields hold other, already valid values."""
        return self.model_copy(update=changes)

    @property
    def lake_dir(self) -> Path:
        """Return the folder of the candle lake."""
        return self.data_dir / "lake"

    @property
    def effective_redis_url(self) -> str | None:
        """Return REDIS_URL, or the address made of REDIS_HOST and REDIS_PORT, or None."""
        if self.redis_url:
            return self.redis_url
        return f"redis://{self.redis_host}:{self.redis_port}/0" if self.redis_host else None


def _as_invalid_input(error: ValidationError) -> InvalidInput:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    detail = str(first["msg"]).removeprefix("Value error, ")
    return InvalidInput(
        f"The setting {name} cannot be used: {detail}" if name else detail,
        path=name or None,
        action="Correct the environment variable and start again.",
    )
