import pytest
import torch
from torch.nn import functional as F

from musicgenre.errors import MusicGenreError
from musicgenre.modules.losses import CrossEntropy

LOGITS, LABEL = torch.tensor([[2.0, 0.0, 1.0], [0.5, 0.5, -1.0]]), torch.tensor([0, 2])


def test_by_default_it_is_torchs() -> None:
    assert CrossEntropy()(LOGITS, LABEL).item() == pytest.approx(F.cross_entropy(LOGITS, LABEL).item())


def test_smoothing_spreads_a_share_of_the_target_over_all_classes() -> None:
    target = torch.full((2, 3), 0.3 / 3)
    target[torch.arange(2), LABEL] += 0.7
    expected = -(target * LOGITS.log_softmax(-1)).sum(-1).mean()
    assert CrossEntropy(label_smoothing=0.3)(LOGITS, LABEL).item() == pytest.approx(expected.item(), rel=1e-5)


def test_balanced_weights_are_inverse_to_the_training_segments() -> None:
    loss = CrossEntropy(class_weights="balanced")
    loss.fit(torch.tensor([0, 0, 0, 1, 2, 2]), 3)
    assert loss.weight is not None
    assert loss.weight.tolist() == pytest.approx([6 / 9, 6 / 3, 6 / 6])  # as scikit-learn's "balanced"
    expected = F.cross_entropy(LOGITS, LABEL, weight=torch.tensor([2 / 3, 2.0, 1.0]))
    assert loss(LOGITS, LABEL).item() == pytest.approx(expected.item(), rel=1e-5)


def test_given_weights_are_one_a_genre() -> None:
    loss = CrossEntropy(class_weights=[1.0, 2.0, 3.0])
    loss.fit(torch.tensor([0, 1, 2]), 3)
    assert loss.weight is not None
    assert loss.weight.tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(MusicGenreError, match="3 weights, but there are 2 genres"):
        loss.fit(torch.tensor([0, 1]), 2)


def test_weights_count_over_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes with one item each minimise the same loss as one process with both."""
    loss = CrossEntropy(label_smoothing=0.1, class_weights=[1.0, 2.0, 4.0])
    alone = loss(LOGITS, LABEL).item()
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda total: total.fill_(1.0 + 4.0))
    parts = [loss(LOGITS[[i]], LABEL[[i]]).item() for i in range(2)]
    assert sum(parts) / 2 == pytest.approx(alone, rel=1e-6)
    monkeypatch.undo()
    assert sum(loss(LOGITS[[i]], LABEL[[i]]).item() for i in range(2)) / 2 != pytest.approx(alone, rel=0.05)


def test_weights_that_cannot_be_used_are_refused_where_they_are_used() -> None:
    with pytest.raises(MusicGenreError, match="2 weights, but there are 3 genres"):
        CrossEntropy(class_weights=[1.0, 2.0])(LOGITS, LABEL)
    balanced = CrossEntropy(class_weights="balanced")
    with pytest.raises(
        MusicGenreError, match=r"balanced, but .* have not been counted: .* loss\.fit\(labels, n_classes\)"
    ):
        balanced(LOGITS, LABEL)
    unweighted = balanced.eval()(LOGITS, LABEL)
    balanced.train().fit(torch.tensor([0, 1, 2, 2, 2, 2]), 3)
    assert balanced(LOGITS, LABEL) != unweighted


@pytest.mark.parametrize(
    ("settings", "fragment"),
    [({"label_smoothing": 1.5}, "label_smoothing is 1.5"), ({"class_weights": "even"}, "class_weights is 'even'")],
)
def test_impossible_settings_are_refused(settings: dict[str, object], fragment: str) -> None:
    with pytest.raises(MusicGenreError, match=fragment):
        CrossEntropy(**settings)  # type: ignore[arg-type]
