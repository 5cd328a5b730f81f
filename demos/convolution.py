"""A convolutional net on digits: small windows that slide over the image, the same weights everywhere.

A Dense layer has a weight for each pixel, and has to learn a stroke anew wherever it appears. A convolution has one small
kernel that looks at each window of 3 x 3 pixels in turn; MaxPool2D keeps the strongest answer of each 2 x 2, and so forgets
where exactly it was. Shared weights mean fewer of them, and the gradient of a kernel is the sum over all windows.

The picture shows what the kernels answer to one image: strokes of different directions.
"""

import nn
from demos.digits import load
from demos.pictures import pyplot, save


def main():
    nn.set_random_seed(0)
    (x, y), (x_test, y_test) = load()
    x, x_test = x.reshape(-1, 8, 8, 1), x_test.reshape(-1, 8, 8, 1)
    model = nn.Sequential([
        nn.Conv2D(8, 3, padding="same", activation="relu"),
        nn.MaxPool2D(),
        nn.Conv2D(16, 3, padding="same", activation="relu"),
        nn.MaxPool2D(),
        nn.Flatten(),
        nn.Dense(10),
    ])  # fmt: skip
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nn.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    history = model.fit(x, y, batch_size=64, epochs=5, validation_data=(x_test, y_test), verbose=0)
    accuracy = float(history.history["val_accuracy"][-1])
    model.summary()
    print(f"accuracy on the held-out images: {accuracy:.1%}, with {model.count_params()} weights")
    plt = pyplot()
    if plt is not None:
        answers = model.layers[0](x_test[:1]).numpy()[0].transpose(2, 0, 1)
        figure, grid = plt.subplots(2, 5, figsize=(8, 3.6), layout="constrained")
        for axes in grid[:, 0]:
            axes.imshow(x_test[0, :, :, 0], cmap="gray_r")
            axes.set_title("image")
        for k, axes in enumerate(grid[:, 1:].ravel()):
            axes.imshow(answers[k], cmap="gray_r")
            axes.set_title(f"kernel {k + 1}", fontsize=9)
        for axes in grid.ravel():
            axes.set(xticks=[], yticks=[])
        save(figure, "convolution-kernels.png")
        figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
        nn.plots.history(history, ax=axes)
        save(figure, "convolution-learning.png")
    return {"accuracy": accuracy, "weights": model.count_params()}


if __name__ == "__main__":
    main()
