"""The demos run headless, and what they claim holds: a line of the table for each of them."""

import importlib

import pytest

from demos import TOPICS, gallery

CLAIMS = {  # what main() returns has to satisfy
    "digits": lambda accuracy: accuracy >= 0.96,
}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "demos-output"


@pytest.mark.parametrize("name", TOPICS)
def test_what_a_demo_claims_holds(name, elsewhere, capsys):
    assert CLAIMS[name](importlib.import_module(f"demos.{name}").main())
    assert gallery.pictures_of(name) and str(elsewhere) in capsys.readouterr().out


def test_every_demo_has_a_claim_and_a_lesson():
    assert list(CLAIMS) == TOPICS
    for name in TOPICS:
        title, empty, *lesson = importlib.import_module(f"demos.{name}").__doc__.splitlines()
        assert title.endswith(".") or len(title) > 10
        assert not empty and any(lesson)


def test_the_gallery_has_an_article_for_each(elsewhere):
    page = gallery.write(TOPICS).read_text()
    assert all(f'<article id="{name}">' in page for name in TOPICS)


def test_an_unknown_demo_is_answered_with_the_near_ones():
    main = importlib.import_module("demos.__main__").main
    with pytest.raises(SystemExit, match="did you mean digits"):
        main(["digit"])
