"""Downloads of a file from a real HTTPS server."""

import asyncio
import errno
import fcntl
import os
import resource
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_server.models import ModelFile
from agent_server.models.download import ATTEMPTS, FRUITLESS, DownloadError
from agent_server.models.part import Part

from .file_server import CONTENT, LONGEST, Served, listen, served

HALF = len(CONTENT) // 2


@pytest.fixture
async def origin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    write = Part.write
    async with asyncio.timeout(2 * LONGEST), served() as running:

        def counted(part: Part, data: bytes) -> None:
            write(part, data)
            running.server.received = part.size

        monkeypatch.setattr(Part, "write", counted)
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "model.bin"


def part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


@pytest.mark.parametrize("is_size_known", [True, False])
async def test_file_arrives_with_bounded_progress(origin, target, is_size_known):
    file = origin.server.file(size=is_size_known)
    await origin.downloader().fetch(file, target)
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o777 == 0o600
    assert not part_of(target).exists()
    assert origin.server.ranges == [""]
    assert origin.lines[0] == f"downloading model.bin (2.1 MB) from {file.url}"
    assert origin.lines[-1] == "downloading model.bin: 100 %"
    assert len(origin.lines) <= 11


async def test_cut_connection_is_resumed(origin, target):
    origin.server.cuts = [HALF, HALF + 65_536]
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT
    assert origin.server.ranges == ["", f"bytes={HALF}-", f"bytes={HALF + 65_536}-"]
    assert any("again: " in line for line in origin.lines)


async def test_beginning_of_an_earlier_start_is_used(origin, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:HALF])
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT
    assert origin.server.ranges == [f"bytes={HALF}-"]
    assert "continuing after 1.0 MB" in origin.lines[0]


async def test_complete_part_needs_no_request(origin, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT)
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT
    assert origin.server.ranges == []


@pytest.mark.parametrize("size", [HALF, len(CONTENT) + 1])
async def test_beginning_of_another_edition_is_replaced(origin, target, size):
    target.parent.mkdir()
    part_of(target).write_bytes(b"\0" * size)
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT
    assert origin.server.ranges[-1] == ""


async def test_server_without_ranges_starts_from_the_beginning(origin, target):
    origin.server.has_ranges = False
    origin.server.cuts = [HALF]
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT
    assert len(origin.server.ranges) == 2


async def test_server_that_never_gets_further(origin, target):
    origin.server.cuts = [0] * ATTEMPTS
    with pytest.raises(DownloadError, match="connection was"):
        await origin.downloader().fetch(origin.server.file(), target)
    assert len(origin.server.ranges) == FRUITLESS


async def test_connections_are_limited(origin, target):
    origin.server.cuts = [(n + 1) * 65_536 for n in range(20)]
    with pytest.raises(DownloadError, match="connection was"):
        await origin.downloader().fetch(origin.server.file(), target)
    assert len(origin.server.ranges) == ATTEMPTS
    assert not target.exists()
    # The next start continues.
    origin.server.cuts = []
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT
    assert origin.server.ranges[-1] == f"bytes={ATTEMPTS * 65_536}-"


async def test_slow_server_is_waited_for(origin, target):
    origin.server.block, origin.server.wait = len(CONTENT) // 8, 0.02
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT


async def test_stalled_connection_is_replaced(origin, target):
    origin.server.stalls = [HALF]
    await origin.downloader(stall=1.0).fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT
    assert any("sends nothing" in line for line in origin.lines)


async def test_wrong_content_is_not_kept(origin, target):
    origin.server.content = CONTENT[:-1] + b"\0"
    with pytest.raises(DownloadError, match="content is not the expected one"):
        await origin.downloader().fetch(origin.server.file(CONTENT), target)
    assert not target.exists()
    assert part_of(target).stat().st_size == 0
    assert len(origin.server.ranges) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [(CONTENT + b"\0", "2097153 bytes"), (b"", "0 bytes")],
    ids=["larger", "empty"],
)
async def test_wrong_size(origin, target, content, says):
    origin.server.content = content
    with pytest.raises(DownloadError, match=says):
        await origin.downloader().fetch(origin.server.file(CONTENT), target)
    assert not target.exists()


async def test_missing_file(origin, target):
    origin.server.statuses = [404]
    with pytest.raises(DownloadError, match="answers 404"):
        await origin.downloader().fetch(origin.server.file(), target)
    assert len(origin.server.ranges) == 1


async def test_server_that_is_overloaded_for_a_moment(origin, target):
    origin.server.statuses = [503]
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT


async def test_no_internet(origin, target):
    async with listen(origin.server.handle, None) as port:
        closed = port
    file = ModelFile("model.bin", f"https://127.0.0.1:{closed}/model.bin", "sha256:0")
    with pytest.raises(DownloadError, match=r"cannot be reached: .+"):
        await origin.downloader().fetch(file, target)


async def test_server_with_a_wrong_certificate(origin, target):
    async with served() as other:
        with pytest.raises(DownloadError, match=r"cannot be reached: .*certificate"):
            await origin.downloader().fetch(other.server.file(), target)
        assert other.server.ranges == []


async def test_redirection(origin, target):
    origin.server.redirect = "/moved"
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("http://127.0.0.1/model.bin", "without HTTPS"),
        ("/again", "too often"),
        ("https://[", "invalid address"),
    ],
)
async def test_redirection_that_is_not_followed(origin, target, to, says):
    origin.server.redirect = to
    with pytest.raises(DownloadError, match=says):
        await origin.downloader().fetch(origin.server.file(), target)


async def test_address_without_https(origin, target):
    async with listen(origin.server.handle, None) as port:
        file = ModelFile("model.bin", f"http://127.0.0.1:{port}/model.bin", "sha256:0")
        with pytest.raises(DownloadError, match="without HTTPS"):
            await origin.downloader().fetch(file, target)
    assert origin.server.ranges == []


async def test_cancelled_download_is_continued_later(origin, target):
    origin.server.stalls = [HALF]
    download = asyncio.create_task(origin.downloader().fetch(origin.server.file(), target))
    await origin.server.stalled.wait()
    download.cancel()
    with pytest.raises(asyncio.CancelledError):
        await download
    assert not target.exists()
    await origin.downloader().fetch(origin.server.file(), target)
    assert target.read_bytes() == CONTENT


async def test_one_download_of_a_file_at_a_time(origin, target):
    target.parent.mkdir()
    with part_of(target).open("wb") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match="another program is downloading it"):
            await origin.downloader().fetch(origin.server.file(), target)
    assert origin.server.ranges == []
    await origin.downloader().fetch(origin.server.file(), target)


async def test_full_disk_is_seen_before_the_download(origin, target, monkeypatch):
    usage = shutil.disk_usage(target.parent.parent)._replace(free=HALF)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match=os.strerror(errno.ENOSPC)):
        await origin.downloader().fetch(origin.server.file(), target)
    assert part_of(target).stat().st_size == 0


async def test_write_that_fails(origin, target):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (HALF, limits[1]))
    try:
        with pytest.raises(DownloadError, match=f"written: {os.strerror(errno.EFBIG)}"):
            await origin.downloader().fetch(origin.server.file(), target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not target.exists()


async def test_folder_that_cannot_be_made(origin, target):
    target.parent.write_text("a file", encoding="utf-8")
    with pytest.raises(DownloadError, match="cannot be written: "):
        await origin.downloader().fetch(origin.server.file(), target)
