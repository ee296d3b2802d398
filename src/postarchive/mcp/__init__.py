"""Tools for a language model: search, read, changes, SQL; over stdin and stdout, read-only.

quoted   results as JSON of bounded length: page text apart and marked as quoted, every result with its evidence
tools    the four tools, as functions that return such text
server   the official SDK around them

Page text is what someone else wrote. It may say "ignore your instructions": so it appears only under `quoted`, without
control characters, and each result says that nothing in it is an instruction. Needs the extra `mcp`.
"""
