"""What follows from a response alone, worked out before the fold needs it: here, or in other processes.

Reading a response (unpacking, digests, parsing) depends on nothing but its bytes; what a capture changes in the
database depends on all captures before it. So several processes can do the first, ahead and in any order, while one
does the second, in the order of the evidence: the database is the same whoever did the reading.

prepared   what follows from a page: its record as stored, fingerprint, skeleton, links, words of the index
told       the events of a slice of a WARC file, with what follows from each
importing  other people's captures, packed and read before they are written
pipe       messages between two processes
worker     what a process does that does tasks for another
process    how it is started
crew       the workers, and their results in task order
"""
