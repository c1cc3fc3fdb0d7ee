"""Microsoft Defender's command line on Windows; it wants a file with a name, and answers with its exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import BinaryIO

from outside.antivirus.verdict import CLEAN, State, Verdict, found, none

_CLEAN, _FOUND = 0, 2
_NOT_THERE = "Microsoft Defender のコマンド（MpCmdRun.exe）が見つかりません"


class Defender:
    """`program` is the path of MpCmdRun.exe, "" to look for it; `seconds` is the time for one file."""

    def __init__(self, program: str, seconds: int) -> None:
        self._program, self._seconds = program, seconds

    def scan(self, stream: BinaryIO) -> Verdict:
        program = _find(self._program)
        if program is None:
            return none(_NOT_THERE)
        try:
            with tempfile.TemporaryDirectory(prefix="madoguchi-", ignore_cleanup_errors=True) as folder:
                path = Path(folder) / "upload.bin"
                with open(path, "wb") as copy:
                    shutil.copyfileobj(stream, copy, 256 * 1024)
                return self._run(program, path)
        except OSError as fault:
            # Real-time protection may have taken the copy away; whatever it was, there is no verdict.
            return none(f"Microsoft Defender で検査できません: {fault.strerror or fault}")

    def _run(self, program: Path, path: Path) -> Verdict:
        # Without -DisableRemediation it would quarantine the copy and tell the desktop.
        command = [str(program), "-Scan", "-ScanType", "3", "-DisableRemediation", "-File", str(path)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._seconds,
                check=False,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except subprocess.TimeoutExpired:
            return none("Microsoft Defender が、時間内に返事をしませんでした", late=True)
        if done.returncode == _CLEAN:
            return CLEAN
        if done.returncode == _FOUND:
            return found(_name(done.stdout.decode("utf-8", "replace")))
        return none(f"Microsoft Defender が、終了コード {done.returncode} を返しました")

    def state(self) -> State:
        """Its signatures come with Windows Update, which reports for itself."""
        program = _find(self._program)
        return State(trouble=_NOT_THERE) if program is None else State(version="Microsoft Defender")


def _find(program: str) -> Path | None:
    """The newest of the platforms that updates bring, or the one Windows came with."""
    if program:
        return Path(program) if Path(program).is_file() else None
    data, programs = os.environ.get("PROGRAMDATA", ""), os.environ.get("PROGRAMFILES", "")
    found = []
    if data:
        found = list((Path(data) / "Microsoft" / "Windows Defender" / "Platform").glob("*/MpCmdRun.exe"))
    if programs:
        built_in = Path(programs) / "Windows Defender" / "MpCmdRun.exe"
        found = found or ([built_in] if built_in.is_file() else [])
    return max(found, key=lambda path: _numbers(path.parent.name), default=None)


def _numbers(version: str) -> list[int]:
    """4.18.9 comes before 4.18.24090."""
    return [int(part) for part in version.replace("-", ".").split(".") if part.isdecimal()]


def _name(said: str) -> str:
    """The line "Threat  : Virus:DOS/EICAR_Test_File" of its report."""
    for line in said.splitlines():
        head, _, name = line.partition(":")
        if head.strip() == "Threat" and name.strip():
            return name.strip()
    return "?"
