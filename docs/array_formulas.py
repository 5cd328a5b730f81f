"""The formulas of the operations on whole arrays: rows as in formulas.py. A row of MATRICES is Python of square matrices."""

MATRICES = {
    "np.dot": ("a @ b", "g @ b.T", "a.T @ g"),
    "np.linalg.det": ("det(a)", "g * y * inv(a).T"),
    "np.linalg.inv": ("inv(a)", "-y.T @ g @ y.T"),
    "np.linalg.pinv": (
        r"$a^+$, of a matrix whose rank does not change nearby",
        "-y.T @ g @ y.T + (1 - a @ y) @ g.T @ y @ y.T + y.T @ y @ g.T @ (1 - y @ a)",
    ),
    "np.linalg.solve": ("inv(a) @ b", "-inv(a).T @ g @ y.T", "inv(a).T @ g"),
    "np.matmul": ("a @ b", "g @ b.T", "a.T @ g"),
}
LARGEST = r"$\frac{g}{m}$ to each of the $m$ numbers that won"
SMALLER = r"\sum_j \left(x_j - \overline{x}\right)^2"
OTHERS = r"$g \prod_{j \ne i} x_j$ to $x_i$"
RUNNING = r"$\sum_{k \ge i} g_k \prod_{j \le k,\, j \ne i} x_j$ to $x_i$"
SPREAD = r"$\frac{g \left(x_i - \overline{x}\right)}{n\, y}$ to $x_i$; 0 where all are equal"
NUMBERS = ", of those that are numbers"
AS_BEFORE = r"$g$ in the shape of $x$"
GAPS = r"$F_{ij} = \frac{1}{w_j - w_i}$, and 0 on the diagonal"
THROUGH_GATES = "What arrives at a step goes through its gates, by the chain rule, and on to the step before."

ARRAYS = {
    **MATRICES,
    # -- shapes
    "ad.bias_add": ("x + bias",),
    "np.array": ("x",),
    "np.broadcast_to": (r"$y_{ij} = x_j$",),
    "np.concatenate": (r"$\left(a_1, a_2, \dots\right)$, end to end", r"$g$ cut at the same places: $a_k$ gets $g_k$"),
    "np.copy": ("x",),
    "np.expand_dims": (r"$x$ in another shape", AS_BEFORE),
    "np.flip": (r"$y_i = x_{n - 1 - i}$", r"$g_{n - 1 - i}$ to $x_i$"),
    "np.full": (r"$y_i = x$",),
    "np.lib.stride_tricks.sliding_window_view": (r"$y_{ij} = x_{i + j}$", r"$\sum_j g_{k - j,\, j}$ to $x_k$"),
    "np.moveaxis": (r"$y_{ji} = x_{ij}$", r"$g_{ji}$ to $x_{ij}$"),
    "np.partition": (r"$y_i = a_{\pi(i)}$, in an order $\pi$", r"$g_i$ to $a_{\pi(i)}$"),
    "np.ravel": (r"$x$ in another shape", AS_BEFORE),
    "np.reshape": (r"$x$ in another shape", AS_BEFORE),
    "np.roll": (r"$y_i = x_{i - s}$, around the end", r"$g_{i + s}$ to $x_i$"),
    "np.squeeze": (r"$x$ in another shape", AS_BEFORE),
    "np.stack": (r"$y_k = a_k$", r"$g_k$ to $a_k$"),
    "np.swapaxes": (r"$y_{ji} = x_{ij}$", r"$g_{ji}$ to $x_{ij}$"),
    "np.tile": (r"$y_{i + k n} = x_i$", r"$\sum_k g_{i + k n}$ to $x_i$"),
    "np.transpose": ("x.T", "g.T"),
    # -- reductions
    "np.cumprod": (r"$y_k = \prod_{i \le k} x_i$", RUNNING),
    "np.cumsum": (r"$y_k = \sum_{i \le k} x_i$", r"$\sum_{k \ge i} g_k$ to $x_i$"),
    "np.max": (r"$\max_i x_i$", LARGEST),
    "np.mean": (r"$\overline{x} = \frac{1}{n} \sum_i x_i$", r"$\frac{g}{n}$ to each $x_i$"),
    "np.min": (r"$\min_i x_i$", LARGEST),
    "np.nancumprod": (rf"$y_k = \prod_{{i \le k}} x_i${NUMBERS}", RUNNING),
    "np.nancumsum": (rf"$y_k = \sum_{{i \le k}} x_i${NUMBERS}", r"$\sum_{k \ge i} g_k$ to $x_i$"),
    "np.nanmax": (rf"$\max_i x_i${NUMBERS}", LARGEST),
    "np.nanmean": (rf"$\overline{{x}} = \frac{{1}}{{n}} \sum_i x_i${NUMBERS}", r"$\frac{g}{n}$ to each of the $n$ numbers"),
    "np.nanmin": (rf"$\min_i x_i${NUMBERS}", LARGEST),
    "np.nanprod": (rf"$\prod_i x_i${NUMBERS}", OTHERS),
    "np.nanstd": (rf"$\sqrt{{\frac{{1}}{{n}} {SMALLER}}}${NUMBERS}", SPREAD),
    "np.nansum": (rf"$\sum_i x_i${NUMBERS}", "$g$ to each number"),
    "np.nanvar": (
        rf"$\frac{{1}}{{n}} {SMALLER}${NUMBERS}", r"$\frac{2\, g}{n} \left(x_i - \overline{x}\right)$ to $x_i$",
    ),
    "np.prod": (r"$\prod_i x_i$", OTHERS),
    "np.std": (rf"$\sqrt{{\frac{{1}}{{n}} {SMALLER}}}$", SPREAD),
    "np.sum": (r"$\sum_i x_i$", r"$g$ to each $x_i$"),
    "np.var": (rf"$\frac{{1}}{{n}} {SMALLER}$", r"$\frac{2\, g}{n} \left(x_i - \overline{x}\right)$ to $x_i$"),
    # -- softmax and its like
    "ad.log_softmax": (r"$y_i = x_i - \ln \sum_j e^{x_j}$", r"$g_i - e^{y_i} \sum_j g_j$ to $x_i$"),
    "ad.logsumexp": (r"$\ln \sum_i e^{x_i}$", r"$g\, e^{x_i - y}$ to $x_i$"),
    "ad.softmax": (r"$y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$", r"$y_i \left(g_i - \sum_j g_j\, y_j\right)$ to $x_i$"),
    "ad.standardize": (
        r"$y_i = \frac{x_i - \overline{x}}{\sigma}$ with $\sigma^2 = \overline{\left(x - \overline{x}\right)^2} + \varepsilon$",
        r"$\frac{1}{\sigma} \left(g_i - \overline{g} - y_i\, \overline{g\, y}\right)$ to $x_i$",
    ),
    # -- products, windows, transforms
    "ad.conv2d": (
        r"$y_{ij} = \sum_{u, v} x_{i + u,\, j + v}\, k_{uv}$",
        r"$\sum_{u, v} g_{i - u,\, j - v}\, k_{uv}$ to $x_{ij}$",
        r"$\sum_{i, j} g_{ij}\, x_{i + u,\, j + v}$ to $k_{uv}$",
    ),
    "ad.max_pool2d": (
        r"$y_{ij} = \max_{u, v} x_{i + u,\, j + v}$",
        r"$\sum_{i, j} \frac{g_{ij}}{m}$, over the windows in which a number won with $m - 1$ others",
    ),
    "np.bincount": (r"$y_k = \sum_{i:\, x_i = k} w_i$", r"$g_k$ with $k = x_i$ to $w_i$"),
    "np.convolve": (
        r"$y_n = \sum_k a_k\, v_{n - k}$",
        r"$\sum_n g_n\, \overline{v_{n - k}}$ to $a_k$",
        r"$\sum_n g_n\, \overline{a_{n - k}}$ to $v_k$",
    ),
    "np.einsum": (
        r"`ij,jk->ik`: $y_{ik} = \sum_j a_{ij}\, b_{jk}$",
        r"`ik,jk->ij`: $\sum_k g_{ik}\, b_{jk}$ to $a_{ij}$. So with any indices: those of $g$ and of the "
        "other inputs give its own.",
    ),
    "np.fft.fft": (r"$y_k = \sum_n a_n\, e^{-2 \pi i k n / N}$", r"$\sum_k g_k\, e^{-2 \pi i k n / N}$ to $a_n$"),
    "np.fft.ifft": (
        r"$y_k = \frac{1}{N} \sum_n a_n\, e^{2 \pi i k n / N}$", r"$\frac{1}{N} \sum_k g_k\, e^{2 \pi i k n / N}$ to $a_n$",
    ),
    "np.fft.irfft": (
        r"$y_k = \frac{1}{N} \sum_n a_n\, e^{2 \pi i k n / N}$ with $a_{N - n} = \overline{a_n}$",
        r"$\frac{c_n}{N} \sum_k g_k\, e^{2 \pi i k n / N}$ to $a_n$; $c_n$ is 1 at 0 and $\frac{N}{2}$, else 2",
    ),
    "np.fft.rfft": (
        r"$y_k = \sum_n a_n\, e^{-2 \pi i k n / N}$ to $k = \frac{N}{2}$",
        r"$\operatorname{Re} \sum_k g_k\, e^{-2 \pi i k n / N}$ to $a_n$",
    ),
    "np.outer": (r"$y_{ij} = a_i\, b_j$", r"$\sum_j g_{ij}\, b_j$ to $a_i$", r"$\sum_i a_i\, g_{ij}$ to $b_j$"),
    "np.roots": (
        r"the $r_k$ with $p\left(r_k\right) = 0$",
        r"$-\sum_k \frac{g_k\, r_k^j}{p'\left(r_k\right)}$ to the coefficient of $x^j$",
    ),
    "np.tensordot": (
        r"$y_{ik} = \sum_j a_{ij}\, b_{jk}$",
        r"$\sum_k g_{ik}\, b_{jk}$ to $a_{ij}$",
        r"$\sum_i a_{ij}\, g_{ik}$ to $b_{jk}$",
    ),
    # -- matrices
    "ad.linalg.expm": (r"$\sum_k \frac{a^k}{k!}$", r"$\int_0^1 e^{t a^T} g\, e^{\left(1 - t\right) a^T} dt$"),
    "ad.linalg.logm": (
        r"$y$ with $e^y = a$", r"$\int_0^1 b_t^{-1}\, g\, b_t^{-1}\, dt$ with $b_t = t\, a^T + \left(1 - t\right) 1$",
    ),
    "ad.linalg.sqrtm": (r"$y$ with $y\, y = a$", r"$s$ with $y^T s + s\, y^T = g$"),
    "ad.scipy.linalg.solve_sylvester": (
        r"$y$ with $a\, y + y\, b = q$",
        r"$a$ gets $-s\, y^T$, $b$ gets $-y^T s$ and $q$ gets $s$, where $a^T s + s\, b^T = g$",
    ),
    "np.linalg.cholesky": (
        r"$y$ with $y\, y^T = a$, lower triangular",
        r"$y^{-T} c\, y^{-1}$, made symmetric; $c$ is the lower triangle of $y^T g$, its diagonal halved",
    ),
    "np.linalg.eig": (
        r"$w$ and $v$ with $a\, v = v \operatorname{diag} w$",
        rf"$v^{{-T}} \left(\operatorname{{diag}} g_w + F \odot v^T g_v\right) v^T$ with {GAPS}",
    ),
    "np.linalg.eigh": (
        r"$w$ and $v$ with $a = v \left(\operatorname{diag} w\right) v^T$",
        rf"$v \left(\operatorname{{diag}} g_w + F \odot v^T g_v\right) v^T$, made symmetric, with {GAPS}",
    ),
    "np.linalg.eigvals": (r"$w$ with $a\, v = v \operatorname{diag} w$", r"$v^{-T} \left(\operatorname{diag} g\right) v^T$"),
    "np.linalg.eigvalsh": (
        r"$w$ with $a = v \left(\operatorname{diag} w\right) v^T$", r"$v \left(\operatorname{diag} g\right) v^T$",
    ),
    "np.linalg.norm": (r"$\sqrt{\sum_i \left|x_i\right|^2}$", r"$g\, \frac{x_i}{y}$ to $x_i$"),
    "np.linalg.qr": (
        r"$q$ and $r$ with $q\, r = a$",
        r"$\left(g_q + q\, c\right) r^{-T}$; $c$ has the lower triangle of $r\, g_r^T - g_q^T q$ on both sides of its diagonal",
    ),
    "np.linalg.slogdet": (
        r"$\operatorname{sign} \det a$ and $\ln \left|\det a\right|$", r"$g_1\, a^{-T}$: the sign is constant",
    ),
    "np.linalg.svd": (
        r"$u$, $s$ and $v$ with $u \left(\operatorname{diag} s\right) v^T = a$",
        r"$u \left(\operatorname{diag} g_s + \left(F \odot b\right) s + s \left(F \odot c\right)\right) v^T$ "
        r"of a square matrix, with $b = u^T g_u - g_u^T u$, $c = v^T g_v - g_v^T v$ and $F_{ij} = \frac{1}{s_j^2 - s_i^2}$",
    ),
    "np.linalg.svdvals": (
        r"$s$ with $u \left(\operatorname{diag} s\right) v^T = x$", r"$u \left(\operatorname{diag} g\right) v^T$",
    ),
    # -- recurrent networks
    "ad.gru": (
        r"$h_t = z\, h_{t - 1} + \left(1 - z\right) u$ with $u = \tanh\left(p + r\, q\right)$, $p = x_t W + b$ and "
        r"$q = h_{t - 1} U + c$; $z$ and $r$ are gates",
        THROUGH_GATES,
    ),
    "ad.lstm": (
        r"$h_t = o\, \tanh c_t$ with $c_t = f\, c_{t - 1} + i\, \tanh p$ and $p = x_t W + h_{t - 1} U + b$; "
        "$i$, $f$ and $o$ are gates",
        THROUGH_GATES,
    ),
    "ad.simple_rnn": (
        r"$h_t = \tanh p$ with $p = x_t W + h_{t - 1} U + b$",
        r"With $d_t = \left(g_t + d_{t + 1} U^T\right) \left(1 - h_t^2\right)$: $d_t W^T$ to $x_t$, $\sum_t x_t^T d_t$ to $W$, "
        r"$\sum_t h_{t - 1}^T d_t$ to $U$, $\sum_t d_t$ to $b$",
    ),
}  # fmt: skip
