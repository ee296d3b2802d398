"""Turn many WARC files of others into a Parquet dataset of records, each file by itself, on every process there is.

Nothing here writes to an archive: `import` does that. The dataset is a folder with one Parquet file for each
WARC file that has pages of the site, and a report on each WARC file that was read to its end, in `_done/`.

sources   which files there are: paths, globs, folders, lists, addresses
remote    a file at an address, brought here
passing   the wanted records of a file, found at the speed of skipping the others
rows      a record as a row, or why it is none
reports   what became of a file, and whether it must be read again
task      one file: what a worker does
forks     the process that workers are forked from
cluster   the workers, ours or those of others, and their reports as they come

Needs the extra `bulk`.
"""
