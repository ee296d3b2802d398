"""From the bytes of a page to a flow of text with the places of its elements. Nothing here knows China Post.

decode   bytes to UTF-8, by the evidence of their charset
flow     the page as one flow of marked text, and the span of each element in it
text     marked text to paragraphs, rows and lines
tree     what is asked of a page: by id, inside an element, around one
repair   closing tags that browsers ignore
places   where the characters of a page stand in its bytes
"""
