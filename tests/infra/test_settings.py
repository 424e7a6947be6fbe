"""Settings: names of the sources, defaults, secrets, and refusals in production."""

import json
import threading
from pathlib import Path

import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.infra.secrets import is_default_secret, load_or_create_secrets
from fairlead.infra.settings import Settings

RANDOM = "Zk3v9Qw1Tn8Lx5Bp7Hs2Rf6Yd4Gm0Jc3Va"
OTHER = "Pw8Nd2Xk6Rt1Mz9Hb4Lq7Vs3Fj5Cy0Gt2K"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "REDIS_HOST", "SECRET_KEY", "JWT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_load_touches_no_file(tmp_path: Path) -> None:
    Settings.load()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("BACKEND_HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("BACKEND_PORT", "9000", "port", 9000),
        ("DATABASE_URL", "postgresql://h/d", "database_url", "postgresql://h/d"),
        ("REDIS_URL", "redis://h/1", "effective_redis_url", "redis://h/1"),
        ("REDIS_HOST", "h", "effective_redis_url", "redis://h:6379/0"),
        ("SECRET_KEY", RANDOM, "secret_key", RANDOM),
        ("JWT_SECRET", RANDOM, "jwt_secret", RANDOM),
        ("LOG_LEVEL", "WARNING", "log_level", "warning"),
    ],
)
def test_setting_is_read_from_its_usual_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str, expected: object
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(Settings.load(), field) == expected


def test_redis_port_joins_redis_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_HOST", "cache")
    monkeypatch.setenv("REDIS_PORT", "7000")
    assert Settings.load().effective_redis_url == "redis://cache:7000/0"


def test_data_folder_is_absolute_whatever_was_given(tmp_path: Path) -> None:
    assert Settings.load(data_dir=Path("here")).data_dir == tmp_path / "here"
    assert Settings.load().lake_dir == tmp_path / ".fairlead" / "lake"


def test_port_out_of_range_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_PORT", "70000")
    with pytest.raises(InvalidInput, match="BACKEND_PORT") as caught:
        Settings.load()
    assert caught.value.path == "BACKEND_PORT"


def test_development_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = Settings.load(data_dir=tmp_path / "data").with_secrets()
    second = Settings.load(data_dir=tmp_path / "data").with_secrets()
    assert first.secret_key == second.secret_key
    assert first.secret_key != first.jwt_secret
    assert not is_default_secret(first.secret_key)
    assert (tmp_path / "data" / "secrets.json").stat().st_mode & 0o077 == 0


def test_secrets_made_by_many_at_once_are_one(tmp_path: Path) -> None:
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(load_or_create_secrets(tmp_path)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_broken_secrets_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(InvalidInput, match=r"Restore|does not hold"):
        load_or_create_secrets(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"


def test_given_secret_stands_above_the_kept_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", RANDOM)
    settings = Settings.load(data_dir=tmp_path).with_secrets()
    assert settings.secret_key == RANDOM
    assert settings.jwt_secret == json.loads((tmp_path / "secrets.json").read_text())["jwt_secret"]


@pytest.mark.parametrize(
    ("secret_key", "jwt_secret", "why"),
    [
        ("", OTHER, "SECRET_KEY must be a random secret .* found nothing"),
        ("changeme", OTHER, "SECRET_KEY must be .* default or short"),
        ("a" * 64, OTHER, "SECRET_KEY must be .* default or short"),
        (RANDOM, "secret" * 8, "JWT_SECRET must be .* default or short"),
        (RANDOM, RANDOM, "must differ"),
    ],
)
def test_production_refuses_default_secrets(
    monkeypatch: pytest.MonkeyPatch, secret_key: str, jwt_secret: str, why: str
) -> None:
    monkeypatch.setenv("FAIRLEAD_ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", secret_key)
    monkeypatch.setenv("JWT_SECRET", jwt_secret)
    with pytest.raises(InvalidInput, match=why):
        Settings.load()


def test_production_with_random_secrets_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLEAD_ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", RANDOM)
    monkeypatch.setenv("JWT_SECRET", OTHER)
    assert Settings.load().environment == "production"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", RANDOM)
    assert RANDOM not in repr(Settings.load())
