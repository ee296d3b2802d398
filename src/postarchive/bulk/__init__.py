"""Turn many WARC files made by others into a Parquet dataset of records, each file separately, on many processes.

Nothing here writes to an archive: `import` does that. The dataset is a folder with a Parquet file for each WARC file
that has pages of the site, and, in `_done/`, a report on each WARC file that was read to its end.

sources   which files there are: paths, globs, folders, lists, addresses
remote    a file at an address, downloaded
scan      the wanted records of a file, found at the speed of skipping the others
rows      a record as a row, or why there is none
reports   the outcome of a file, and whether it must be read again
task      one file: what a worker does
forks     the process that workers are forked from
cluster   the workers, here or on a cluster, and their reports as they come

Needs the extra `bulk`.
"""
