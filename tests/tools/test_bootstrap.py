"""The bootstrap: says what is missing, and does nothing when nothing has changed."""

import sys
from pathlib import Path

import pytest

from tools import bootstrap


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project folder that the bootstrap takes for its own."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "CONSTRAINTS", tmp_path / "constraints.txt")
    monkeypatch.setattr(bootstrap, "WEB", tmp_path / "web")
    (tmp_path / "constraints.txt").write_text("setuptools==1.0\n")
    return tmp_path


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_python_that_makes_no_environment_is_named_with_what_to_install(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python = _program(place / "python-without-venv", "exit 1")
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("PATH", "/nowhere")
    assert bootstrap.main(["install"]) == 1
    said = capsys.readouterr().err
    assert f"Error: {python} cannot make a virtual environment" in said
    assert "apt install python3." in said
    assert not (place / ".venv").exists()


def test_too_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (9, 0))
    monkeypatch.setattr(bootstrap, "NEWER_NAMES", [])
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        bootstrap.main(["install"])


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("NewConnectionError: Failed to establish", "registry cannot be reached"),
        ("npm error code ENOTFOUND", "registry cannot be reached"),
        ("ERROR: No matching distribution found for x", "no build for this Python"),
        ("something else", "see above"),
    ],
)
def test_failed_installation_names_its_likely_cause(said: str, cause: str) -> None:
    assert cause in bootstrap._likely_cause(said)


def test_failed_command_shows_its_end(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["sh", "-c", "seq 1 100; exit 3"]
    with pytest.raises(bootstrap.CannotInstall, match="It failed"):
        bootstrap._run(command, "It failed")
    assert capsys.readouterr().err.split() == [str(number) for number in range(76, 101)]


def test_hash_follows_content_and_names(place: Path) -> None:
    folder = place / "sources"
    folder.mkdir()
    (folder / "a").write_text("1")
    first = bootstrap._hash_of([folder])
    assert bootstrap._hash_of([folder]) == first
    (folder / "a").write_text("2")
    second = bootstrap._hash_of([folder])
    (folder / "a").rename(folder / "b")
    assert len({first, second, bootstrap._hash_of([folder])}) == 3


def test_web_page_is_built_only_when_its_sources_changed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = place / "web"
    (web / "src").mkdir(parents=True)
    (web / "node_modules").mkdir()
    (web / "dist").mkdir()
    for name in ("package.json", "package-lock.json", "index.html", "src/app.ts"):
        (web / name).write_text(name)
    bin_dir = place / "bin"
    _program(bin_dir / "node", "echo v24.1.0")
    _program(bin_dir / "npm", f'echo "$@" >> {place}/calls')
    monkeypatch.setenv("PATH", f"{bin_dir}:/usr/bin:/bin")

    assert bootstrap.main(["web"]) == 0
    assert bootstrap.main(["web"]) == 0
    assert [line.split()[0] for line in (place / "calls").read_text().splitlines()] == ["ci", "run"]
    (web / "src" / "app.ts").write_text("changed")
    assert bootstrap.main(["web"]) == 0
    assert [line.split()[0] for line in (place / "calls").read_text().splitlines()] == [
        "ci",
        "run",
        "run",
    ]


def test_too_old_node_is_not_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bin_dir = place / "bin"
    node = _program(bin_dir / "node", "echo v18.2.0")
    _program(bin_dir / "npm", "true")
    monkeypatch.setenv("PATH", f"{bin_dir}:/usr/bin:/bin")
    assert bootstrap._node_version(str(node)) == (18, 2, 0)
    with pytest.raises(bootstrap.CannotInstall, match="make install"):
        bootstrap._npm()
