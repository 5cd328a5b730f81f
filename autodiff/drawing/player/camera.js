// -- looking around: drag, wheel, pinch, and following the steps --------------------------------------------------------

const READABLE = 11 / 12;  // the scale below which the smallest text, of 12 pixels, is smaller than 11
const COMFORTABLE = 1.15, USEFUL = 0.7;  // shapes.py knows these
const LARGEST = 1.5;
const LARGE = 150;  // with more boxes a change of scale takes the browser several frames, where to pan takes none
const MARGIN = 16;
let eye = { x: 0, y: 0, scale: 1 }, size = "", following = false, moved = false, gliding = 0;
const touches = new Map();

function look() {
  world.setAttribute("transform", `translate(${eye.x} ${eye.y}) scale(${eye.scale})`);
}

function follow(yes) {
  following = yes;
  at("follow").setAttribute("aria-pressed", yes);
}

function scaleOf(layout) {  // at which a layout fits into the window
  const { width, height } = stage.getBoundingClientRect();
  return Math.min((width - 2 * MARGIN) / (layout.width || 1), (height - 2 * MARGIN) / (layout.height || 1), LARGEST);
}

function best() {  // the layout that the window shows largest; rows are of no use where one sees a part only
  const score = (layout) => {
    const scale = Math.min(scaleOf(layout), COMFORTABLE);
    return layout.rows === 1 || scale >= USEFUL ? scale : scale / 4;
  };
  return view.shapes.reduce((a, b) => (score(b) > score(a) ? b : a));
}

function fit(animate) {  // the whole graph
  const { width, height } = stage.getBoundingClientRect(), scale = Math.max(scaleOf(shape), 0.02);
  glide({ scale, x: (width - shape.width * scale) / 2, y: (height - shape.height * scale) / 2 }, animate && nodes.length <= LARGE);
}

function opened() {  // what is too large for the window is followed from step to step
  fit(false);
  follow(eye.scale < READABLE);
  if (current === 0) tell(0);  // which says whether the whole can be seen
  if (following) goto(current, false);
}

function resized() {
  const { width, height } = stage.getBoundingClientRect();
  if (size === (size = `${width} ${height}`)) return;
  if (best() !== shape) arrange(best());
  opened();
}

function followed(width, height) {  // the one scale of following, which is to pan: the largest that shows a whole side
  const sides = [(width - MARGIN) / (shape.width || 1), (height - MARGIN) / (shape.height || 1)];
  const least = READABLE + 0.005, whole = sides.filter((scale) => scale >= least);
  return width < 500 ? least : Math.min(1, ...whole);
}

function goto(k, animate) {
  const step = steps[Math.max(k, 1) - 1];  // before the start, where the first step will be
  if (!step) return fit(animate);
  const { width, height } = stage.getBoundingClientRect(), scale = followed(width, height);
  const into = step.pass === "forward" ? view.edges.filter((edge) => step.nodes.includes(edge.to)) : [];
  const ends = [...new Set([...step.nodes, ...[...into, ...step.edges.map((e) => view.edges[e])].flatMap((edge) => [edge.from, edge.to])])];
  const around = (some) => {
    const sides = some.map((n) => ({ x: shape.nodes[n][0], y: shape.nodes[n][1], w: shape.boxes[n].width / 2, h: shape.boxes[n].height / 2 }));
    const left = Math.min(...sides.map((s) => s.x - s.w)), right = Math.max(...sides.map((s) => s.x + s.w));
    const top = Math.min(...sides.map((s) => s.y - s.h)), bottom = Math.max(...sides.map((s) => s.y + s.h));
    return { left, right, top, bottom, fits: (right - left + 24) * scale <= width && (bottom - top + 24) * scale <= height };
  };
  const whole = around(ends), seen = whole.fits ? whole : around(step.nodes.slice(0, 1));
  const inside = eye.x + seen.left * eye.scale >= 8 && eye.x + seen.right * eye.scale <= width - 8
    && eye.y + seen.top * eye.scale >= 8 && eye.y + seen.bottom * eye.scale <= height - 8;
  if (inside && eye.scale >= READABLE) return;
  const centred = (low, high, room, length) => {  // as much of the whole as can be seen, and none beyond it
    const middle = room / 2 - ((low + high) / 2) * scale, left = room - length * scale;
    return left > MARGIN - 1 ? left / 2 : Math.min(MARGIN, Math.max(left - MARGIN, middle));
  };
  const x = centred(seen.left, seen.right, width, shape.width), y = centred(seen.top, seen.bottom, height, shape.height);
  glide({ scale, x, y }, animate && (scale === eye.scale || nodes.length <= LARGE));
}

function reveal(n) {  // a box that the tab key reaches comes into the window
  const { width, height } = stage.getBoundingClientRect(), [x, y] = shape.nodes[n].map((length) => length * eye.scale);
  const seen = (place, room) => place > 8 && place < room - 8;
  if (!seen(eye.x + x, width) || !seen(eye.y + y, height)) glide({ ...eye, x: width / 2 - x, y: height / 2 - y }, false);
}

function glide(to, animate) {
  cancelAnimationFrame(gliding);
  const from = eye, start = performance.now(), time = Math.min(300, pace() * 0.4);
  if (!animate || calm) {
    eye = to;
    return look();
  }
  function frame(now) {
    const done = Math.min(1, Math.max(0, (now - start) / time)), eased = done * done * (3 - 2 * done);
    const between = (key) => from[key] + (to[key] - from[key]) * eased;
    eye = done === 1 ? to : { scale: between("scale"), x: between("x"), y: between("y") };
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
  const scale = Math.max(0.02, Math.min(8, eye.scale * factor)), by = scale / eye.scale;
  eye = { scale, x: x - (x - eye.x) * by, y: y - (y - eye.y) * by };
  look();
}

stage.classList.toggle("embedded", embedded);
stage.addEventListener("wheel", (event) => {
  if (embedded && !event.ctrlKey && !event.metaKey) return;  // it scrolls the page around; a pinch comes with ctrlKey
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
    eye = { ...eye, x: eye.x + dx, y: eye.y + dy };
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
