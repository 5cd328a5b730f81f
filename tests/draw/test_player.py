"""The player: what it tells is what the tape computes, and the page plays it in a real browser."""

import json
import re
import shutil

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.figures import figures

pytest.importorskip("pygraphviz", minversion="2")
NASTY = ['</script><script>alert("x")</script>', "<b>|{}\\", "σ(Wx+b) ∂L/∂θ", "-->", "/*data*/", "\u2028", "x" * 200]


def shared():
    """A graph with a shared node, x * x, a cut edge and constants."""
    w, x, b = ad.Value(2.0, name="w"), ad.Value(-0.5, name="x"), ad.Value(1.0, name="b")
    tape = ad.Tape(persistent=True)
    with tape:
        a = w * x
        loss = ad.tanh(a * a + b) + a * x
    return tape, loss, [w, x, b, a]


def network():
    rng = np.random.default_rng(0)
    kernel, bias = ad.Variable(rng.normal(size=(2, 3)), name="dense/kernel"), ad.Variable(np.zeros(3), name="dense/bias")
    tape = ad.Tape(persistent=True)
    with tape:
        loss = ad.mean(ad.softmax(rng.normal(size=(5, 2)) @ kernel + bias)[:, 0] ** 2)
    return tape, loss, [kernel, bias]


def neurons():
    """Some 500 Values."""
    def layer(inputs, size):
        return [ad.tanh(sum((ad.Value(0.1 * k - 0.3) * x for x in inputs), ad.Value(0.1))) for k in range(size)]

    tape = ad.Tape(persistent=True)
    with tape:
        outputs = layer(layer(layer([ad.Value(0.5, name="x1"), ad.Value(-0.3, name="x2")], 16), 7), 1)
        loss = (outputs[0] - 1.0) ** 2
    return tape, loss


# -- the timeline -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [shared, network])
def test_the_sums_that_are_told_end_at_the_gradients_of_the_tape(subject):
    tape, loss, sources = subject()
    timeline = ad.play(tape, loss, names=dict(enumerate_names(sources))).timeline
    totals = {step["node"]: step["total"] for step in timeline["steps"] if step["pass"] == "backward"}
    told = {node["whole"]["name"]: (node, totals[k]) for k, node in enumerate(timeline["nodes"]) if k in totals}
    for box, gradient in zip(sources, tape.gradient(loss, sources), strict=True):
        node, total = told[box.name or "s3"]
        assert total == node["gradient"] == figures(gradient._raw())
        assert node["value"] == figures(box._raw())


def enumerate_names(sources):
    return [(f"s{k}", box) for k, box in enumerate(sources)]


def test_each_step_of_scalars_is_upstream_times_local_and_a_running_sum():
    steps = ad.play(*shared()[:2]).timeline["steps"]
    told = [line for step in steps if step["pass"] == "backward" for line in step["lines"]]
    products = [re.fullmatch(r"\(?([-\d.e]+)\)? × \(?([-\d.e]+)\)? = ([-\d.e]+)", line) for line in told]
    sums = [re.fullmatch(r"running sum: ([-\d.e]+) \+ \(?([-\d.e]+)\)? = ([-\d.e]+)", line) for line in told]
    products, sums = ([m for m in found if m] for found in (products, sums))
    assert len(products) == 11 and len(sums) == 3  # at a, of three users, and at x, of two
    assert all(float(a) * float(b) == pytest.approx(float(c), rel=2e-3, abs=1e-6) for a, b, c in (m.groups() for m in products))
    assert all(float(a) + float(b) == pytest.approx(float(c), rel=2e-3, abs=1e-6) for a, b, c in (m.groups() for m in sums))


def test_every_value_comes_after_what_it_is_computed_from_and_every_gradient_after_its_users():
    timeline = ad.play(*neurons()).timeline
    at = {step["node"]: k for k, step in enumerate(timeline["steps"]) if step["pass"] == "forward"}
    used = {step["edge"]: k for k, step in enumerate(timeline["steps"]) if "edge" in step}
    assert all(at.get(edge["from"], -1) < at[edge["to"]] for edge in timeline["edges"])
    last = {}
    for edge, k in used.items():
        last[timeline["edges"][edge]["from"]] = max(last.get(timeline["edges"][edge]["from"], 0), k)
    assert all(k > last.get(timeline["edges"][edge]["to"], -1) for edge, k in used.items())


def test_a_function_knows_its_lines_and_the_last_argument_is_the_file(tmp_path):
    def squared_error(w, x):
        return (w * x - 1.0) ** 2

    player = ad.play(squared_error, 2.0, 5.0, tmp_path / "page.html")
    assert repr(player) == "Player(7 nodes, 8 steps)" and len(player.timeline["steps"]) == 8
    assert all("return (w * x" in node["whole"]["line"] for node in player.timeline["nodes"] if node["how"])
    assert (tmp_path / "page.html").read_text("utf-8") == player.html == ad.play(squared_error, 2.0, 5.0).html


def test_the_page_is_whole_and_asks_for_nothing_from_outside():
    html = ad.play(*network()[:2]).html
    assert not re.search(r"""(?:src|href)=["'](?!data:)|url\(|@import|fetch\(|XMLHttp""", html)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)
    assert 'sandbox="allow-scripts"' in ad.play(*network()[:2])._repr_html_()


@pytest.mark.parametrize("name", NASTY)
def test_names_stay_text(name):
    x = ad.Value(1.0, name=name)
    with ad.Tape() as tape:
        loss = x * 2.0
    html = ad.play(tape, loss).html
    assert html.count("</script>") == 3
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', html, re.DOTALL)[1])
    assert data["nodes"][0]["whole"]["name"] == name


@pytest.mark.parametrize("leaf, length", [(ad.Value(1.0), 50_000), (ad.Variable(np.ones(2)), 2500)], ids=["Values", "tensors"])
def test_what_is_too_large_is_refused_with_the_ways_out(leaf, length):
    with ad.Tape() as tape:
        y = leaf
        for _ in range(length):
            y = y * 1.0
    with pytest.raises(ValueError, match=rf"up to 600, and this graph has {2 * length + 1:,}.*draw"):
        ad.play(tape, y)


def test_nothing_and_a_leaf_alone_are_pages_too():
    with ad.Tape() as tape:
        pass
    assert repr(ad.play(tape)) == "Player(0 nodes, 0 steps)" and "<html" in ad.play(tape).html
    assert repr(ad.play(ad.Value(2.0, name="w"))) == "Player(1 nodes, 0 steps)"


@ad.custom_gradient
def total_and_double(x):
    return (np.sum(x), 2.0 * x), lambda g, h: g + 2.0 * h


SEVERAL = {  # operations of several outputs, which differ in shape
    "one of eigh": (lambda m: np.sum(np.linalg.eigh(m)[0] ** 2), np.diag([1.0, 2.0])),
    "both of eigh": (np.linalg.eigh, np.diag([1.0, 2.0])),
    "one of qr": (lambda m: np.sum(np.linalg.qr(m)[1]), np.array([[2.0, 1.0], [1.0, 3.0], [0.0, 1.0]])),
    "all of svd": (lambda m: np.linalg.svd(m, full_matrices=False), np.array([[2.0, 1.0], [1.0, 3.0], [0.0, 1.0]])),
    "slogdet": (np.linalg.slogdet, np.diag([1.0, 2.0])),
    "split": (lambda x: np.split(x, [1]), np.arange(3.0)),
    "a custom gradient": (lambda x: total_and_double(x)[0] * np.sum(total_and_double(x)[1]), np.arange(3.0)),
}


@pytest.mark.parametrize("function, x", SEVERAL.values(), ids=SEVERAL)
def test_operations_of_several_outputs_are_played(function, x):
    player = ad.play(function, x)
    drawn = [node["whole"]["op"] for node in player.timeline["nodes"]]
    assert len(drawn) == len(player.sketch.graph.nodes) and "<html" in player.html
    gradients = [np.shape(node.gradient) for node in player.sketch.graph.nodes if node.gradient is not None]
    assert gradients == [np.shape(node.value) for node in player.sketch.graph.nodes if node.gradient is not None]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e-320, 1.7e308, -0.0], ids=str)
def test_any_number_can_be_played(number):
    leaf, array = ad.Value(number, name="w"), ad.Variable([number] * 5)
    with ad.Tape() as tape, np.errstate(all="ignore"):
        loss = leaf * 2.0 + np.sum(array)
    timeline = json.loads(re.search(r'type="application/json">(.*?)</script>', ad.play(tape, loss).html, re.DOTALL)[1])
    assert {node["name"]: node["value"] for node in timeline["nodes"]}["w"] == figures(number)


# -- the page ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]  # a container's root has none of them
        opened = driver.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a player in a page of a given look; at the end no page may have complained."""
    complaints, contexts = [], []

    def opened(player, text=None, **look):
        context = browser.new_context(**look)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or complaints.append(request.url))
        (tmp_path / "page.html").write_text(text or player.html, encoding="utf-8")
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def texts(page, kind):
    """What stands on screen, by the name of the node."""
    found = page.eval_on_selector_all(
        ".node", f"all => all.map(g => [g.getAttribute('aria-label'), g.querySelector('.{kind}')?.textContent])"
    )
    return {name: text.replace("−", "-") for name, text in found if text is not None}


def count(page):
    return page.text_content("#count")


@pytest.mark.parametrize("subject", [shared, network])
def test_play_reaches_the_end_and_shows_the_numbers_of_the_tape(opened, subject):
    tape, loss, sources = subject()
    page = opened(ad.play(tape, loss, names=dict(enumerate_names(sources))))
    assert set(texts(page, "gradient").values()) == {"–"}
    for _ in range(3):
        page.keyboard.press("s")  # as fast as it goes
    assert page.text_content("#speed") == "16×"
    page.keyboard.press(" ")
    last = page.get_attribute("#slider", "max")
    page.wait_for_function(f"document.getElementById('count').textContent === '{last} / {last}'")
    assert page.get_attribute("#play", "aria-label") == "Play"  # it has stopped
    values, gradients = texts(page, "value"), texts(page, "gradient")
    for box, gradient in zip(sources, tape.gradient(loss, sources), strict=True):
        assert values[box.name or "s3"] == figures(box._raw())
        assert gradients[box.name or "s3"] == figures(gradient._raw())


def test_keys_buttons_and_slider_agree(opened):
    page = opened(ad.play(*shared()[:2]))
    last = int(page.get_attribute("#slider", "max"))
    right, left = "ArrowRight", "ArrowLeft"
    for key, expected in [(right, 1), (right, 2), (left, 1), ("End", last), (right, last), ("Home", 0)]:
        page.keyboard.press(key)
        assert count(page) == f"{expected} / {last}" and page.input_value("#slider") == str(expected)
    for button, expected in [("step", 1), ("last", last), ("back", last - 1), ("first", 0)]:
        page.click(f"#{button}")
        assert count(page) == f"{expected} / {last}"
    page.fill("#slider", "3")
    assert count(page) == f"3 / {last}"
    page.keyboard.press("Home")
    assert page.locator(".there").count() == 3 and page.locator(".used, .now").count() == 0  # the leaves' values are known
    assert set(texts(page, "gradient").values()) == {"–"}


def test_a_click_shows_formula_numbers_and_line(opened):
    page = opened(ad.play(lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0))
    page.keyboard.press("End")
    page.click(".node[aria-label=v1] .box")
    facts = page.inner_text("#facts")
    assert all(part in facts for part in ("w × x", "2 × 5 = 10", "18.0", "test_player.py:"))
    page.keyboard.press("Escape")
    assert page.is_hidden("#facts")


def test_it_follows_the_light_of_the_system_and_the_button(opened):
    paper = "getComputedStyle(document.body).backgroundColor"
    page = opened(ad.play(*shared()[:2]), color_scheme="dark")
    dark = page.evaluate(paper)
    page.click("#theme")
    light = page.evaluate(paper)
    page.keyboard.press("t")
    assert page.evaluate(paper) == dark == "rgb(20, 23, 28)" and light == "rgb(255, 255, 255)"


def test_zoom_pan_and_fit(opened):
    page = opened(ad.play(*shared()[:2]))
    where = "document.getElementById('world').getAttribute('transform')"
    start = page.evaluate(where)
    assert start is not None  # also before the first frame
    page.keyboard.press("+")
    assert page.evaluate(where) != start
    page.keyboard.press("0")
    assert page.evaluate(where) == start
    page.mouse.move(300, 500)
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"{where} !== '{start}'")
    zoomed = page.evaluate(where)
    page.mouse.down()
    page.mouse.move(340, 540, steps=4)
    page.mouse.up()
    assert page.evaluate(where) != zoomed
    page.click("#fit")
    assert page.evaluate(where) == start


def test_on_a_phone_all_is_within_the_window_and_the_step_is_large_enough_to_read(opened):
    page = opened(ad.play(*neurons()), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.fill("#slider", "500")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for box in page.eval_on_selector_all("button", "all => all.map(b => b.getBoundingClientRect().toJSON())"):
        assert box["left"] >= 0 and box["right"] <= 390 and box["bottom"] <= 844 and box["height"] >= 40
    node = page.eval_on_selector(".node.now .box", "b => b.getBoundingClientRect().toJSON()")
    assert node["height"] >= 38 and node["left"] >= 0 and node["right"] <= 390
    assert page.get_attribute("#follow", "aria-pressed") == "true"


def test_no_text_leaves_its_box(opened):
    w = ad.Value(1.2345e-300, name="∂θ a rather long name indeed, of a weight")
    with ad.Tape() as tape:
        loss = w * 1.2345e120 + ad.mean(ad.Variable(np.array([-1.2345e-7, 1.2345e8, np.nan]), name="MMMMMMMMMMMMMMMMM"))
    page = opened(ad.play(tape, loss))
    page.keyboard.press("End")
    sticking_out = page.eval_on_selector_all(".node", """all => all.flatMap(g => {
        const box = g.querySelector(".box").getBBox();
        return [...g.querySelectorAll("text")].filter(t => {
            const b = t.getBBox();
            return b.x < box.x || b.x + b.width > box.x + box.width + 0.5 || b.y + b.height > box.y + box.height + 1;
        }).map(t => t.textContent);
    })""")  # fmt: skip
    assert not sticking_out


def test_in_a_notebook_it_plays_in_a_frame(opened):
    player = ad.play(*shared()[:2])
    page = opened(player, player._repr_html_())
    frame = page.frame_locator("iframe")
    frame.locator("#last").click()
    last = frame.locator("#slider").get_attribute("max")
    assert frame.locator("#count").text_content() == f"{last} / {last}"


def test_pages_without_a_step_complain_about_nothing(opened):
    with ad.Tape() as tape:
        pass
    for subject in (tape, ad.Value(2.0)):
        page = opened(ad.play(subject))
        for key in (" ", "ArrowRight", "End", "f", "0", "+"):
            page.keyboard.press(key)
        assert count(page) == "0 / 0"


def test_a_step_in_500_nodes_touches_only_what_it_changes(opened):
    page = opened(ad.play(*neurons()))
    assert page.locator(".node").count() >= 500
    touched = page.evaluate("""async () => {
        const found = [], touched = new Set();
        const watcher = new MutationObserver((all) => all.forEach((m) => touched.add(m.target)));
        watcher.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
        const last = Number(document.getElementById("slider").max);
        for (let k = 0; k < last; k++) {
            document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
            await Promise.resolve();
            found.push(touched.size);
            touched.clear();
        }
        return found;
    }""")
    scale = "() => document.getElementById('world').getAttribute('transform').split('scale')[1]"
    page.fill("#slider", "500")
    found = {page.evaluate(scale)}
    for _ in range(30):
        page.keyboard.press("ArrowRight")
        found.add(page.evaluate(scale))
    assert found == {"(1)"}  # to follow is to pan, which costs the browser nothing
    assert len(touched) > 900 and max(touched) <= 40 < page.locator("*").count()
