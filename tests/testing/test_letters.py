"""Messages for tests to deliver."""

from __future__ import annotations

from postroom.testing.letters import composed


def test_a_message_has_what_was_given_and_an_id_of_its_own() -> None:
    one, two = (composed("Ada <a@example.test>", "b@example.test", "Grüße", "Text\n") for _ in range(2))
    assert (one["From"], one["To"], one["Subject"]) == ("Ada <a@example.test>", "b@example.test", "Grüße")
    assert one.get_content() == "Text\n"
    assert one["Message-ID"] != two["Message-ID"]


def test_html_stands_beside_the_text() -> None:
    message = composed("a@example.test", "b@example.test", "s", "Text\n", "<p>Text</p>")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
