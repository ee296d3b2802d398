"""Picture files of a given size, honest ones and such as mean harm."""

import struct
import zlib
from io import BytesIO

from PIL import Image

HARM = b"<script>window.harmed=1</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="window.harmed=1"><circle r="9"/></svg>'
PAGE = b"<!DOCTYPE html><html><body onload='window.harmed=1'>a page under an image's name</body></html>"


def picture(form: str, width: int = 40, height: int = 30, **options: object) -> bytes:
    """Return a picture as an honest program writes it; `form` is Pillow's name of the format."""
    out = BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(out, form, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """Return a PNG that says it has this size; its few bytes unpack to a whole picture of one colour."""
    squeeze = zlib.compressobj(9)
    rows = [squeeze.compress(b"\0" * min(1 << 20, (width // 8 + 1) * height)), squeeze.flush()]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", b"".join(rows)) + chunk(b"IEND", b"")


def resized_jpeg(width: int, height: int) -> bytes:
    """Return a JPEG whose frame header lies about its size."""
    data = bytearray(picture("JPEG"))
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def with_comment(comment: bytes) -> bytes:
    """Return a JPEG that holds a comment."""
    data = picture("JPEG")
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + data[2:]


def endless_gif(images: int) -> bytes:
    """Return a GIF of many images of one pixel."""
    image = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + image * images + b"\x3b"
