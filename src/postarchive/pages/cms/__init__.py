"""What the pages of the CMS share, whatever their kind (SITE.md §3).

head, frame, numbers   what surrounds the content
material, common       what a parser gets, and the fields that every kind has
rows, media, byline    lists, pictures and files, the lines around a story
dates                  days as the pages print them
odd, drift             pages without content; the structure that tells a redesign from an edit
"""
