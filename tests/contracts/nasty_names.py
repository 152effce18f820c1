"""Names that a user may give and that something on the way could spoil."""

from __future__ import annotations

import unicodedata

COMPOSED = unicodedata.normalize("NFC", "café.jpg")
DECOMPOSED = unicodedata.normalize("NFD", "café.jpg")

NASTY_NAMES = (
    "two words.jpg",
    " blank at both ends ",
    "a+b.jpg",
    "100%.jpg",
    "%2F%41%.jpg",
    'it\'s "quoted" `here`.png',
    "a.b$c.jpg",
    "$where",
    '{"$ne": null}',
    "__proto__",
    "_id",
    "null",
    "0",
    "[a-z]*(b|c)^$.jpg",
    "#anchor?query=1&x;y=2.jpg",
    "back\\slash.jpg",
    "..hidden",
    "a..b",
    "-rf",
    "~home",
    "<b>&amp;.jpg",
    "=1+1,x.csv",
    "Zoë's Ærø.jpg",
    "ẞtraße.jpg",
    "изображение.jpg",
    "日本語の写真.jpg",
    "صورة.jpg",
    "\u202egpj.exe",
    "zero\u200bwidth.jpg",
    "👩\u200d🔬 in the lab 🔬.png",
    "same.jpg",
    "SAME.JPG",
    COMPOSED,
    DECOMPOSED,
    "n" * 255,
    "長" * 80,
)
