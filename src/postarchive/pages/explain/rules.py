"""The rules that decide each field, one line each, as `parse --explain` prints them."""

from postarchive.record.labels import Meaning

NOT_SHOWN = "the page does not show it"
TYPED = {
    Meaning.SERIAL: ("stamp.serial",),
    Meaning.ISSUED: ("stamp.issued", "date"),
    Meaning.DENOMINATION: ("stamp.denomination",),
}
BYLINE = "between bars, after a label or glued to the title, in the lines around title and body"
RULES = {
    "title": "the ReportIDname without a link nearest before the body",
    "title line": "the line above the body that <title> confirms, else the first one, as there is no ReportIDname",
    "subtitle": "the ReportIDgetSubhead of the article, without its dashes",
    "subtitle line": "what follows the dashes after the title",
    "source": "the ReportIDMediaName of the article, without blanks, bars and label",
    "date": "the ReportIDIssueTime nearest to title and body that is not in a row of another list",
    "editor": "the author, editor or byline field of the article, without its label",
    "section": "the first line above the title that differs from it",
    "leftovers": "text of the content region that no field accounts for",
    "heading": "the unlinked #FolderSubject, #CurrentlyNode or #NodeTitle, else the highest heading element",
    "subject": "<title> up to its last ` - `, as no field or heading names the page",
    "hotlines": "a line `LABEL: NUMBER` of the frame whose number is a telephone number",
    "registrations": "an ICP or public security number, wherever the frame prints it",
    "images": "a picture in the content that is not an icon of the CMS",
    "attachments": "a link in the content to a file",
    "kind": "`type` of the page's node script, else the page's URL, else the fields it holds",
    "node": "`id` of the page's node script, else the meta contentid, else the page's URL",
    "facts": "a row of the table, or a line, `LABEL: VALUE`, in page order",
    "typed": "the value of the first fact whose label names it",
    "sheets": "the total of the pager's comment, else #CBLast, else the largest number of the pager, else 1",
    "created": "the meta publishdate, the day the node was made",
}
