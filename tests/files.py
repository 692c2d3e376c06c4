"""Files as offices send them, and as somebody might send them to do harm."""

from __future__ import annotations

import io
import struct
import zipfile
from functools import cache

from PIL import Image, ImageDraw
from pypdf import PdfWriter

WORD = '<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
MAIN_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


@cache
def written(text: str = "รายงานผล", pages: int = 1) -> bytes:
    """A PDF that shows something: a scan with a line of text. The same for the same text: a PDF carries the time of its making."""
    sheets = []
    for number in range(pages):
        sheet = Image.new("L", (827, 1169), "white")
        ImageDraw.Draw(sheet).text((90, 120), f"{text.encode().hex()[:40]} {number}", fill=0, font_size=24)
        sheets.append(sheet)
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    # Two texts whose pictures look alike are still two files.
    return out.getvalue() + f"\n% {text}\n".encode()


def typed(text: str) -> bytes:
    """A PDF with text and no picture."""
    drawn = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )


def locked(user: str = "secret", owner: str | None = None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.encrypt(user, owner)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def huge_page() -> bytes:
    """A page as large as a village, with a square on it."""
    writer = PdfWriter()
    writer.add_blank_page(width=1_000_000, height=1_000_000)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def white_scan() -> bytes:
    """A scan of an empty sheet: grey paper with the grain of a scanner."""
    sheet = Image.effect_noise((1240, 1754), 5).point(lambda shade: min(255, shade + 110))
    out = io.BytesIO()
    sheet.save(out, "PDF")
    return out.getvalue()


def picture(kind: str = "PNG", *, size: tuple[int, int] = (400, 300), drawn: bool = True, mode: str = "RGB") -> bytes:
    made = Image.new("1" if mode == "1" else "RGB", size)
    if drawn:
        ImageDraw.Draw(made).rectangle((20, 20, size[0] // 2, size[1] // 2), fill="red")
    out = io.BytesIO()
    made.convert(mode).save(out, kind)
    return out.getvalue()


def bomb_picture() -> bytes:
    """900 million pixels in 110 kB."""
    return picture(size=(30_000, 30_000), drawn=False, mode="1")


def office(extension: str, parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        if MAIN_PARTS[extension] not in parts:
            archive.writestr(MAIN_PARTS[extension], "<main/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def word(text: str = "รายงานผล") -> bytes:
    return office("docx", {"word/document.xml": WORD.format(text=text)})


def entity_bomb() -> bytes:
    """A billion laughs."""
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return office("docx", {"word/document.xml": f"<!DOCTYPE w [{entities}]><w><t>&a9;</t></w>"})


def broken_archive() -> bytes:
    """A document with one member whose bytes were changed on the way."""
    content = bytearray(word("ก" * 2000))
    at = content.find(b"word/document.xml") + 40
    content[at] ^= 0xFF
    return bytes(content)


def locked_office(*, aligned: bool = True) -> bytes:
    """The container that Office makes of a document with a password: a compound file with the stream EncryptedPackage."""
    name = "EncryptedPackage\0".encode("utf-16-le")
    entry = name.ljust(64, b"\0") + len(name).to_bytes(2, "little") + b"\x02" + bytes(61)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return head + bytes(128 if aligned else 100) + entry + bytes(4096)


def atom(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def clip(*, index: bool = True) -> bytes:
    brand = atom(b"ftyp", b"mp42\0\0\0\0mp42isom")
    return brand + (atom(b"moov", bytes(200)) if index else b"") + atom(b"mdat", bytes(5000))
