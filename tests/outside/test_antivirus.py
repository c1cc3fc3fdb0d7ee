"""The virus scanner: a real clamd, servers that hang or speak nonsense, and a program in the place of Defender."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

import pytest
from browser.real import found
from clamd_stand import EICAR, clamd, free_port, pretender
from conftest import build_settings

import config
from outside import antivirus
from outside.antivirus.clamd import Clamd, _signatures
from outside.antivirus.defender import Defender, _find

LARGE = bytes(10 * 1024 * 1024)


@pytest.fixture(autouse=True)
def awake(monkeypatch):
    """What one test's scanner let pass does not keep the next test's from being asked."""
    monkeypatch.setattr(antivirus, "_resting_until", 0.0)


def _folder() -> Path:
    # The path of a unix socket must be short.
    return Path(tempfile.mkdtemp(prefix="mdg")) / "clamd"


@pytest.fixture(scope="module")
def program():
    return found("clamd", "/usr/sbin/clamd")


@pytest.fixture(scope="module")
def daemon(program):
    with clamd(program, _folder()) as running:
        yield running


def scan(place: str, content: bytes, seconds: int = 20):
    return Clamd(place, seconds).scan(io.BytesIO(content))


# ---------------------------------------------------------------- a real clamd


@pytest.mark.real
@pytest.mark.parametrize("way", [0, 1], ids=["TCP", "unix socket"])
def test_found_and_clean(daemon, way):
    """R-4.5: the verdict of a real clamd, at the first byte, deep inside, and on ten megabytes."""
    place = daemon.places[way]
    assert scan(place, EICAR).virus.startswith("Eicar")
    inside = scan(place, b"%PDF-1.4\n" + bytes(700_000) + EICAR + bytes(1000))
    assert (inside.clean, inside.word, inside.virus) == (False, "ウイルスあり", "Eicar-Inside.UNOFFICIAL")
    for content in (b"", b"%PDF-1.4\n", LARGE):
        assert scan(place, content) == antivirus.Verdict(True, "問題なし")
    assert Clamd(place, 5).state().version.startswith("ClamAV 1")


@pytest.mark.real
def test_more_than_the_daemon_takes_is_no_verdict(program):
    """R-4.5: StreamMaxLength smaller than a file; the daemon hangs up while it is being sent."""
    with clamd(program, _folder(), limit="1M") as small:
        for place in small.places:
            for size in (2, 10):
                verdict = scan(place, LARGE[: size * 1024 * 1024])
                assert (verdict.clean, verdict.virus, verdict.late) == (False, "", False)
                assert "StreamMaxLength" in verdict.reason or "途中で切れ" in verdict.reason
            assert scan(place, b"small").clean


@pytest.mark.real
def test_stopped_in_mid_scan(program):
    """R-4.5: clamd is killed while it is being sent a file, and then away."""
    with clamd(program, _folder()) as running:
        halfway, verdicts = threading.Event(), []

        class Slow(io.BytesIO):
            def read(self, count: int | None = -1) -> bytes:
                if self.tell() >= len(LARGE) // 2:
                    halfway.set()
                    time.sleep(0.1)
                return super().read(count)

        def ask() -> None:
            verdicts.append(Clamd(running.places[1], 20).scan(Slow(LARGE)))

        asking = threading.Thread(target=ask)
        asking.start()
        assert halfway.wait(20)
        running.kill()
        asking.join()
        assert not verdicts[0].clean and "途中で切れ" in verdicts[0].reason
        for place in running.places:
            away = scan(place, b"x")
            assert not away.clean and "つながりません" in away.reason
            assert "つながりません" in Clamd(place, 5).state().trouble


# ---------------------------------------------------------------- servers that are no clamd


@pytest.mark.parametrize("reads", [True, False], ids=["listens", "does not even read"])
def test_a_hung_scanner_costs_its_time_and_no_more(reads):
    """R-4.5: one deadline over connecting, sending and the answer."""
    with pretender(reads=reads) as place:
        began = time.monotonic()
        verdict = scan(place, LARGE, seconds=1)
        took = time.monotonic() - began
    assert (verdict.clean, verdict.late) == (False, True)
    assert 0.9 < took < 3


@pytest.mark.parametrize(
    "answer", [b"stream: OK, or so\0", b"HTTP/1.1 200 OK\r\n\r\n\0", b"stream: Can't allocate memory ERROR\0", b"OK"]
)
def test_only_a_clean_ok_is_clean(answer):
    with pretender(answer) as place:
        assert not scan(place, b"x" * 1000, seconds=1).clean


def test_nobody_there():
    verdict = scan(f"127.0.0.1:{free_port()}", b"x")
    assert not verdict.clean and "つながりません" in verdict.reason


def test_a_stranger_on_the_port_is_no_scanner():
    with pretender(b"SSH-2.0-OpenSSH_9.2\0") as place:
        assert "ではないもの" in Clamd(place, 2).state().trouble


def test_the_day_of_the_signatures():
    assert _signatures("ClamAV 1.4.6/27432/Tue Oct  8 08:01:33 2024") == date(2024, 10, 8)
    assert _signatures("ClamAV 1.4.6/27432/Tue Oct 22 08:01:33 2024") == date(2024, 10, 22)
    assert _signatures("ClamAV 1.4.6") is _signatures("ClamAV 1.4.6/1/Tue Foo 22 08:01:33 2024") is None


# ---------------------------------------------------------------- what the settings name


def use(tmp_path, **files) -> None:
    config.use(build_settings(tmp_path, files=config.FileSettings(**files)))


def test_off_says_so(tmp_path):
    use(tmp_path, virus_scan="off")
    assert antivirus.scan(io.BytesIO(EICAR)) == antivirus.Verdict(True, "未検査")
    assert antivirus.state().off


def test_after_a_silence_the_next_files_do_not_wait_as_long(tmp_path):
    """R-4.5: ten files of one form do not hold a thread for ten deadlines."""
    with pretender() as place:
        use(tmp_path, virus_scan="clamd", clamd=place, scan_seconds=1)
        assert antivirus.scan(io.BytesIO(b"x")).late
        began = time.monotonic()
        assert not any(antivirus.scan(io.BytesIO(b"x")).clean for _ in range(9))
        assert time.monotonic() - began < 0.5


def test_a_hung_scanner_holds_half_of_the_threads_at_most(tmp_path):
    with pretender() as place:
        use(tmp_path, virus_scan="clamd", clamd=place, scan_seconds=1)
        verdicts: list[antivirus.Verdict] = []
        asking = [threading.Thread(target=lambda: verdicts.append(antivirus.scan(io.BytesIO(b"x")))) for _ in range(16)]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
    assert not any(one.clean for one in verdicts)
    assert sum("混み合" in one.reason for one in verdicts) == 8
    assert sum(one.busy for one in verdicts) == 8, "and those only"


# ---------------------------------------------------------------- Defender


@pytest.fixture
def defender(tmp_path):
    """A program in the place of MpCmdRun.exe that ends as it is told, if it was called as Defender wants it."""
    if os.name != "posix":
        pytest.skip("the stand-in is a shell script")

    def make(lines: str) -> Defender:
        path = tmp_path / "MpCmdRun.exe"
        check = '[ "$*" = "-Scan -ScanType 3 -DisableRemediation -File $6" ] || exit 77\n'
        path.write_text(f"#!/bin/sh\n{check}{lines}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return Defender(str(path), 5)

    return make


def test_defender_answers_by_its_exit_code(defender):
    """R-4.5: 0 is clean, 2 is a virus, all else is no verdict; the file it gets is the one that came."""
    ask = defender(
        'grep -q harmless "$6" && exit 0\necho "Threat                  : Virus:DOS/EICAR_Test_File"\nexit 2'
    )
    assert ask.scan(io.BytesIO(b"harmless")) == antivirus.Verdict(True, "問題なし")
    assert ask.scan(io.BytesIO(b"other")).virus == "Virus:DOS/EICAR_Test_File"
    for code in (1, 77):
        verdict = defender(f"exit {code}").scan(io.BytesIO(b"x"))
        assert (verdict.clean, verdict.virus) == (False, "") and str(code) in verdict.reason
    assert ask.state() == antivirus.State(version="Microsoft Defender")


def test_defender_that_hangs_or_is_not_there(defender, tmp_path):
    slow = Defender(defender("exec sleep 30")._program, 1)
    began = time.monotonic()
    assert slow.scan(io.BytesIO(b"x")).late and time.monotonic() - began < 3
    gone = Defender(str(tmp_path / "nowhere.exe"), 5)
    assert not gone.scan(io.BytesIO(b"x")).clean and "見つかりません" in gone.state().trouble


def test_defender_leaves_no_copy_behind(defender, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert defender("exit 0").scan(io.BytesIO(b"x")).clean
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_newest_defender_is_taken(tmp_path, monkeypatch):
    platform = tmp_path / "data" / "Microsoft" / "Windows Defender" / "Platform"
    for version in ("4.18.9.5-0", "4.18.24090.11-0"):
        (platform / version).mkdir(parents=True)
        (platform / version / "MpCmdRun.exe").write_bytes(b"")
    (tmp_path / "programs" / "Windows Defender").mkdir(parents=True)
    (tmp_path / "programs" / "Windows Defender" / "MpCmdRun.exe").write_bytes(b"")
    monkeypatch.setenv("PROGRAMDATA", str(tmp_path / "data"))
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path / "programs"))
    assert _find("") == platform / "4.18.24090.11-0" / "MpCmdRun.exe"
    shutil.rmtree(platform)
    assert _find("") == tmp_path / "programs" / "Windows Defender" / "MpCmdRun.exe"
