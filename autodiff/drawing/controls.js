"use strict";
// -- looking around: drag, wheel, pinch -----------------------------------------------------------------------------

const READABLE = 0.6;  // the scale below which text is too small
const LARGE = 150;  // with more nodes a change of scale takes the browser several frames, where to pan takes none
let view = { x: 0, y: 0, scale: 1 }, size = "", following = false, moved = false, gliding = 0;
const touches = new Map();

function look() {
  world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
}

function follow(yes) {
  following = yes;
  at("follow").setAttribute("aria-pressed", yes);
}

function fit() {
  const { width, height } = stage.getBoundingClientRect(), margin = 24;
  const whole = Math.min((width - 2 * margin) / timeline.width, (height - 2 * margin) / timeline.height);
  const scale = Math.max(Math.min(whole, 1.6), 0.02);
  cancelAnimationFrame(gliding);
  view = { scale, x: (width - timeline.width * scale) / 2, y: (height - timeline.height * scale) / 2 };
  look();
}

function opened() {  // a graph that is too large for the window is followed from step to step
  const { width, height } = stage.getBoundingClientRect();
  if (size === (size = `${width} ${height}`)) return;
  fit();
  follow(view.scale < READABLE);
  if (following) goto(current, false);
}

function goto(k, animate) {
  const step = timeline.steps[k - 1];
  if (!step) return fit();
  const { width, height } = stage.getBoundingClientRect();
  const ends = [step.node, ...(step.edge === undefined ? [] : [timeline.edges[step.edge].to])].map((n) => timeline.nodes[n]);
  const scale = width < 500 ? 0.8 : 1;  // always the same, so that following only pans
  const boxed = (some) => {
    const left = Math.min(...some.map((n) => n.x - n.width / 2)), right = Math.max(...some.map((n) => n.x + n.width / 2));
    const top = Math.min(...some.map((n) => n.y - n.height / 2)), bottom = Math.max(...some.map((n) => n.y + n.height / 2));
    return { left, right, top, bottom, fits: (right - left + 24) * scale <= width && (bottom - top + 24) * scale <= height };
  };
  let box = boxed(ends);
  if (!box.fits) box = boxed(ends.slice(0, 1));
  const seen = view.x + box.left * view.scale >= 8 && view.x + box.right * view.scale <= width - 8
    && view.y + box.top * view.scale >= 8 && view.y + box.bottom * view.scale <= height - 8;
  if (seen && view.scale >= READABLE) return;
  const x = width / 2 - ((box.left + box.right) / 2) * scale, y = height / 2 - ((box.top + box.bottom) / 2) * scale;
  glide({ scale, x, y }, animate && (scale === view.scale || nodes.length <= LARGE));
}

function glide(to, animate) {
  cancelAnimationFrame(gliding);
  const from = view, start = performance.now(), time = Math.min(300, pace() * 0.4);
  if (!animate || calm) {
    view = to;
    return look();
  }
  function frame(now) {
    const done = Math.min(1, Math.max(0, (now - start) / time)), eased = done * done * (3 - 2 * done);
    const between = (key) => from[key] + (to[key] - from[key]) * eased;
    view = { scale: between("scale"), x: between("x"), y: between("y") };
    look();
    if (done < 1) gliding = requestAnimationFrame(frame);
  }
  gliding = requestAnimationFrame(frame);
}

function zoom(factor, x, y) {
  follow(false);
  cancelAnimationFrame(gliding);
  const box = stage.getBoundingClientRect();
  x = x === undefined ? box.width / 2 : x - box.left;
  y = y === undefined ? box.height / 2 : y - box.top;
  const scale = Math.max(0.02, Math.min(8, view.scale * factor)), by = scale / view.scale;
  view = { scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
  look();
}

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX, event.clientY);
}, { passive: false });

stage.addEventListener("pointerdown", (event) => {
  touches.set(event.pointerId, [event.clientX, event.clientY]);
  moved = false;
});
stage.addEventListener("pointermove", (event) => {
  const before = touches.get(event.pointerId);
  if (!before) return;
  const dx = event.clientX - before[0], dy = event.clientY - before[1];
  if (!moved && Math.hypot(dx, dy) < 4) return;
  if (!moved) stage.setPointerCapture(event.pointerId);
  moved = true;
  stage.classList.add("dragging");
  if (touches.size === 2) {
    const other = [...touches].find(([id]) => id !== event.pointerId)[1];
    const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
    zoom(apart([event.clientX, event.clientY]) / (apart(before) || 1), other[0], other[1]);
  } else {
    follow(false);
    cancelAnimationFrame(gliding);
    view.x += dx;
    view.y += dy;
    look();
  }
  touches.set(event.pointerId, [event.clientX, event.clientY]);
});
for (const name of ["pointerup", "pointercancel"]) {
  stage.addEventListener(name, (event) => {
    touches.delete(event.pointerId);
    if (!touches.size) stage.classList.remove("dragging");
  });
}

// -- buttons and keys -------------------------------------------------------------------------------------------------

slider.max = timeline.steps.length;
slider.addEventListener("input", () => go(Number(slider.value), false));
at("first").addEventListener("click", () => go(0, false));
at("back").addEventListener("click", () => go(current - 1, false));
at("play").addEventListener("click", toggle);
at("step").addEventListener("click", () => go(current + 1, true));
at("last").addEventListener("click", () => go(timeline.steps.length, false));
at("speed").addEventListener("click", faster);
at("fit").addEventListener("click", whole);
at("follow").addEventListener("click", pursue);
at("theme").addEventListener("click", repaint);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    " ": toggle, ArrowRight: () => go(current + 1, true), ArrowLeft: () => go(current - 1, false), Home: () => go(0, false),
    End: () => go(timeline.steps.length, false), "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: whole, f: pursue,
    t: repaint, s: faster, Escape: () => chosen >= 0 && choose(chosen),
  };
  const act = keys[event.key];
  if (!act || (event.key === " " && event.target.tagName === "BUTTON" && event.target.id !== "play")) return;
  event.preventDefault();
  act();
});

show(0, false);
opened();  // at once: the observer's first call comes with the first frame, after a key that is pressed before it
new ResizeObserver(opened).observe(stage);
