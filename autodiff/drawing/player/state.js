// -- the steps, fine or coarse, and what is known after each of them ----------------------------------------------------

const MANY = 60;  // steps; above that the coarse ones are played
const LISTED = 8;  // lines of a coarse step
let steps = [], coarse = false, asked = null, current = -1, marked = [];  // asked: whether the user chose fine or coarse steps
let valueFrom = [], sums = [], usedFrom = [];  // from which step a value is there; [step, running sum]; when an arrow is used

function whole(step) {
  return { ...step, nodes: [step.node], edges: step.edges || [], sums: step.sums || [], count: 1 };
}

function together(run) {  // several fine steps as one
  if (run.length === 1) return whole(run[0]);
  const { pass, batch } = run[0], title = (view.titles[batch] || [])[pass === "forward" ? 0 : 1] || run[0].title;
  const lines = run.slice(0, LISTED).map((step) => {
    const [target, sum] = (step.sums || [[step.node]])[0], name = view.nodes[target].name;
    const line = step.lines.find((text) => text.startsWith("contribution")) || step.lines[0];
    return `${pass === "forward" ? "" : "to "}${name}: ${line}${step.lines.length > 1 && sum ? `, sum so far ${sum}` : ""}`;
  });
  if (run.length > LISTED) lines.push(`and ${run.length - LISTED} more`);
  return {
    pass, title, lines, count: run.length, nodes: [...new Set(run.map((step) => step.node))],
    edges: run.flatMap((step) => step.edges || []), sums: run.flatMap((step) => step.sums || []),
  };
}

function merged() {
  const runs = [];
  for (const step of view.steps) {
    const last = runs[runs.length - 1];
    if (last && last[0].pass === step.pass && last[0].batch === step.batch) last.push(step);
    else runs.push([step]);
  }
  return runs.map(together);
}

function prepare() {  // the steps of a view that is opened, or whose steps become fine or coarse
  const grouped = merged();
  coarse = asked === null ? view.steps.length > MANY : asked;
  at("coarse").hidden = grouped.length === view.steps.length;
  at("coarse").setAttribute("aria-pressed", coarse);
  steps = coarse ? grouped : view.steps.map(whole);
  valueFrom = view.nodes.map(() => 0);  // leaves have it at the start
  sums = view.nodes.map(() => []);
  usedFrom = view.edges.map(() => Infinity);
  steps.forEach((step, k) => {
    if (step.pass === "forward") for (const n of step.nodes) valueFrom[n] = k + 1;
    for (const [n, sum] of step.sums) sums[n].push([k + 1, sum]);
    for (const e of step.edges) usedFrom[e] = k + 1;
  });
  slider.max = steps.length;
  at("forward").style.flexGrow = forwards() / (steps.length || 1);
  at("backward").style.flexGrow = 1 - forwards() / (steps.length || 1);
  at("backward").hidden = at("skip").hidden = forwards() === steps.length;
  at("forward").hidden = !forwards();
}

const forwards = () => steps.filter((step) => step.pass === "forward").length;

function place() {  // the pass, and how much of it is done: the same place in other steps
  const ahead = forwards(), back = steps.length - ahead;
  return current <= ahead ? [0, ahead ? current / ahead : 0] : [1, back ? (current - ahead) / back : 0];
}

function placed([pass, share]) {
  const ahead = forwards();
  return Math.round(pass ? ahead + share * (steps.length - ahead) : share * ahead);
}

function show(k, animate) {
  k = Math.max(0, Math.min(steps.length, k));
  if (k === current) return;
  current = k;
  nodes.forEach((node, n) => {
    if (node.low) return;
    put(node.value, view.nodes[n].value, valueFrom[n] <= k);
    const total = sumAt(n, k);
    put(node.gradient, total || "", total !== undefined);
  });
  edges.forEach((edge, e) => {
    const told = view.edges[e], used = usedFrom[e] <= k;
    edge.group.classList.toggle("used", used);
    write(edge.local, told.kind === "cut" ? "cut" : valueFrom[told.to] <= k ? minus((told.factor ? "×" : "") + told.local) : "");
    write(edge.part, used ? minus(told.part) : "");
  });
  mark(k, animate);
  tell(k);
  if (following) goto(k, animate);
  slider.value = k;
  slider.setAttribute("aria-valuetext", at("title").textContent);
  at("count").textContent = `${k} / ${steps.length}`;
  if (k === steps.length) pause();
}

function sumAt(n, k) {
  let total;
  for (const [from, sum] of sums[n]) if (from <= k) total = sum;
  return total;
}

function mark(k, animate) {
  for (const group of marked) group.classList.remove("now", "forward", "backward");
  marked = [];
  const step = steps[k - 1];
  drop.setAttribute("visibility", "hidden");
  if (!step) return;
  for (const n of step.nodes) marked.push(nodes[n].group);
  if (step.pass === "forward") view.edges.forEach((edge, e) => { if (step.nodes.includes(edge.to)) marked.push(edges[e].group); });
  for (const e of step.edges) marked.push(edges[e].group);
  if (animate && step.edges.length) flow(edges[step.edges[0]].path, k);
  for (const group of marked) group.classList.add("now", step.pass);
}

function flow(path, k) {  // a drop runs up the arrow, from the output to the input
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
