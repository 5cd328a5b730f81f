// -- the panel: what happens in this step, and everything about a box that was clicked -------------------------------------

let chosen = -1;

function paragraphs(parent, texts) {
  parent.replaceChildren(...texts.map((text) => {
    const line = document.createElement("p");
    line.textContent = minus(text);
    return line;
  }));
}

function tell(k) {
  const step = steps[k - 1], phase = at("phase"), first = step ? step : before();
  phase.className = step ? step.pass : "";
  phase.textContent = step ? `${step.pass} pass${step.count > 1 ? `, ${step.count} steps together` : ""}` : "before the start";
  at("title").textContent = minus(first.title);
  paragraphs(at("lines"), first.lines);
  const last = k > 0 && k === steps.length && trail.length === 1 ? page.closing : null;
  at("closing").hidden = !last;
  if (last) {
    at("end").textContent = last.title;
    paragraphs(at("purpose"), last.lines);
    at("closing").scrollIntoView({ block: "nearest" });
  }
  if (chosen >= 0) facts(chosen);
}

function before() {
  const keys = "Space plays, → steps, B skips the forward pass. A click on a box tells more.";
  const folded = view.note ? [view.note] : [], many = view.nodes.some((node) => node.many && node.kind !== "outside");
  const opens = view.nodes.some((node) => node.opens !== undefined) ? " A click on ⊕ opens it." : "";
  if (many) folded.push(`A double border stands for many numbers, of which the box shows the range.${opens}`);
  if (scaleOf(shape) < READABLE) {
    const folds = trail.length === 1 && trail[0].id > 0 && trail[0].id < page.levels ? " The slider above folds it." : "";
    folded.push(`The graph is larger than the window, so the view follows the steps. The button "whole" (0) shows all of it.${folds}`);
  }
  if (trail.length === 1) {
    if (page.left) folded.push(`This page holds ${page.views.length} views. ${page.left} boxes have no view: play a part of the program to see inside them.`);
    return { title: page.opening.title, lines: [...page.opening.lines, keys, ...folded] };
  }
  const one = view.times > 1 ? `, one of ${view.times} that are alike` : "";
  const about = `This is the inside of ${view.title}${one}. Dashed boxes are outside of it; "part" is the part of their gradient that comes from here. Escape leads back, and so do the names above.`;
  return { title: view.title, lines: [about, keys, ...folded] };
}

function choose(n) {
  if (chosen >= 0 && nodes[chosen]) nodes[chosen].group.classList.remove("chosen");
  chosen = n === chosen ? -1 : n;
  at("facts").hidden = chosen < 0;
  if (chosen < 0) return;
  nodes[chosen].group.classList.add("chosen");
  facts(chosen);
  at("facts").scrollIntoView({ block: "nearest" });
}

function facts(n) {
  const about = view.nodes[n].whole, known = valueFrom[n] <= current, sum = sumAt(n, current);
  const complete = sums[n].length > 0 && sums[n][sums[n].length - 1][0] <= current;
  const rows = [
    ["node", about.name], ["kind", about.op], ["formula", about.formula], ["numbers", known ? about.numbers : ""],
    ["value", known ? about.value || "–" : "–"], ["gradient", complete ? about.gradient : sum ? `${sum} so far` : "–"],
    ["from here", view.nodes[n].part ? sum : ""], ["weights", about.weights], ["group", about.group], ["line", about.line],
  ];
  const constant = view.nodes[n].kind === "constant";
  at("facts").replaceChildren(...rows.filter(([label, text]) => text && !(constant && label === "gradient")).flatMap(([label, text]) => {
    const term = document.createElement("dt"), fact = document.createElement("dd");
    term.textContent = label;
    fact.textContent = ["line", "node", "group"].includes(label) ? text : minus(text);
    fact.className = label;
    return [term, fact];
  }));
}
