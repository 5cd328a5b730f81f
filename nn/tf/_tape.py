"""tf.GradientTape: a Tape that takes TensorFlow's arguments, which make no difference here."""

from autodiff import Tape


class GradientTape(Tape):
    """`autodiff.Tape` that warns of numbers that leave it, where TensorFlow is silent, and whose jacobians take TensorFlow's
    `parallel_iterations` and `experimental_use_pfor`."""

    def __init__(self, persistent=False, watch_accessed_variables=True):
        super().__init__(persistent, watch_accessed_variables, escapes="warn")

    def jacobian(self, target, sources, unconnected_gradients="none", parallel_iterations=None, experimental_use_pfor=True):
        return super().jacobian(target, sources, unconnected_gradients)

    def batch_jacobian(
        self, target, source, unconnected_gradients="none", parallel_iterations=None, experimental_use_pfor=True
    ):
        return super().batch_jacobian(target, source, unconnected_gradients)
