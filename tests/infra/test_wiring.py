"""The wiring: one context per process, and a sentence when its servers do not run."""

from pathlib import Path

import pytest
from sqlalchemy import text

from fairlead.infra.errors import Unavailable
from fairlead.infra.settings import Settings
from fairlead.wiring import locate_servers, open_context


def test_context_holds_everything_a_role_works_with(settings: Settings) -> None:
    with open_context(settings) as context:
        with context.database.public_transaction() as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == "fairlead_app"
        assert context.bus.ping()
        assert context.clock.now().tzinfo is not None
        assert not context.stopping.is_set()


def test_context_without_servers_says_how_to_start_them(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=None, redis_url=None)
    with pytest.raises(Unavailable, match="does not run") as caught:
        locate_servers(settings)
    assert "fairlead up" in str(caught.value.action)
    assert not (tmp_path / "data").exists()


def test_context_without_valkey_still_opens(settings: Settings) -> None:
    with open_context(settings.with_changes(redis_url="redis://127.0.0.1:1/0")) as context:
        assert not context.bus.ping()
        with context.database.public_transaction() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
