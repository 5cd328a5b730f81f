"use strict";
const timeline = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const at = (id) => document.getElementById(id);
const stage = at("stage"), world = at("world"), slider = at("slider");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const minus = (text) => text.replace(/(^|[^\w)\]])-(?=[\d.]|inf|nan)/g, "$1−");

// -- the graph, built once ---------------------------------------------------------------------------------------

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

for (const [x, y, width, height, title] of timeline.clusters) {
  const group = element("g", { class: "cluster" }, world);
  element("rect", { x, y, width, height, rx: 10 }, group);
  element("text", { x: x + 9, y: y + 16 }, group, title);
}

const edges = timeline.edges.map((edge) => {
  const group = element("g", { class: `edge ${edge.kind}` }, world);
  group.style.setProperty("--strength", edge.strength);
  const points = edge.curve, tip = points[points.length - 1], neck = points[points.length - 2];
  const rest = points.slice(1, -1).map((p) => p.join(","));
  const path = element("path", { d: `M${points[0]}C${rest.join(" ")}` }, group);
  const dx = tip[0] - neck[0], dy = tip[1] - neck[1], length = Math.hypot(dx, dy) || 1;
  const side = [(-dy / length) * 3.6, (dx / length) * 3.6];
  element("polygon", { class: "tip", points: [tip, [neck[0] + side[0], neck[1] + side[1]], [neck[0] - side[0], neck[1] - side[1]]].join(" ") }, group);
  const shown = { group, path };
  if (edge.label) {
    const [x, y] = edge.label;
    shown.local = element("text", { class: "local", x, y: y - 2 }, group);
    shown.part = element("text", { class: "part", x, y: y + 10 }, group);
  }
  return shown;
});

const nodes = timeline.nodes.map((node, k) => {
  const left = node.x - node.width / 2, top = node.y - node.height / 2, right = left + node.width - 10;
  const group = element("g", { class: `node ${node.kind}`, tabindex: 0, role: "button", "aria-label": node.whole.name }, world);
  const box = { x: left, y: top, width: node.width, height: node.height, rx: 9 };
  element("rect", { class: "halo", ...box }, group);
  element("rect", { class: "box", ...box }, group);
  const heading = element("text", { x: left + 10, y: top + 19, class: "name" }, group, minus(node.name));
  if (node.how) element("tspan", { class: "faint", dx: 5 }, heading, `= ${node.how}`);
  if (node.shape && node.kind !== "constant") element("tspan", { class: "faint", dx: 5 }, heading, node.shape);
  narrowed(heading, node.width - 18);
  const shown = { group };
  if (node.kind !== "constant") {
    element("text", { class: "faint", x: left + 10, y: top + 38 }, group, "value");
    element("text", { class: "faint", x: left + 10, y: top + 55 }, group, "grad");
    shown.value = element("text", { class: "value", x: right, y: top + 38 }, group);
    shown.gradient = element("text", { class: "gradient", x: right, y: top + 55 }, group);
  }
  group.addEventListener("click", () => { if (!moved) choose(k); });
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { choose(k); event.stopPropagation(); }
  });
  return shown;
});
const drop = element("circle", { id: "drop", r: 5, visibility: "hidden" }, world);

// -- what is known after each step ---------------------------------------------------------------------------------

const valueFrom = timeline.nodes.map(() => 0);  // the step from which a node's value is there; leaves have it at the start
const totals = timeline.nodes.map(() => []);  // [step, running sum]
const usedFrom = timeline.edges.map(() => Infinity);
timeline.steps.forEach((step, k) => {
  if (step.pass === "forward") valueFrom[step.node] = k + 1;
  else {
    totals[step.node].push([k + 1, step.total]);
    if (step.edge !== undefined) usedFrom[step.edge] = k + 1;
  }
});
const into = timeline.nodes.map(() => []);
timeline.edges.forEach((edge, k) => into[edge.to].push(k));

function put(text, shown, known, room) {
  const now = known ? minus(shown) : "–";
  if (text.textContent === now) return;
  text.textContent = now;
  text.removeAttribute("textLength");
  if (now.length > 6) narrowed(text, room);
  text.classList.toggle("unknown", !known);
  text.classList.toggle("there", known);
}

function write(text, now) {
  if (text && text.textContent !== now) text.textContent = now;
}

let current = -1, marked = [], chosen = -1;

function show(k, animate) {
  k = Math.max(0, Math.min(timeline.steps.length, k));
  if (k === current) return;
  current = k;
  nodes.forEach((node, n) => {
    if (!node.value) return;
    const room = timeline.nodes[n].width - 52;
    put(node.value, timeline.nodes[n].value, valueFrom[n] <= k, room);
    let total;
    for (const [from, sum] of totals[n]) if (from <= k) total = sum;
    put(node.gradient, total || "", total !== undefined, room);
  });
  edges.forEach((edge, e) => {
    const told = timeline.edges[e], used = usedFrom[e] <= k;
    edge.group.classList.toggle("used", used);
    write(edge.local, told.kind === "cut" ? "cut" : valueFrom[told.to] <= k ? minus((told.factor ? "× " : "") + told.local) : "");
    write(edge.part, used ? minus(told.part) : "");
  });
  mark(k, animate);
  tell(k);
  if (following) goto(k, animate);
  slider.value = k;
  slider.setAttribute("aria-valuetext", at("title").textContent);
  at("count").textContent = `${k} / ${timeline.steps.length}`;
  if (k === timeline.steps.length) pause();
}

function mark(k, animate) {
  for (const group of marked) group.classList.remove("now", "forward", "backward");
  marked = [];
  const step = timeline.steps[k - 1];
  drop.setAttribute("visibility", "hidden");
  if (!step) return;
  marked.push(nodes[step.node].group);
  if (step.pass === "forward") for (const e of into[step.node]) marked.push(edges[e].group);
  if (step.edge !== undefined) {
    marked.push(edges[step.edge].group);
    if (animate) flow(edges[step.edge].path, k);
  }
  for (const group of marked) group.classList.add("now", step.pass);
}

function flow(path, k) {  // a drop runs up the edge, from the output to the input
  if (calm) return;
  const length = path.getTotalLength(), start = performance.now(), time = Math.min(450, pace() * 0.6);
  function frame(now) {
    const done = Math.min(1, Math.max(0, (now - start) / time));
    if (current !== k || done === 1) return drop.setAttribute("visibility", "hidden");
    const point = path.getPointAtLength(length * (1 - done));
    drop.setAttribute("cx", point.x);
    drop.setAttribute("cy", point.y);
    drop.setAttribute("visibility", "visible");
    requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);
}

function tell(k) {
  const step = timeline.steps[k - 1], phase = at("phase"), lines = at("lines");
  phase.className = step ? step.pass : "";
  phase.textContent = step ? `${step.pass} pass` : "before the start";
  at("title").textContent = step ? minus(step.title) : `Backprop of ${timeline.target}`;
  const texts = step ? step.lines : ["The leaves are known. Press space to play, → for one step, or click a node."];
  lines.replaceChildren(...texts.map((text) => {
    const line = document.createElement("p");
    line.textContent = minus(text);
    return line;
  }));
  if (chosen >= 0) facts(chosen);
}

function choose(n) {
  if (chosen >= 0) nodes[chosen].group.classList.remove("chosen");
  chosen = n === chosen ? -1 : n;
  at("facts").hidden = chosen < 0;
  if (chosen < 0) return;
  nodes[chosen].group.classList.add("chosen");
  facts(chosen);
  at("facts").scrollIntoView({ block: "nearest" });
}

function facts(n) {
  const whole = timeline.nodes[n].whole, known = valueFrom[n] <= current, final = totals[n].length > 0;
  const complete = final && totals[n][totals[n].length - 1][0] <= current;
  const partial = totals[n].filter(([from]) => from <= current).pop();
  const rows = [
    ["node", whole.name], ["op", whole.op], ["formula", whole.formula], ["numbers", known ? whole.numbers : ""],
    ["value", known ? whole.value : "–"], ["gradient", complete ? whole.gradient : partial ? `${partial[1]} so far` : "–"],
    ["layer", whole.layer], ["line", whole.line],
  ];
  if (timeline.nodes[n].kind === "constant") rows.splice(5, 1);
  at("facts").replaceChildren(...rows.filter(([, text]) => text).flatMap(([label, text]) => {
    const term = document.createElement("dt"), fact = document.createElement("dd");
    term.textContent = label;
    fact.textContent = label === "line" || label === "node" ? text : minus(text);
    fact.className = label;
    return [term, fact];
  }));
}

// -- playing -------------------------------------------------------------------------------------------------------

const SPEEDS = [0.5, 1, 2, 4, 16];
let timer = 0, speed = 1;
const pace = () => 900 / speed;

function play() {
  if (current === timeline.steps.length) show(0, false);
  document.body.classList.add("playing");
  at("play").setAttribute("aria-label", "Pause");
  tick();
}

function tick() {
  show(current + 1, true);
  if (document.body.classList.contains("playing")) timer = setTimeout(tick, pace());
}

function pause() {
  clearTimeout(timer);
  document.body.classList.remove("playing");
  at("play").setAttribute("aria-label", "Play");
}

function go(k, animate) {
  pause();
  show(k, animate);
}

const toggle = () => (document.body.classList.contains("playing") ? pause() : play());

function faster() {
  speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
  at("speed").textContent = `${speed}×`;
}

function whole() {
  follow(false);
  fit();
}

function pursue() {
  follow(!following);
  if (following) goto(current, true);
}

function repaint() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
}
