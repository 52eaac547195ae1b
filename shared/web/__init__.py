"""What does a door need? `from shared.web import Body, Do, allow …`; the app around it is made by `shared.web.app`."""

from shared.web.admission import Admitted, allow
from shared.web.bodies import Body, Part
from shared.web.doing import Do, DoPart, Receipt
from shared.web.fields import Code, Count, Day, Flag, FreeText, Many, Moment, Month, Whole
from shared.web.language import Language, language
from shared.web.lists import Page, Paging, as_of, listed
from shared.web.problems import Problem, as_problem, problem_body
from shared.web.replies import reply
from shared.web.serving import Serving, serving

__all__ = [
    "Admitted", "Body", "Code", "Count", "Day", "Do", "DoPart", "Flag", "FreeText", "Language", "Many", "Moment", "Month", "Page", "Paging", "Part",
    "Problem", "Receipt", "Serving", "Whole", "allow", "as_of", "as_problem", "language", "listed", "problem_body", "reply", "serving",
]  # fmt: skip
