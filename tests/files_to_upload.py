"""Files that tests attach: small real ones of every kind, and the same with something wrong."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from pypdf import PdfWriter

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
CONTENT_TYPES = (
    XML + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
ELF = b"\x7fELF\x02\x01\x01" + bytes(60)
EXE = b"MZ\x90\0\x03\0\0\0" + bytes(52) + struct.pack("<I", 64) + b"PE\0\0" + bytes(60)
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(40)
RAR = b"Rar!\x1a\x07\x01\0" + bytes(40)
LZH = b"\x19\x00-lh5-" + bytes(40)
CAB = b"MSCF\0\0\0\0" + bytes(40)
HTML = b"<!DOCTYPE html>\n<html><body>x</body></html>"
SVG = b'<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x0cmeta\0\0\0\0" + b"\0\0\0\x10mdat" + bytes(8)
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b"
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x2a\xff\xd9"
)


def png(width: int = 1, height: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def pdf(**encrypt: object) -> bytes:
    """A page without anything on it; `encrypt` goes to pypdf: user_password, owner_password, algorithm."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if encrypt:
        writer.encrypt(**encrypt)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_packed(catalog: bytes, content: bytes) -> bytes:
    """Its catalogue (object 1) and pages (2) stand in the packed stream 3; stream 4 is `content`, of no type."""
    head = b"1 0 2 %d " % (len(catalog) + 1)
    out, places = b"%PDF-1.5\n", {}
    for number, words, inside in (
        (3, b"/Type/ObjStm/N 2/First %d" % len(head), head + catalog + b" <</Type/Pages/Count 0/Kids[]>>"),
        (4, b"", content),
        (5, b"/Type/XRef/Size 6/W[1 2 2]/Root 1 0 R", None),
    ):
        places[number] = len(out)
        data = inside
        if data is None:
            rows = [(0, 0, 65535), (2, 3, 0), (2, 3, 1), *((1, places[one], 0) for one in (3, 4, 5))]
            data = b"".join(struct.pack(">BHH", *row) for row in rows)
        packed = zlib.compress(data)
        out += b"%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>\nstream\n" % (number, words, len(packed))
        out += packed + b"\nendstream\nendobj\n"
    return out + b"startxref\n%d\n%%%%EOF\n" % places[5]


# ---------------------------------------------------------------- ZIP


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def docx(**more: bytes | str) -> bytes:
    """`more`: further parts by name, with __ for / and _dot_ for a full stop."""
    parts = {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    return zipped({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": XML + "<w:document/>", **parts})


def xlsx() -> bytes:
    return zipped({"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.xml": XML + "<workbook/>"})


def odt(manifest: str = "<manifest:manifest/>", **more: bytes | str) -> bytes:
    parts = {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    return zipped(
        {"mimetype": "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": manifest, **parts},
        zipfile.ZIP_STORED,
    )


def member(
    name: bytes,
    data: bytes,
    *,
    flags: int = 0,
    method: int = 0,
    extra: bytes = b"",
    mode: int = 0,
    at: int = 0,
    **other: int,
) -> tuple[bytes, bytes]:
    """The local part and the central record of one member; `other`: local_flags, central_packed, crc."""
    crc = other.get("crc", zlib.crc32(data))
    packed = other.get("central_packed", len(data))

    def fields(flags: int, packed: int) -> bytes:
        return struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 33, crc, packed, len(data), len(name), len(extra))

    local = b"PK\x03\x04" + fields(other.get("local_flags", flags), len(data)) + name + extra + data
    rest = struct.pack("<HHHII", 0, 0, 0, mode << 16, at)
    return local, b"PK\x01\x02" + struct.pack("<H", 0x031E) + fields(flags, packed) + rest + name + extra


def by_hand(*parts: tuple[bytes, bytes], behind: bytes = b"") -> bytes:
    """A ZIP of (local, central) pairs; the records' offsets are filled in."""
    front, records = b"", b""
    for local, central in parts:
        records += central[:42] + struct.pack("<I", len(front)) + central[46:]
        front += local
    return front + records + end(len(parts), len(records), len(front), len(behind)) + behind


def end(count: int, length: int, at: int, comment: int = 0) -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, length, at, comment)


def nested(content: bytes, levels: int, name: str = "中.zip") -> bytes:
    for _ in range(levels):
        content = zipped({name: content})
    return content


# ---------------------------------------------------------------- compound files of the old Office

_SECTOR, _FREE, _END, _FAT = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes], storages: tuple[str, ...] = (), clsid: bytes = bytes(16)) -> bytes:
    """A compound file with these streams (padded to 4 KB, the least that needs no second kind of sector)."""
    data = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    names = [*storages, *data]
    directory_sectors = -(-(len(names) + 1) * 128 // _SECTOR)
    chains, body, place = [], b"", 1 + directory_sectors
    for content in data.values():
        count = -(-len(content) // _SECTOR)
        chains.append((place, len(content)))
        body += content.ljust(count * _SECTOR, b"\0")
        place += count
    table = [_FAT, *range(2, 1 + directory_sectors), _END]
    for first, length in chains:
        count = -(-length // _SECTOR)
        table += [*range(first + 1, first + count), _END]
    assert len(table) <= 128, "one sector of the table is enough for tests"
    fat = struct.pack("<128I", *table, *[_FREE] * (128 - len(table)))
    starts = [(0, 0)] * len(storages) + chains
    directory = _entry("Root Entry", 5, _FREE, 1 if names else _FREE, _END, 0, clsid)
    for index, (name, (first, length)) in enumerate(zip(names, starts, strict=True), 1):
        right = index + 1 if index < len(names) else _FREE
        directory += _entry(name, 1 if index <= len(storages) else 2, right, _FREE, first, length)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    return header + fat + directory.ljust(directory_sectors * _SECTOR, b"\0") + body


def _entry(name: str, kind: int, right: int, child: int, first: int, length: int, clsid: bytes = bytes(16)) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBBIII", len(raw), kind, 1, _FREE, right, child)
    return raw.ljust(64, b"\0") + links + clsid + bytes(4 + 16) + struct.pack("<IQ", first, length)


def locked_docx() -> bytes:
    return compound({"EncryptionInfo": b"\x04\0\x04\0", "EncryptedPackage": b"x" * 100})


def doc(flags: int = 0) -> bytes:
    return compound({"WordDocument": b"\xec\xa5\xc1\0" + bytes(6) + struct.pack("<H", flags) + bytes(20)})


def xls(*records: tuple[int, bytes]) -> bytes:
    book = [(0x0809, bytes(16)), *records, (0x0A, b"")]
    return compound({"Workbook": b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in book)})


def ppt(token: int = 0xE391C05F, document: bytes = b"") -> bytes:
    return compound({"Current User": bytes(12) + struct.pack("<I", token), "PowerPoint Document": document})


def packaged(name: str, content: bytes) -> bytes:
    """An \\x01Ole10Native stream: a file put into a document as an icon."""
    written = name.encode("cp932") + b"\0"
    inner = b"\2\0" + written + written + b"\0\0\3\0" + struct.pack("<I", len(written)) + written
    inner += struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(inner)) + inner
