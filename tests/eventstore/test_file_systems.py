"""A log lies on this machine's own disk, or its daemon does not start."""

from pathlib import Path

import pytest

from eventstore.file_systems import mounts, network_type
from eventstore.settings import StoreSettings
from eventstore.sqlite import SqliteEventStore
from eventstore.store import NotLocal

ROOT = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"


def mounted(point: str, kind: str) -> str:
    return f"{ROOT}\n40 22 0:35 / {point} rw shared:7 - {kind} server:/share rw,vers=4\n"


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "ceph"])
def test_a_folder_below_a_network_mount_is_on_it(kind: str) -> None:
    text = mounted("/srv", kind)
    assert network_type(Path("/srv/playhead"), text) == kind
    assert network_type(Path("/srv"), text) == kind
    assert network_type(Path("/srv2/playhead"), text) is None


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "9p", "virtiofs"])
def test_disks_of_this_machine_and_of_its_host_are_local(kind: str) -> None:
    assert network_type(Path("/srv/playhead"), mounted("/srv", kind)) is None


def test_the_innermost_and_the_last_mount_counts() -> None:
    below = "41 40 8:2 / /srv/disk rw - xfs /dev/sdb1 rw\n"
    over = "42 40 0:36 / /srv/disk rw - nfs other:/share rw\n"
    assert network_type(Path("/srv/disk/x"), mounted("/srv", "nfs") + below) is None
    assert network_type(Path("/srv/disk/x"), mounted("/srv", "nfs") + below + over) == "nfs"


def test_a_mount_point_may_have_blanks() -> None:
    assert network_type(Path("/srv/my files/x"), mounted(r"/srv/my\040files", "nfs")) == "nfs"


def test_without_the_kernels_word_nothing_is_refused() -> None:
    assert network_type(Path("/srv"), "") is None


def test_this_machine_tells() -> None:
    assert " - " in mounts()


async def test_a_log_on_a_network_file_system_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    text = mounted(str(tmp_path), "nfs4")
    store = SqliteEventStore(path, clock=lambda: 1, mounted=lambda: text)
    with pytest.raises(NotLocal, match=r"nfs4.*store\.require_local_disk"):
        await store.start()
    assert not path.exists()


async def test_whoever_knows_better_may_open_it(tmp_path: Path) -> None:
    text = mounted(str(tmp_path), "nfs4")
    settings = StoreSettings(require_local_disk=False)
    store = SqliteEventStore(
        tmp_path / "log.db", clock=lambda: 1, settings=settings, mounted=lambda: text
    )
    await store.start()
    await store.close()
