"""The result of a query on Common Crawl's columnar index, as Parquet. Needs pyarrow, the extra `parquet`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import parquet as pq

from postarchive.errors import UnreadableInput
from postarchive.foreign.listings import COLUMNS, Row, check_columns

BATCH_ROWS: Final = 1_000
LONGEST: Final = 200  # characters of a library's message


def parquet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a Parquet file. Raises UnreadableInput."""
    try:
        with closing(pq.ParquetFile(path)) as file:
            names = file.schema_arrow.names
            check_columns(path, names)
            columns = [name for name in COLUMNS if name in names]
            for batch in file.iter_batches(BATCH_ROWS, columns=columns):
                for row in batch.to_pylist():
                    yield {name: None if value is None else str(value) for name, value in row.items()}
    except (pa.ArrowException, OSError, ValueError) as error:
        problem = " ".join(str(error).split())[:LONGEST]
        raise UnreadableInput(str(path), f"a Parquet file that cannot be read ({problem})") from error
