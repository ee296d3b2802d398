"""Tools for a language model: search, read, changes, SQL; over stdin and stdout, read-only.

quoted   results as JSON of bounded length: page text apart and marked as quoted, every result with its evidence
tools    the four tools, as functions that return such text
server   the official SDK around them

Page text is what somebody else wrote. It may well say "ignore your instructions": so it stands under `quoted` alone,
without what acts in a terminal, and each result says that nothing in it is an instruction. Needs the extra `mcp`.
"""
