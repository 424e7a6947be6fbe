"""Kill -9 between any two steps on the file system, and disks that fill up: nothing half done."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fairlead.infra.errors import FairleadError, StorageFull
from fairlead.kernel.series import Bars
from fairlead.market import commit, importing, manifest, parts
from fairlead.market.commit import Merge
from fairlead.market.lake import Lake
from fairlead.market.manifest import SeriesFolder
from fairlead.market.screening import Rows
from tests.market.makers import csv_rows, make_bars, same_bars, write_csv

KEY = "x:BTC-USDT"
STEPS = frozenset(
    ["open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"]
)


def run_child(root: Path, act: str, deadly: int, plant: Callable[[], None] = lambda: None) -> int:
    """Run one act in a child that dies by SIGKILL at the n-th step below `root`.

    Python tells an audit hook of every step that touches the file system. Returns the number of
    steps for a child that lived, minus the signal for one that died.
    """
    result = root.parent / "steps"
    child = os.fork()
    if child == 0:
        try:
            plant()
            count = 0

            def watch(event: str, args: tuple[object, ...]) -> None:
                nonlocal count
                if event in STEPS and str(root) in " ".join(map(str, args[:2])):
                    count += 1
                    if count == deadly:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(watch)
            perform(Lake(root), act)
            steps = count
            result.write_text(str(steps))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else int(result.read_text())


def perform(lake: Lake, act: str) -> None:
    if act == "import":
        lake.import_file(lake.root.parent / "a.csv", KEY, "1h", replace=True)
    elif act == "append":
        lake.append(KEY, "1h", make_bars(760).slice(700, 704))
    elif act == "roll":
        lake.append(KEY, "1h", make_bars(760).slice(700, 760))
    else:
        lake.bars(KEY, "1h")


def plant_early_switch() -> None:
    """Switch to each part as soon as it is written, not once at the end."""
    right = commit.merge_rows

    def wrong(
        folder: SeriesFolder, merge: Merge, period: str, rows: Rows, *, replace_old: bool
    ) -> None:
        right(folder, merge, period, rows, replace_old=replace_old)
        manifest.write_manifest(folder, merge.manifest)

    setattr(importing, "merge_rows", wrong)  # noqa: B010  # the fault is planted here


def plant_writing_in_place() -> None:
    """Write files under their real names, half by half."""

    def wrong(path: Path, content: bytes, *, sync_name: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = len(bytes(content)) // 2
        path.write_bytes(bytes(content)[:half])
        path.write_bytes(bytes(content))

    setattr(parts, "write_file", wrong)  # noqa: B010  # the fault is planted here
    setattr(manifest, "write_file", wrong)  # noqa: B010  # and here


def prepare(folder: Path) -> tuple[Lake, Bars]:
    """Return a lake with one part and a tail, and its bars."""
    lake = Lake(folder / "lake")
    bars = make_bars(760).slice(0, 700)
    rows = csv_rows(bars)
    lake.import_file(write_csv(folder / "old.csv", rows[:600]), KEY, "1h")
    lake.append(KEY, "1h", bars.slice(600, 700))
    changed = [row.rsplit(",", 1)[0] + ",9.0" for row in csv_rows(make_bars(1_600))]
    write_csv(folder / "a.csv", [*changed, "broken"])
    return lake, bars


def copied(folder: Path, name: str) -> tuple[Lake, Bars]:
    """Return a copy of the lake that `prepare` made in `folder`, with the files beside it."""
    shutil.copytree(folder, folder.parent / name, symlinks=True)
    return Lake(folder.parent / name / "lake"), make_bars(760).slice(0, 700)


def after(act: str, bars: Bars) -> tuple[Bars, ...]:
    """Return what the series may hold once `act` was begun: the old state or the new one."""
    grown = make_bars(760)
    if act == "append":
        return bars, grown.slice(0, 704)
    if act == "roll":
        return bars, grown
    return (bars,)


def sound(lake: Lake, act: str, bars: Bars) -> bool:
    """Tell whether the lake is in the old or the new state, and can be written on."""
    found = lake.bars(KEY, "1h")
    if act == "import":
        is_new = len(found) == 1_600 and bool((found.volume == 9.0).all())
        allowed = is_new or same_bars(found, bars)
    else:
        allowed = any(same_bars(found, state) for state in after(act, bars))
    return allowed and lake.coverage()[0].bars == len(found)


@pytest.mark.parametrize("act", ["import", "append", "roll", "read"])
def test_kill_between_any_two_steps_leaves_the_old_state_or_the_new(
    tmp_path: Path, act: str
) -> None:
    (tmp_path / "first").mkdir()
    prepare(tmp_path / "first")
    steps = run_child(copied(tmp_path / "first", "count")[0].root, act, 0)
    assert steps > 2
    for deadly in range(1, steps + 1):
        lake, bars = copied(tmp_path / "first", str(deadly))
        assert run_child(lake.root, act, deadly) == -signal.SIGKILL
        assert sound(lake, act, bars), f"step {deadly} of {steps}"
        lake.import_file(tmp_path / str(deadly) / "a.csv", KEY, "1h", replace=True)
        assert (lake.bars(KEY, "1h").volume == 9.0).all()
        assert [path for path in lake.root.rglob("*") if ".tmp" in path.name] == []
        assert list(lake.root.rglob("staging/*/*")) == []


@pytest.mark.parametrize("plant", [plant_early_switch, plant_writing_in_place])
def test_planted_fault_in_the_commit_is_caught_by_the_kills(
    tmp_path: Path, plant: Callable[[], None]
) -> None:
    (tmp_path / "first").mkdir()
    prepare(tmp_path / "first")
    steps = run_child(copied(tmp_path / "first", "count")[0].root, "import", 0, plant)
    for deadly in range(steps, 1, -1):
        lake, bars = copied(tmp_path / "first", str(deadly))
        run_child(lake.root, "import", deadly, plant)
        try:
            if not sound(lake, "import", bars):
                return
        except FairleadError:
            return
    pytest.fail("no kill showed the planted fault")


def test_interrupted_import_leaves_nothing(tmp_path: Path) -> None:
    lake, bars = prepare(tmp_path)

    def interrupt(done: float, rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lake.import_file(tmp_path / "a.csv", KEY, "1h", interrupt, replace=True)
    assert same_bars(lake.bars(KEY, "1h"), bars)
    assert [path.name for path in lake.root.rglob("staging/*")] == [".lock"]


@pytest.mark.parametrize("limit", [100, 3_000, 8_000, 15_000])
def test_file_that_may_not_grow_is_a_full_disk_in_words(tmp_path: Path, limit: int) -> None:
    lake, bars = prepare(tmp_path)
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            perform(lake, "import")
        except StorageFull as error:
            os._exit(0 if error.message.startswith("No space left") else 2)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert same_bars(lake.bars(KEY, "1h"), bars)
    assert [path.name for path in lake.root.rglob("staging/*")] == [".lock"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_full_disk_leaves_the_lake_as_it_was(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        lake = Lake(small / "lake")
        bars = make_bars(700)
        lake.append(KEY, "1h", bars)
        path = write_csv(tmp_path / "a.csv", csv_rows(make_bars(20_000)))
        with pytest.raises(StorageFull, match="No space left") as caught:
            lake.import_file(path, KEY, "1h", replace=True)
        assert "FAIRLEAD_DATA" in str(caught.value.action)
        assert same_bars(lake.bars(KEY, "1h"), bars)
        assert lake.append(KEY, "1h", make_bars(705).slice(700, 705)).added == 5
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_memory_of_an_import_does_not_grow_with_the_file(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from fairlead.market.lake import Lake\n"
        "from tests.market.makers import csv_rows, make_bars, write_csv\n"
        "lake = Lake(Path(sys.argv[1]))\n"
        "def peak():\n"
        "    status = Path('/proc/self/status').read_text()\n"
        "    return int(status.split('VmHWM:')[1].split()[0]) // 1024\n"
        "seen = []\n"
        "for name in sys.argv[2:]:\n"
        "    lake.import_file(Path(name), 'x:' + Path(name).stem, '1m')\n"
        "    seen.append(peak())\n"
        "print(*seen)\n"
    )
    rows = csv_rows(make_bars(20_000, timeframe_ms=60_000))
    small = write_csv(tmp_path / "SMALL.csv", rows)
    large = write_csv(tmp_path / "LARGE.csv", rows * 12)
    child = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "lake"), str(small), str(large)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    before, peak = (int(word) for word in child.stdout.split())
    assert large.stat().st_size > 10_000_000
    assert peak - before < 120
    assert peak < 300
