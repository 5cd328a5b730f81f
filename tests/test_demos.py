"""The demos run headless, and what they claim holds."""

import pytest

from demos import digits


def test_the_main_job_reads_digits_and_leaves_its_pictures(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    assert digits.main() >= 0.96
    assert {path.name for path in tmp_path.glob("demos-output/*.png")} == {"digits-learning.png", "digits-predictions.png"}
    assert str(tmp_path / "demos-output") in capsys.readouterr().out
