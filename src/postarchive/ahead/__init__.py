"""What follows from a response alone, computed ahead of the fold: here, or in worker processes.

Reading a response (decompressing, checking digests, parsing) depends only on its bytes; what a capture changes in the
database depends on all captures before it. So several processes can do the first, ahead and in any order, while one
does the second, in the order of the evidence. The database is the same whichever process read a response.

prepared   what follows from a page: its record as stored, fingerprint, skeleton, links, words of the index
events     the events of a slice of a WARC file, with what follows from each
importing  other people's captures, packed and read before they are written
pipe       messages between two processes
worker     the loop of a process that does tasks for another
process    how such a process is started
crew       the workers, and their results in task order
"""
