"""The page of the player in a real browser: it plays, it can be read, and nothing stands on anything else."""

import shutil

import numpy as np
import pytest
from played import SUBJECTS, enumerate_names, folded, heat, lecture, network, neurons, played, shared, stepped

import autodiff as ad
from autodiff.drawing.figures import figures
from autodiff.drawing.layered.spots import Occupied, away

LOCAL = ("file:", "data:", "about:")  # what a page may ask for


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]  # a container's root has none of them
        flags.append("--disable-gpu-compositing")  # which is done by the processor there, and takes longer
        opened = driver.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def window(browser):
    """The one window of each look, which all tests share: a window takes longer to start than a page to load."""
    windows, complaints = {}, []

    def window(**look):
        if repr(look) not in windows:
            page = windows[repr(look)] = browser.new_context(**look).new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda request: request.url.startswith(LOCAL) or complaints.append(request.url))
        return windows[repr(look)]

    window.complaints = complaints
    return window


@pytest.fixture
def opened(window, tmp_path):
    """Opens a player in a window of a given look; at the end no page may have complained."""
    used = []
    window.complaints.clear()

    def opened(player, text=None, size=(1280, 720), **look):
        page = window(**look)
        used.append(page)
        if not look.get("is_mobile"):
            page.set_viewport_size({"width": size[0], "height": size[1]})
        (tmp_path / "page.html").write_text(text or player.html, encoding="utf-8")
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield opened
    for page in used:
        page.goto("about:blank")  # else it would go on playing
    assert not window.complaints


def texts(page, kind):
    """What stands on screen, by the name of the node."""
    found = page.eval_on_selector_all(
        ".node", f"all => all.map(g => [g.dataset.name, g.querySelector('.{kind}')?.textContent])"
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
    page = opened(played(shared))
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
    page.click(".node[data-name='w × x'] .box")
    facts = page.inner_text("#facts")
    assert all(part in facts for part in ("w × x", "2 × 5 = 10", "18.0", "test_player_page.py:"))
    page.keyboard.press("Escape")
    assert page.is_hidden("#facts")


def test_a_path_in_the_panel_is_broken_after_a_slash(opened):
    page = opened(ad.play(lambda w, x: w * x, 2.0, 5.0))
    lines = page.evaluate("""() => {
        view.nodes[0].whole.group = "user_tower_of_words/embedding_of_positions/embeddings/of_all_of_the_words";
        choose(0);
        const texts = [...document.querySelector("#facts dd.group").childNodes].filter((part) => part.data);
        return texts.map((text) => { const r = document.createRange(); r.selectNode(text); return r.getClientRects().length; });
    }""")
    assert lines == [1, 1, 1, 1]  # each part stands in one line


def test_it_follows_the_light_of_the_system_and_the_button(opened):
    paper = "getComputedStyle(document.body).backgroundColor"
    page = opened(played(shared), color_scheme="dark")
    dark = page.evaluate(paper)
    page.click("#theme")
    light = page.evaluate(paper)
    page.keyboard.press("t")
    assert page.evaluate(paper) == dark == "rgb(20, 23, 28)" and light == "rgb(255, 255, 255)"


def test_zoom_pan_and_fit(opened):
    page = opened(played(shared))
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
    page = opened(played(neurons, budget=600), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.fill("#slider", "300")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for box in page.eval_on_selector_all("button", "all => all.map(b => b.getBoundingClientRect().toJSON())"):
        assert not box["width"] or (box["left"] >= 0 and box["right"] <= 390 and box["bottom"] <= 844 and box["height"] >= 40)
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
    player = played(shared)
    page = opened(player, player._repr_html_())
    frame = page.frame_locator("iframe")
    frame.locator("#last").click()
    last = frame.locator("#slider").get_attribute("max")
    assert frame.locator("#count").text_content() == f"{last} / {last}"


def test_in_another_page_the_wheel_scrolls_that_page_and_the_keys_are_the_players_after_a_click(opened):
    player = played(shared)
    around = f"<!DOCTYPE html><body><p>Before</p>{player._repr_html_()}<p style='height: 3000px'>After</p>"
    page = opened(player, around)
    (_, frame) = page.frames
    frame.wait_for_selector("#world .node")
    eye = frame.evaluate("({ ...eye })")
    assert "After a click in the player, space plays" in frame.inner_text("#lines")
    page.keyboard.press("ArrowRight")
    assert frame.evaluate("current") == 0
    page.mouse.move(300, 300)
    page.mouse.wheel(0, 400)
    page.wait_for_function("scrollY === 400")
    assert frame.evaluate("({ ...eye })") == eye
    page.evaluate("scrollTo(0, 0)")
    frame.evaluate("stage.dispatchEvent(new WheelEvent('wheel', { deltaY: -300, ctrlKey: true, cancelable: true }))")
    assert frame.evaluate("eye.scale") > eye["scale"]
    assert page.evaluate("scrollY") == 0 and frame.evaluate("getComputedStyle(stage).touchAction") == "pan-y"
    frame.click("#stage", position={"x": 5, "y": 5})
    page.keyboard.press("ArrowRight")
    assert frame.evaluate("current") == 1
    page.keyboard.press("End")
    assert frame.evaluate("current === steps.length") and page.evaluate("scrollY") == 0


def test_pages_without_a_step_complain_about_nothing(opened):
    with ad.Tape() as tape:
        pass
    for subject in (tape, ad.Value(2.0)):
        page = opened(ad.play(subject))
        for key in (" ", "ArrowRight", "End", "f", "0", "+"):
            page.keyboard.press(key)
        assert count(page) == "0 / 0"


def test_a_step_in_500_nodes_touches_only_what_it_changes(opened):
    page = opened(played(neurons, budget=600))
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
    page.fill("#slider", "300")
    found = page.evaluate("""async () => {
        const found = [];
        for (let k = 0; k <= 30; k++) {
            found.push(document.getElementById("world").getAttribute("transform").split("scale")[1]);
            document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
            await new Promise(requestAnimationFrame);
        }
        return found;
    }""")
    assert count(page).startswith("331 /")
    assert set(found) == {"(1)"}  # to follow is to pan, which costs the browser nothing
    assert len(touched) > 600 and max(touched) <= 40 < page.locator("*").count()


def test_to_skip_the_forward_pass(opened):
    page = opened(played(shared))
    page.keyboard.press("b")
    steps = page.evaluate("view.steps.map(step => step.pass)")
    assert count(page) == f"{steps.index('backward')} / {len(steps)}"
    assert page.evaluate("Math.abs(forward.offsetWidth / (forward.offsetWidth + backward.offsetWidth))") == pytest.approx(
        steps.index("backward") / len(steps), abs=0.05
    )
    page.keyboard.press("Home")
    page.click("#skip")
    assert set(texts(page, "gradient").values()) == {"–"} and "–" not in texts(page, "value").values()
    page.keyboard.press("End")
    assert "the gradients are for" in page.text_content("#closing") and page.is_visible("#closing")


def test_many_steps_are_taken_together_and_last_a_minute_at_most(opened):
    page = opened(played(neurons, budget=600))
    assert page.get_attribute("#coarse", "aria-pressed") == "true"
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    together, there = page.evaluate("[steps.length, place()]"), page.text_content("#phase")
    page.keyboard.press("g")
    apart = page.evaluate("[steps.length, place()]")
    assert together[0] < apart[0] == page.evaluate("view.steps.length") > 600 and there.startswith("backward")
    assert page.text_content("#phase") == "backward pass" and together[1] == pytest.approx(apart[1], abs=0.01)
    assert page.evaluate("pace() * steps.length") <= 60_000
    final = page.evaluate("() => { show(steps.length); return nodes.map(n => n.gradient?.textContent); }")
    page.keyboard.press("g")
    assert final == page.evaluate("() => { show(steps.length); return nodes.map(n => n.gradient?.textContent); }")


def test_by_keyboard_alone_and_with_a_screen_reader(opened):
    page = opened(ad.play(lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0), reduced_motion="reduce")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "slider"
    page.focus(".node[data-name=w]")
    page.keyboard.press("Enter")
    assert "90" not in page.inner_text("#facts") and page.inner_text("#facts").startswith("node")
    page.keyboard.press("End")
    assert "90" in page.inner_text("#facts")  # it tells what is known now
    page.keyboard.press("Escape")
    live = page.locator("[aria-live=polite]")
    assert "∂" in live.inner_text() and "The gradient of w is 90" in live.inner_text()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#drop", "visibility") == "hidden"


def test_a_click_opens_a_group_and_escape_leads_back(opened):
    page = opened(played(folded, budget=10))
    crumbs, here = page.text_content("#crumbs"), page.evaluate("view.nodes.length")
    page.keyboard.press("ArrowRight")
    page.locator(".node.opens .box").first.click()
    inside = page.text_content("#crumbs")
    assert inside.startswith(crumbs) and "›" in inside and page.locator(".node.outside").count() > 0
    assert "the inside of" in page.inner_text("#lines") and count(page).startswith("0 /")
    page.keyboard.press("End")
    assert "–" not in texts(page, "gradient").values() and page.is_hidden("#closing")
    page.keyboard.press("Escape")
    assert page.text_content("#crumbs") == crumbs and count(page).startswith("1 /")  # where it was left
    page.focus(".node.opens")
    page.keyboard.press("Enter")
    assert page.text_content("#crumbs") == inside
    page.click("#crumbs button")
    assert page.text_content("#crumbs") == crumbs
    page.keyboard.press("]")
    assert page.evaluate("view.nodes.length") > here
    page.keyboard.press("[")
    assert page.evaluate("view.nodes.length") == here
    page.fill("#level", page.get_attribute("#level", "max"))
    assert page.evaluate("view.nodes.length") > here


def test_of_boxes_that_are_alike_a_list_has_several(opened):
    page = opened(played(stepped))
    crumbs = page.text_content("#crumbs")
    page.click(".node.opens[data-name^='h ×20'] .box")
    titles = page.eval_on_selector_all("#crumbs option", "all => all.map(o => o.textContent)")
    assert titles == [f"h at step {k}" for k in (*range(8), 19)] and page.text_content("#title") == "h at step 19"
    assert "one of 20 that are alike; the list above has others" in page.inner_text("#lines")
    page.keyboard.press("End")
    page.select_option("#crumbs select", label="h at step 3")
    assert page.evaluate("view.title") == "h at step 3" and page.evaluate("current === steps.length")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("current === steps.length - 1")
    page.keyboard.press("Escape")
    assert page.text_content("#crumbs") == crumbs


def test_what_is_larger_than_the_window_is_followed_at_a_scale_that_shows_a_whole_side_if_that_can_be_read(opened):
    page = opened(played(neurons, budget=60), size=(800, 500))
    assert '"whole" (0) shows all' in page.inner_text("#lines") and "larger than the window" in page.text_content("#more")
    page.keyboard.press("End")
    for n in (0, page.evaluate("nodes.length - 1")):  # what the tab key reaches comes into the window
        page.evaluate(f"eye = {{ x: 5000, y: 0, scale: 1 }}; look(); nodes[{n}].group.focus()")
        left, right = page.evaluate(f"[eye.x + shape.nodes[{n}][0], stage.getBoundingClientRect().width]")
        assert 0 < left < right
    scales = page.evaluate("[0.8, 0.95, 1.5].map((share) => followed(980, 600, shape = { width: 9000, height: 584 / share }))")
    assert scales == [1.0, pytest.approx(0.95), 1.0]
    assert "whole" not in opened(played(lecture)).text_content("#panel")


def test_the_first_text_fits_the_panel_and_what_goes_on_below_fades(opened):
    page = opened(played(heat))
    room = "[panel.scrollHeight - panel.clientHeight, panel.scrollTop]"
    assert set(texts(page, "gradient").values()) == {"–"}  # its row is there from the start
    assert page.evaluate(room) == [0, 0] and "double border" in page.inner_text("#lines")
    assert "|g| ≤ 0.5" in page.text_content("#more") and "|g|" not in page.inner_text("#lines")
    page.click("#more summary")
    assert page.is_visible("#rest") and page.evaluate(room)[0] > 0
    fade = page.evaluate("""() => {
        const { position, bottom, backgroundImage } = getComputedStyle(panel, "::after");
        return [position, bottom, backgroundImage.includes("gradient")];
    }""")
    assert fade == ["sticky", "0px", True]


def test_where_not_all_has_room_the_panel_begins_with_its_newest_part(opened):
    page = opened(played(heat))
    top = "(id) => document.getElementById(id).getBoundingClientRect().top - panel.getBoundingClientRect().top"
    page.keyboard.press("End")
    assert page.evaluate("panel.scrollTop") == 0 and page.evaluate(top, "phase") > 0  # all has room
    page.set_viewport_size({"width": 1280, "height": 640})
    for key in ("ArrowLeft", "End"):
        page.keyboard.press(key)
    assert page.evaluate(top, "closing") == pytest.approx(0, abs=1) and page.evaluate(top, "end") > 0
    page.keyboard.press("f")  # the whole is in view, also the first box
    page.click(".node .box >> nth=0")
    assert page.evaluate(top, "facts") == pytest.approx(0, abs=1)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("panel.scrollTop") == 0


SEEN = """() => {
    const [stage, world] = ["stage", "world"].map((id) => document.getElementById(id).getBoundingClientRect());
    return [world.left >= stage.left && world.right <= stage.right && world.top >= stage.top && world.bottom <= stage.bottom,
            eye.scale >= READABLE, following];
}"""


def test_the_whole_is_seen_when_asked_for(opened):
    """What is followed is large enough to be read; the whole may be smaller."""
    page = opened(played(neurons, budget=60), size=(800, 500), reduced_motion="reduce")
    for key in ("ArrowRight", "End", "ArrowLeft"):
        assert page.evaluate(SEEN) == [False, True, True]
        page.keyboard.press(key)
    page.click("#fit")  # keeps the whole in view
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(SEEN) == [True, False, False]
    page.keyboard.press("f")
    assert page.evaluate(SEEN) == [False, True, True]


# -- it can be read -------------------------------------------------------------------------------------------------------

SMALLEST = """() => [...document.querySelectorAll("#world text, #panel *, #passes span, #count")].filter(
    t => t.textContent.trim() && !t.closest("[hidden]")).map(t => {
        const size = parseFloat(getComputedStyle(t).fontSize), high = t.getBoundingClientRect().height;
        return [size * (t.getScreenCTM && t.closest("#world") ? t.getScreenCTM().a : 1), high, t.textContent];
    }).filter(([size, high]) => high > 0 && (size < 11 || high < 11))"""
STRUCK = """() => view.shapes.flatMap(shape => {
    arrange(shape);
    const inside = (n, p, room) => Math.abs(p[0] - shape.nodes[n][0]) < shape.boxes[n].width / 2 - room
        && Math.abs(p[1] - shape.nodes[n][1]) < shape.boxes[n].height / 2 - room;
    return view.edges.flatMap((edge, e) => {
        const path = edges[e].path, length = path.getTotalLength(), found = [];
        const tip = shape.curves[e].slice(-2);
        if (inside(edge.to, tip, 2) || !inside(edge.to, tip, -2)) found.push(`the tip into ${view.nodes[edge.to].name}`);
        for (let k = 0; k <= 80; k++) {
            const point = path.getPointAtLength(length * k / 80);
            view.nodes.forEach((node, n) => {
                if (inside(n, [point.x, point.y], n === edge.from || n === edge.to ? 3 : 1)) found.push(`behind ${node.name}`);
            });
        }
        return found;
    });
})"""
OVERLAP = """() => view.shapes.flatMap(shape => shape.boxes.flatMap((a, i) => shape.boxes.slice(i + 1).filter((b, j) => {
    const [p, q] = [shape.nodes[i], shape.nodes[i + 1 + j]];
    return Math.abs(p[0] - q[0]) < (a.width + b.width) / 2 - 1 && Math.abs(p[1] - q[1]) < (a.height + b.height) / 2 - 1;
}).map(b => [i, shape.boxes.indexOf(b)])))"""

LABELS = """(k) => {
    arrange(view.shapes[k]);
    const shown = [...document.querySelectorAll("#world .label")].filter((label) => label.textContent);
    return shown.map((label) => [label.textContent, label.getBBox()]).map(([text, b]) => [text, b.x, b.y, b.width, b.height]);
}"""


def test_no_arrow_runs_through_either_line_of_a_label(opened):
    player = played(heat)
    page = opened(player)
    page.keyboard.press("End")
    for k, shape in enumerate(player.timeline["shapes"]):
        found = page.evaluate(LABELS, k)
        curves = [np.reshape(flat, (-1, 2)).tolist() for flat in shape["curves"]]
        points = np.concatenate(list(Occupied([], dict(enumerate(curves))).ways.values()))
        inside = [text for text, x, y, width, height in found
                  if np.any(np.all((points > (x, y + 1)) & (points < (x + width, y + height - 1)), axis=1))]  # fmt: skip
        assert inside == [] and any("|g| ≤ " in text for text, *_ in found)


@pytest.mark.parametrize("name", SUBJECTS)
def test_all_can_be_read_and_no_arrow_runs_behind_a_box(opened, name):
    page = opened(played(SUBJECTS[name]))
    assert page.evaluate(SMALLEST) == [] and page.evaluate(STRUCK) == [] and page.evaluate(OVERLAP) == []
    for key in ("End", "Home"):
        page.keyboard.press(key)
    page.set_viewport_size({"width": 900, "height": 560})
    page.keyboard.press("End")
    assert page.evaluate(SMALLEST) == []


@pytest.mark.parametrize("subject", ["a neuron of Values", "a perceptron", "the README's loss"])
def test_small_graphs_are_seen_whole(opened, subject):
    page = opened(played(SUBJECTS[subject]))
    box = page.locator("#world").bounding_box()
    assert page.get_attribute("#follow", "aria-pressed") == "false"
    stage = page.locator("#stage").bounding_box()
    assert box["x"] >= stage["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]
    assert box["y"] >= stage["y"] and box["y"] + box["height"] <= stage["y"] + stage["height"]


@pytest.mark.parametrize("subject, budget", [(folded, 10), (neurons, 60)], ids=["calls", "net"])
def test_every_view_of_a_folded_graph_can_be_read(opened, subject, budget):
    page = opened(played(subject, budget=budget))
    assert page.evaluate("page.views.length") > 1
    faults = page.evaluate(f"""() => page.views.map((_, id) => {{
        enter(id, () => steps.length);
        return [({SMALLEST})(), view.nodes.length > 100 ? [] : ({STRUCK})(), ({OVERLAP})()];
    }}).filter(faults => faults.some(some => some.length))""")
    assert faults == []


@pytest.mark.parametrize("subject", [lecture, heat, stepped])
def test_a_label_that_is_shorter_than_its_room_begins_or_ends_at_its_own_arrow(subject):
    """In the forward pass it is but a shape or a derivative; the room is that of the longest text that it will have."""
    found = []
    for shapes in ad.play(*subject()).page["layouts"]:
        for shape in shapes:
            curves = [np.reshape(flat, (-1, 2)).tolist() for flat in shape["curves"]]
            ways = Occupied([], dict(enumerate(curves))).ways
            for k, label in enumerate(shape["labels"]):
                x, y, low, anchor = label or (0.0, 0.0, True, "")
                if anchor:
                    text = (x, y - 16.0, x, y + 16.0) if not low else (x, y - 8.0, x, y + 8.0)
                    found.append(float(away(ways[k], text).min()))
    assert len(found) > 5 and max(found) <= 16.0, sorted(found)[-3:]
