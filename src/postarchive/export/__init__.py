"""Write records for others to read. Nothing is imported here: a command takes the one file it needs.

rows, flat, columns      tables: their formats, and their columns with type and meaning
document, show           one record in full: its blocks, and how they are laid out
plain, markup            text made harmless for a terminal; for Markdown and HTML
files, folder, bundle    what is written appears in one step: a file, a folder, a folder or zip with its checksums
pages, frontmatter       a folder of Markdown
parquet, plot            what takes an extra
feed                     Atom
package, describe        a data package, with what it says of itself
warcfile                 WARC and WACZ
golden                   the expected record beside a fixture
"""
