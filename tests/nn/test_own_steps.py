"""train_step, test_step, predict_step, compute_loss and compile of a subclass are called, as Keras calls them."""

import numpy as np
import pytest

import autodiff as ad
import nn

X = np.random.default_rng(0).normal(size=(8, 2)).astype("f4")
Y = X.sum(1, keepdims=True)


class Own(nn.Model):
    def __init__(self):
        super().__init__()
        self.dense, self.seen = nn.Dense(1), []

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y, *weights = data
        self.seen.append((type(x), len(x), len(weights)))
        with ad.Tape() as tape:
            loss = np.mean((self(x, training=True) - y) ** 2)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"cost": loss, "size": len(x)}

    def test_step(self, data):
        x, y = data
        return {"cost": np.mean((self(x) - y) ** 2), "doubled": 2.0}

    def predict_step(self, data):
        return self(data) * 10.0


def test_they_are_called_for_each_batch():
    nn.set_random_seed(0)
    model = Own()
    model.compile("sgd")  # without a loss: the step has its own
    told = []
    see = nn.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: told.append(logs))
    history = model.fit(X, Y, batch_size=4, epochs=3, validation_data=(X, Y), verbose=0, callbacks=[see]).history
    assert model.seen == [(ad.Tensor, 4, 0)] * 6 and set(history) == {"cost", "size", "val_cost", "val_doubled"}
    assert history["size"] == [4.0] * 3 and history["val_cost"][-1] < history["val_cost"][0]
    assert len(told) == 6 and told[-1]["cost"] == history["cost"][-1]
    assert model.evaluate(X, Y, return_dict=True)["doubled"] == 2.0
    np.testing.assert_allclose(model.predict(X, batch_size=3), np.asarray(model(X)) * 10.0, rtol=1e-6)
    model.fit(X, Y, sample_weight=np.ones(8), verbose=0)
    assert model.seen[-1] == (ad.Tensor, 8, 1)


def test_the_step_of_nn_can_be_extended():
    class Counting(nn.Sequential):
        steps = 0

        def train_step(self, data):
            self.steps += 1
            return super().train_step(data) | {"steps": self.steps}

        def test_step(self, data):
            return super().test_step(data)

    def trained(kind):
        nn.set_random_seed(0)
        model = kind([nn.Dense(1)])  # it is built by the first batch
        model.compile("sgd", "mse", ["mae"])
        return model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, validation_data=(X, Y), verbose=0).history

    plain, counted = trained(nn.Sequential), trained(Counting)
    assert counted.pop("steps") == [2.0, 4.0, 6.0]
    for name in plain:
        np.testing.assert_allclose(counted[name], plain[name], rtol=1e-6)


def test_metrics_of_the_model_itself_are_reset_in_each_epoch():
    class Tracked(Own):
        def __init__(self):
            super().__init__()
            self.tracker = nn.metrics.Mean("cost")

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, data):
            logs = super().train_step(data)
            self.tracker.update_state(np.ones(1))
            return {"cost": self.tracker.result(), "count": self.tracker.count, "size": logs["size"]}

    model = Tracked()
    model.compile("sgd")
    assert model.fit(X, Y, batch_size=2, epochs=2, verbose=0).history["count"] == [4.0, 4.0]


def test_a_loss_of_ones_own():
    class Squared(Own):
        train_step, test_step = nn.Model.train_step, nn.Model.test_step

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return np.mean((y_pred - y) ** 2) * 3.0

    model = Squared()
    model.compile("sgd")
    model(X)
    np.testing.assert_allclose(model.evaluate(X, Y), 3.0 * np.mean((np.asarray(model(X)) - Y) ** 2), rtol=1e-5)


def test_compile_of_ones_own():
    class Two(Own):
        def compile(self, first, second):
            super().compile()
            self.first, self.second = first, second

        def train_step(self, data):
            self.first.learning_rate = 0.5
            return {"rate": self.first.learning_rate + self.second.learning_rate}

    model = Two()
    model.compile(nn.optimizers.SGD(0.1), nn.optimizers.SGD(0.25))
    assert model.fit(X, Y, verbose=0).history["rate"] == [0.75]


def test_what_a_step_returns_is_checked():
    class Forgetful(Own):
        def train_step(self, data):
            return None

    model = Forgetful()
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"train_step returns a dictionary .name: number., but got None"):
        model.fit(X, Y, verbose=0)


def test_a_loss_that_is_not_finite_is_told_once_in_words():
    model = nn.Sequential([nn.Dense(16, "relu"), nn.Dense(1)])
    model.compile(nn.optimizers.SGD(0.1), "mse")
    x = np.random.default_rng(0).normal(size=(200, 5)) * 100
    words = r"Training diverged: in epoch 1, step \d, the loss is .* weights of dense.* than 0\.1, inputs scaled to about 1"
    with pytest.warns(RuntimeWarning, match=words) as told:
        model.fit(x, x.sum(1), epochs=4, verbose=0)
    assert len(told) == 1 and told[0].filename == __file__


@pytest.mark.parametrize("step", ["train_step", "test_step"])
def test_a_step_refuses_data_of_too_many_parts(step):
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"data is x, .x, y. or .x, y, sample_weight., but got 4 parts"):
        getattr(model, step)((np.ones((2, 1)),) * 4)


@pytest.mark.parametrize("form", [list, tuple, lambda metrics: dict(enumerate(metrics))], ids=["list", "tuple", "dict"])
def test_metrics_in_a_list_begin_again_in_each_epoch(form):
    class Counting(nn.Model):
        def __init__(self):
            super().__init__()
            self.layer, self.means = nn.Dense(1), form([nn.metrics.Mean("a"), nn.metrics.Mean("b")])

        def train_step(self, data):
            for k, mean in enumerate(self.metrics[1:]):
                mean.update_state(float(k))
            return {metric.name: metric.result() for metric in self.metrics[1:]}

    model = Counting()
    model.compile("sgd")
    model.fit(np.ones((8, 2)), epochs=3, batch_size=2, verbose=0)
    assert [mean.count for mean in model.metrics[1:]] == [4, 4] and [m.name for m in model.metrics] == ["loss", "a", "b"]
