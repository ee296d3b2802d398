"""What a first visit to a host shows: each open question, answered from the responses. Pure.

visit     the requests of a first visit: why each was made, and its outcome
layout    how its pages are built
around    what surrounds their fields
listed    its lists: rows, sheets, labels
served    how its server behaves
answers   the questions, and the answer to each
"""

from postarchive.survey.answers import Answer, answers
from postarchive.survey.visit import Lack, Purpose, Requested, Visit

__all__ = ["Answer", "Lack", "Purpose", "Requested", "Visit", "answers"]
