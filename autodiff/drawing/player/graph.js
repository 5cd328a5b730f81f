"use strict";
// -- a view as SVG: its boxes and arrows, drawn once for each layout ----------------------------------------------------

const page = JSON.parse(document.getElementById("data").textContent);
for (const one of page.views) one.shapes = page.layouts[one.layout];  // views that are alike share them
const SVG = "http://www.w3.org/2000/svg";
const LINE = 16;
const at = (id) => document.getElementById(id);
const stage = at("stage"), world = at("world"), slider = at("slider");
const embedded = window.top !== window;  // a part of another page, which has the wheel, and the keys before a click
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const minus = (text) => text.replace(/(^|[^\w)\]]|\de)-(?=[\d.]|inf|nan)/g, "$1−");

let view = page.views[page.start], shape = view.shapes[0];  // what is shown, and in which of its layouts
let nodes = [], edges = [], drop;  // what is drawn of its boxes and arrows; the drop that runs along an arrow

function element(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.appendChild(made);
  return made;
}

function narrowed(text, room) {  // fonts differ: what is too long for its box is set closer
  if (text.getComputedTextLength() > room) {
    text.setAttribute("textLength", room);
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
}

function halves(text, room) {  // a long text in two lines, broken at the space nearest its middle
  const spaces = [...text].flatMap((c, k) => (c === " " ? [k] : []));
  if (text.length * 8 <= room || !spaces.length) return [text];
  const off = (k) => Math.abs(2 * k - text.length), k = spaces.reduce((best, k) => (off(k) < off(best) ? k : best));
  return [text.slice(0, k + 1), text.slice(k + 1)];
}

function draw() {
  world.replaceChildren();
  for (const [x, y, width, height, left, base, title] of shape.clusters) {
    const group = element("g", { class: "cluster" }, world);
    element("rect", { x, y, width, height, rx: 10 }, group);
    narrowed(element("text", { x: left, y: base }, group, title), width - 16);
  }
  edges = view.edges.map(arrow);
  edges.forEach(label);
  nodes = view.nodes.map(box);
  drop = element("circle", { id: "drop", r: 5, visibility: "hidden" }, world);
}

function arrow(edge, k) {
  const group = element("g", { class: `edge ${edge.kind}` }, world), flat = shape.curves[k], points = [];
  for (let i = 0; i < flat.length; i += 2) points.push([flat[i], flat[i + 1]]);
  group.style.setProperty("--strength", edge.strength);
  const tip = points[points.length - 1], neck = points[points.length - 2];
  const rest = points.slice(1, -1).map((p) => p.join(","));
  const path = element("path", { d: `M${points[0]}C${rest.join(" ")}` }, group);
  const dx = tip[0] - neck[0], dy = tip[1] - neck[1], length = Math.hypot(dx, dy) || 1;
  const side = [(-dy / length) * 3.8, (dx / length) * 3.8];
  element("polygon", { class: "tip", points: [tip, [neck[0] + side[0], neck[1] + side[1]], [neck[0] - side[0], neck[1] - side[1]]].join(" ") }, group);
  return { group, path };
}

function label(shown, k) {  // over all arrows, so that none strikes it out
  if (!shape.labels[k]) return;
  const [x, y, low, anchor] = shape.labels[k], sends = view.edges[k].part;  // low: there is room for one line, the gradient's
  if (!low || !sends) shown.local = element("text", { class: `label ${anchor}`, x, y: low ? y + 4 : y - 3 }, world);
  if (!low || sends) shown.part = element("text", { class: `label part ${anchor}`, x, y: low ? y + 4 : y + 12 }, world);
}

function box(node, k) {
  const [x, y] = shape.nodes[k], size = shape.boxes[k], { width, height } = size, left = x - width / 2, top = y - height / 2;
  const kinds = `node ${node.kind}${node.many ? " many" : ""}${node.opens === undefined ? "" : " opens"}`;
  const group = element("g", { class: kinds, tabindex: 0, role: "button", "data-name": node.whole.name }, world);
  element("rect", { class: "halo", x: left, y: top, width, height, rx: 9 }, group);
  element("rect", { class: "box", x: left, y: top, width, height, rx: 9 }, group);
  if (node.many) element("rect", { class: "inner", x: left + 3, y: top + 3, width: width - 6, height: height - 6, rx: 7 }, group);
  const heading = element("text", { x: left + 10, y: top + 19, class: "name" }, group, minus(node.name));
  const shown = { group, low: !size.rows };
  if (shown.low && size.beside) element("tspan", { class: "faint", dx: 6 }, heading, minus(node.value));
  if (shown.low) narrowed(heading, width - 16);
  else fill(node, size, shown, heading, left, top);
  group.addEventListener("click", () => { if (!moved) click(k); });
  group.addEventListener("focus", () => { if (group.matches(":focus-visible")) reveal(k); });
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    click(k);
    event.stopPropagation();
  });
  return shown;
}

function fill(node, size, shown, heading, left, top) {  // the rows of a box: formula, value, gradient
  const how = (node.many ? node.how : `= ${minus(node.how)}`).split("\n");
  if (node.how && size.beside) element("tspan", { class: "faint", dx: 6 }, heading, how[0]);
  if (node.shape) element("tspan", { class: "faint", dx: 6 }, heading, node.shape);
  narrowed(heading, size.width - 18 - (node.opens === undefined ? 0 : 16));
  if (node.opens !== undefined) element("text", { class: "sign", x: left + size.width - 20, y: top + 19 }, shown.group, "⊕");
  let y = top + 22;
  for (const line of node.how && !size.beside ? how : []) {
    y += LINE;
    narrowed(element("text", { class: "faint", x: left + 10, y: y - 1 }, shown.group, line), size.width - 18);
  }
  [["value", "value"], ["gradient", node.part ? "part" : "grad"]].forEach(([name, caption], row) => {
    element("text", { class: "faint", x: left + 10, y: y + LINE }, shown.group, caption);
    const text = element("text", { class: name }, shown.group);
    text.lines = { right: left + size.width - 9, y: y + LINE, room: size.width - 18 - 38, count: size.rows[row] };
    shown[name] = text;
    y += LINE * size.rows[row];
  });
}

function put(text, shown, known) {  // figures in one line or two
  const now = known ? minus(shown) : "–";
  if (text.textContent === now) return;
  const { right, y, room, count } = text.lines, lines = count > 1 ? halves(now, room) : [now];
  text.replaceChildren();
  lines.forEach((line, k) => {
    const part = element("tspan", { x: right, y: y + k * LINE }, text, line);
    if (line.length > 6) narrowed(part, room);
  });
  text.classList.toggle("unknown", !known);
  text.classList.toggle("there", known);
}

function write(text, now) {
  if (text && text.textContent !== now) text.textContent = now;
}
