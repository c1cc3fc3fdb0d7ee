"""Judges every file of a folder as an upload would be judged, with the scanner off.

Prints `VERDICT<TAB>ms<TAB>path` for each. Where the folder has a `truth.tsv` (columns path, encrypted: enc, plain,
restricted or broken, and malicious), a table per family, the reasons of what was plain and refused, and a last line.
There, "refused" counts plain files called malformed: a kind that is not accepted and a script in a ZIP are refused on
purpose. The size of a file is not judged.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from rules.files.upload import Verdict, Word, inspect  # noqa: E402

TRUTH = "truth.tsv"
_NOT_MALICIOUS = ("", "-", "no", "0", "false")


@dataclass
class Judged:
    path: str
    verdict: Verdict
    milliseconds: float


def main(folder: Path) -> None:
    judged = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / TRUTH):
        one = judge(path, path.relative_to(folder).as_posix())
        judged.append(one)
        print(f"{one.verdict.word}\t{one.milliseconds:.1f}\t{one.path}", flush=True)
    if judged and (folder / TRUTH).is_file():
        with open(folder / TRUTH, encoding="utf-8", newline="") as file:
            report(judged, {row["path"]: row for row in csv.DictReader(file, delimiter="\t")})


def judge(path: Path, shown: str) -> Judged:
    with open(path, "rb") as stream:
        began = time.perf_counter()
        verdict = inspect(path.name, stream)
        return Judged(shown, verdict, (time.perf_counter() - began) * 1000)


def report(judged: list[Judged], truth: dict[str, dict[str, str]]) -> None:
    rows: Counter[tuple[str, str, str]] = Counter()
    missed = alarms = refused = plain = 0
    notes = []
    for one in judged:
        row = truth.get(one.path, {})
        told, word = row.get("encrypted", "?"), one.verdict.word
        family = row.get("kind") or Path(one.path).suffix.lower().lstrip(".") or "-"
        rows[family, told, word] += 1
        missed += told == "enc" and word is Word.OK
        alarms += told in ("plain", "restricted") and word is Word.ENCRYPTED
        plain += told == "plain"
        refused += told == "plain" and word is Word.MALFORMED
        malicious = row.get("malicious", "").lower() not in _NOT_MALICIOUS
        if malicious and word is Word.OK:
            notes.append(f"malicious, but ok\t{one.path}")
        if told == "enc" and word is Word.OK:
            notes.append(f"missed\t{one.path}")
        elif told in ("plain", "restricted") and word not in (Word.OK, Word.TYPE):
            reason = ": ".join(filter(None, (one.verdict.reason, one.verdict.inside, one.verdict.detail)))
            notes.append(f"{told}, but {word}\t{one.path}\t{reason}")
    table(rows)
    print(*notes, sep="\n", end="\n\n")
    times = [one.milliseconds for one in judged]
    print(
        f"missed {missed}, false alarm {alarms}, refused {refused} of {plain} plain, "
        f"median {statistics.median(times):.1f} ms, worst {max(times) / 1000:.2f} s"
    )


def table(rows: Counter[tuple[str, str, str]]) -> None:
    print()
    print(f"{'family':8}{'truth':12}" + "".join(f"{word:>11}" for word in Word))
    for family, told in sorted({(family, told) for family, told, _ in rows}):
        print(f"{family:8}{told:12}" + "".join(f"{rows[family, told, word]:11}" for word in Word))
    print()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python bench/uploads.py FOLDER")
    sys.stdout.reconfigure(encoding="utf-8")
    main(Path(sys.argv[1]))
