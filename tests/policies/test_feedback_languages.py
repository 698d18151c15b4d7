"""Which language a text is in, and how letters begin and end."""

from __future__ import annotations

import pytest

from penchant.policies.feedback.languages import language_of, letters


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The shop is closed today, but you can come back in the morning.", "English"),
        ("Der Laden ist heute zu, aber du kannst morgen früh wieder kommen.", "German"),
        ("Le magasin est fermé, mais vous pouvez revenir demain dans la matinée.", "French"),
        ("La tienda está cerrada, pero puedes volver por la mañana con tus amigos.", "Spanish"),
        ("Il negozio è chiuso oggi, ma puoi tornare domani con gli amici.", "Italian"),
        ("A loja está fechada hoje, mas você pode voltar amanhã com os amigos.", "Portuguese"),
        ("De winkel is vandaag dicht, maar je kunt morgen met het gezin komen.", "Dutch"),
        ("Sklep jest dziś zamknięty, ale nie martw się, bo jutro jest otwarty.", "Polish"),
        ("Affären är stängd i dag, men du kan komma och handla med oss.", "Swedish"),
        ("店は今日閉まっています。", "Japanese"),
        ("商店今天关门了。", "Chinese"),
        ("가게는 오늘 문을 닫았습니다.", "Korean"),
        ("Магазин сегодня закрыт, приходите завтра.", "Russian"),
        ("Магазин сьогодні зачинено, і ми чекаємо завтра.", "Ukrainian"),
        ("Το κατάστημα είναι κλειστό σήμερα.", "Greek"),
        ("", None),
        ("Tofu, rice, soy sauce", None),
        ("01 02 03 04 05 06 07 08 09 10", None),
        ("def add(a, b): return a + b  # adds two numbers of any kind here", None),
        # A quotation is not the language of the text.
        ("The word for shop is 店 in Japanese, and you read it as mise.", "English"),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_a_huge_text_is_read_in_part() -> None:
    assert language_of("the shop is in the town and " * 100_000) == "English"


@pytest.mark.parametrize(
    ("text", "greeting", "sign_off"),
    [
        ("Hi Sam,\nall is well.\nBest,\nAna", "Hi", "Best"),
        ("Sehr geehrte Frau Berg,\nes ist da.\nMit freundlichen Grüßen\nT. Au", "Sehr geehrte",
         "Mit freundlichen Grüßen"),
        ("Hola Luis,\ntodo bien.\nUn abrazo,\nEva", "Hola", "Un abrazo"),
        ("History is long.\nBestowed on us.", None, None),
    ],
)  # fmt: skip
def test_letters(text: str, greeting: str | None, sign_off: str | None) -> None:
    found = letters().greeting.search(text), letters().sign_off.search(text)
    assert [None if each is None else each["how"] for each in found] == [greeting, sign_off]
