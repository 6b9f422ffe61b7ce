"""The help button: a page of the plugin in the user's language."""

from pathlib import Path

import pytest
from parcel_agglomeration.algorithms import parcel_algorithm

HELP = Path(__file__).resolve().parents[2] / "resources" / "help"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_help_button_opens_the_page_in_the_users_language(provider, monkeypatch, language):
    monkeypatch.setattr(parcel_algorithm, "user_language", lambda: language)
    url = provider.algorithm("naturalbreaks").helpUrl()
    assert url == (HELP / language / "naturalbreaks.html").resolve().as_uri()


def test_english_serves_where_a_language_has_no_page(monkeypatch):
    monkeypatch.setattr(parcel_algorithm, "user_language", lambda: "fr")
    assert parcel_algorithm.help_url("naturalbreaks").endswith("/en/naturalbreaks.html")


def test_without_a_page_qgis_is_left_to_answer():
    assert parcel_algorithm.help_url("no_such_algorithm") == ""


def test_a_shipped_model_keeps_its_help_page_in_a_fresh_instance(provider, monkeypatch):
    from parcel_agglomeration.algorithms import provider as module

    monkeypatch.setattr(module, "help_url", lambda name: f"file:///help/{name}.html")
    provider.refreshAlgorithms()
    model = provider.algorithm("evaluatemodel")
    assert model.helpUrl() == "file:///help/evaluatemodel.html"
    assert model.create().helpUrl() == "file:///help/evaluatemodel.html"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_algorithm_and_model_has_its_page(provider, monkeypatch, language):
    monkeypatch.setattr(parcel_algorithm, "user_language", lambda: language)
    provider.refreshAlgorithms()
    pages = {algorithm.name(): algorithm.helpUrl() for algorithm in provider.algorithms()}
    assert pages == {name: (HELP / language / f"{name}.html").resolve().as_uri() for name in pages}
    assert {page.stem for page in (HELP / language).glob("*.html")} == {*pages, "index"}
