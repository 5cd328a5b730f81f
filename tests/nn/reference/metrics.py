"""What metrics are compared on: 60 examples, with ties among the scores, and weights."""

import numpy as np

N = 60
K = np.arange(1.0, N + 1)
SCORES = np.round(0.5 + 0.5 * np.sin(K**1.7), 1)  # probabilities with ties, some just at the threshold
TRUE = (SCORES + 0.6 * np.cos(K**1.3) > 0.5).astype(int)
WEIGHTS = np.round(1 + np.sin(K), 2)
CLASSES = np.argmax(np.stack([np.sin(K), np.cos(K), np.sin(2 * K)], -1), -1)
ROWS = np.stack([np.sin(K + 0.4), np.cos(1.1 * K), np.sin(2 * K - 0.3)], -1)  # outputs for three classes
OPTIONS = {"MeanIoU": dict(num_classes=3), "TopKCategoricalAccuracy": dict(k=2), "SparseTopKCategoricalAccuracy": dict(k=2),
           "F1Score": dict(average="macro")}  # fmt: skip
NUMBERS = np.stack([np.sin(K), K / 10], -1)
GUESSES = NUMBERS + 0.3 * np.cos(np.stack([K**1.5, K**1.2], -1))

# {case: (metric, targets, predictions, weights, a function of sklearn.metrics that takes (m, y, p, w))}
CASES = {
    f"{case}{'' if w is None else '/weighted'}": (name, y, p, w, theirs)
    for case, (name, y, p, theirs) in {
        "accuracy": ("Accuracy", TRUE, SCORES, lambda m, y, p, w: m.accuracy_score(y, p > 0.5, sample_weight=w)),
        "binary": ("BinaryAccuracy", TRUE[:, None], SCORES[:, None],
                   lambda m, y, p, w: m.accuracy_score(y[:, 0], p[:, 0] > 0.5, sample_weight=w)),
        "signs": ("BinaryAccuracy", 2 * TRUE - 1, SCORES, lambda m, y, p, w: m.accuracy_score(y > 0, p > 0.5, sample_weight=w)),
        "sparse": ("Accuracy", CLASSES, ROWS, lambda m, y, p, w: m.accuracy_score(y, p.argmax(-1), sample_weight=w)),
        "sparse_column": ("SparseCategoricalAccuracy", CLASSES[:, None], ROWS,
                          lambda m, y, p, w: m.accuracy_score(y[:, 0], p.argmax(-1), sample_weight=w)),
        "rows": ("Accuracy", np.eye(3)[CLASSES], ROWS,
                 lambda m, y, p, w: m.accuracy_score(y.argmax(-1), p.argmax(-1), sample_weight=w)),
        "precision": ("Precision", TRUE, SCORES, lambda m, y, p, w: m.precision_score(y, p > 0.5, sample_weight=w)),
        "recall": ("Recall", TRUE, SCORES, lambda m, y, p, w: m.recall_score(y, p > 0.5, sample_weight=w)),
        "auc": ("AUC", TRUE, SCORES, lambda m, y, p, w: m.roc_auc_score(y, p, sample_weight=w)),
        "mse": ("MeanSquaredError", NUMBERS, GUESSES, lambda m, y, p, w: m.mean_squared_error(y, p, sample_weight=w)),
        "rmse": ("RootMeanSquaredError", NUMBERS, GUESSES,
                 lambda m, y, p, w: m.mean_squared_error(y, p, sample_weight=w) ** 0.5),
        "mae": ("MeanAbsoluteError", NUMBERS, GUESSES, lambda m, y, p, w: m.mean_absolute_error(y, p, sample_weight=w)),
        "f1": ("F1Score", TRUE, SCORES, lambda m, y, p, w: m.f1_score(y, p > 0.5, sample_weight=w)),
        "f1_of_rows": ("F1Score", np.eye(3)[CLASSES], ROWS,
                       lambda m, y, p, w: m.f1_score(y.argmax(-1), p.argmax(-1), average="macro", sample_weight=w)),
        "top_2": ("TopKCategoricalAccuracy", np.eye(3)[CLASSES], ROWS,
                  lambda m, y, p, w: m.top_k_accuracy_score(y.argmax(-1), p, k=2, sample_weight=w)),
        "sparse_top_2": ("SparseTopKCategoricalAccuracy", CLASSES, ROWS,
                         lambda m, y, p, w: m.top_k_accuracy_score(y, p, k=2, sample_weight=w)),
        "iou": ("MeanIoU", CLASSES, ROWS.argmax(-1),
                lambda m, y, p, w: m.jaccard_score(y, p, average="macro", sample_weight=w)),
        "r2": ("R2Score", NUMBERS, GUESSES, lambda m, y, p, w: m.r2_score(y, p, sample_weight=w)),
        "r2_of_a_column": ("R2Score", NUMBERS[:, 0], GUESSES[:, 0], lambda m, y, p, w: m.r2_score(y, p, sample_weight=w)),
    }.items()
    for w in (None, WEIGHTS)
}  # fmt: skip
