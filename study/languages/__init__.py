"""Everything that participants read, in their languages: one gettext catalogue a language, `de.po` and its like.

The English text is the key of a message, so English needs no catalogue. Words in braces, such as `{total}`, are filled
in afterwards and stay in every translation. A text is marked where it stands: `t("...")` and `plural("...", "...", n)`
translate, `mark("...")` says that it will be translated later; in JavaScript it is `t("...")`, too.

After a text was changed, or for a new language (`pybabel` comes with Babel, which the app needs anyway):

    pybabel extract -F .babel.cfg --no-default-keywords -k t -k mark -k plural:1,2 --no-location -o new.pot \
        app.py pages study
    pybabel update --no-fuzzy-matching --ignore-obsolete -w 120 -i new.pot -l de -o study/languages/de.po
    pybabel init -w 120 -i new.pot -l pt -o study/languages/pt.po

A catalogue whose header `Last-Translator` is `machine` was made by one, and the pages say so. Whoever speaks the
language and has read the translation writes a name there.
"""
