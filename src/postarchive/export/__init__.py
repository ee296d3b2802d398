"""Write records for others to read. Nothing is imported here: a command imports only the module it needs.

rows, flat, columns      tables: their formats, and their columns with types and meanings
document, show           one record in full: its blocks, and how they are laid out
plain, markup            text made harmless for a terminal; for Markdown and HTML
files, folder, bundle    writing in one step: a file, a folder, a folder or zip with its checksums
pages, frontmatter       a folder of Markdown
parquet, plot            what needs an extra
feed                     Atom
package, describe        a data package, and the texts that describe it
warcfile                 WARC and WACZ
golden                   the expected record beside a fixture
"""
