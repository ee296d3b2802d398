"""What the pages of the CMS share, whatever their kind (SITE.md §3).

head, frame, numbers   what stands around the content
material, common       what a parser gets, and the fields that every kind has
rows, media, byline    lists, pictures and files, the lines around a story
dates                  days as the pages print them
odd, drift             pages that say nothing; the structure that tells a redesign from an edit
"""
