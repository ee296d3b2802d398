"""Which bytes are a picture that is shown: four formats by their content, of bounded size, and nothing that acts."""

import random

import pytest

from pictures import HARM, PAGE, SVG, endless_gif, picture, png_of, resized_jpeg, with_comment
from postarchive.serve.raster import MAX_BYTES, Raster, raster_of

MUTATIONS = 3_000


@pytest.mark.parametrize(
    ("form", "media_type", "options"),
    [
        ("PNG", "image/png", {}),
        ("JPEG", "image/jpeg", {}),
        ("JPEG", "image/jpeg", {"progressive": True}),
        ("GIF", "image/gif", {}),
        ("WEBP", "image/webp", {}),
        ("WEBP", "image/webp", {"lossless": True}),
    ],
)
def test_a_picture_is_known_by_its_content(form: str, media_type: str, options: dict[str, object]) -> None:
    assert raster_of(picture(form, 61, 47, **options)) == Raster(media_type, 61, 47)


def test_a_photograph_with_bytes_after_its_end_is_shown() -> None:
    """Cameras write a smaller picture there."""
    assert raster_of(picture("JPEG") + b"\0" * 300 + picture("JPEG", 8, 8)) is not None


def test_a_photograph_that_was_cut_off_is_shown_in_part() -> None:
    whole = picture("JPEG", 200, 200)

    assert raster_of(whole[: len(whole) // 2]) == Raster("image/jpeg", 200, 200)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(SVG, id="SVG"),
        pytest.param(b"\n  " + SVG, id="SVG behind blanks"),
        pytest.param(PAGE, id="a page"),
        pytest.param(b"GIF89a" + PAGE, id="a page behind the name of GIF"),
        pytest.param(b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", id="a script that begins as a GIF"),
        pytest.param(picture("GIF") + HARM, id="a script behind a GIF"),
        pytest.param(picture("PNG") + PAGE, id="a page behind a PNG"),
        pytest.param(picture("JPEG") + PAGE, id="a page behind a JPEG"),
        pytest.param(with_comment(HARM), id="a script in the comment of a JPEG"),
        pytest.param(with_comment(b"%PDF-1.7 x"), id="a document in the comment of a JPEG"),
        pytest.param(png_of(8, 8, b"\0\0\0\x20tEXt" + HARM + b"\0\0\0\0"), id="a script in the text of a PNG"),
        pytest.param(picture("JPEG") + b"PK\x01\x02" + b"\0" * 60 + b"PK\x05\x06" + b"\0" * 18, id="a ZIP archive"),
        pytest.param(png_of(30_000, 30_000), id="a bomb of a PNG"),
        pytest.param(png_of(0, 8), id="a PNG without width"),
        pytest.param(resized_jpeg(65_000, 65_000), id="a bomb of a JPEG"),
        pytest.param(resized_jpeg(0, 0), id="a JPEG without size"),
        pytest.param(endless_gif(60_000), id="a GIF of endless images"),
        pytest.param(picture("PNG")[:-1], id="a PNG that was cut off"),
        pytest.param(picture("GIF")[:-1], id="a GIF that was cut off"),
        pytest.param(picture("WEBP")[:-1], id="a WebP that was cut off"),
        pytest.param(picture("WEBP") + b"x", id="a WebP with a tail"),
        pytest.param(picture("BMP"), id="another format"),
        pytest.param(picture("TIFF"), id="one more format"),
        pytest.param(b"\xff\xd8\xff", id="the first bytes of a JPEG"),
        pytest.param(picture("JPEG") + b"\0" * MAX_BYTES, id="too many bytes"),
    ],
)
def test_anything_else_is_no_picture(data: bytes) -> None:
    assert raster_of(data) is None


def test_a_second_size_that_a_header_hides_is_noticed() -> None:
    small, large = picture("JPEG"), resized_jpeg(65_000, 65_000)

    assert raster_of(small[:2] + large[2:-2] + small[2:]) is None


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_no_mutation_makes_it_fail(form: str) -> None:
    chance, whole = random.Random(form), picture(form)  # noqa: S311 - not for secrets
    for _ in range(MUTATIONS // 4):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        raster_of(bytes(data[: chance.randint(0, len(data))] if chance.random() < 0.3 else data))
