"""Networks as estimators of scikit-learn, for its pipelines, grid searches and cross-validation, with its parameters' names."""

try:
    from sklearn.utils.validation import validate_data as _validate_data  # scikit-learn 1.6 has it first
except ImportError as error:
    raise ImportError("nn.sklearn needs scikit-learn 1.6 or newer: pip install 'scikit-learn>=1.6'.") from error

from nn.sklearn.estimators import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
