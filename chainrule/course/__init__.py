"""The course: the five lectures' items in order, each a short program with its words in English and Japanese.

>>> from chainrule import course
>>> course.items("E")[7].title["en"]
'Forward in symbols'
"""

from chainrule.course.items import CHAPTERS, Item, item, items
from chainrule.course.stage import Outcome, compare, run, show, word

__all__ = ["CHAPTERS", "Item", "Outcome", "compare", "item", "items", "run", "show", "word"]
