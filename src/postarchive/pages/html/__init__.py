"""From the bytes of a page to a flow of text with the places of its elements. Nothing here is specific to China Post.

decode   bytes to UTF-8, by what shows their charset
flow     the page as one flow of marked text, and the span of each element in it
text     marked text to paragraphs, rows and lines
tree     lookups in a page: by id, inside an element, around one
repair   closing tags that browsers ignore
places   where the characters of a page are in its bytes
"""
