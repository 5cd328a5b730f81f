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
  paragraphs(at("rest"), first.more || []);
  at("more").hidden = !(first.more || []).length;
  const last = k > 0 && k === steps.length && trail.length === 1 ? page.closing : null;
  at("closing").hidden = !last;
  if (last) {
    at("end").textContent = last.title;
    paragraphs(at("purpose"), last.lines);
  }
  if (chosen >= 0) facts(chosen);
  else begin(last ? at("closing") : null);
}

function begin(part) {  // at the top of the panel; where not all has room, with its newest part
  const panel = at("panel");
  for (const id of ["closing", "facts"]) at(id).style.minHeight = "";
  panel.scrollTop = 0;
  if (!part || panel.scrollHeight <= panel.clientHeight) return;
  part.style.minHeight = `${panel.clientHeight}px`;  // so that it can stand there, however short it is
  panel.scrollTop = part.getBoundingClientRect().top - panel.getBoundingClientRect().top;
}

function before() {
  const many = view.nodes.some((node) => node.many && node.kind !== "outside");
  const opens = view.nodes.some((node) => node.opens !== undefined) ? ", a click on ⊕ opens it" : "";
  const keys = embedded ? "After a click in the player, space" : "Space";
  const lines = [`${keys} plays, → steps, B skips the forward pass. A click on a box tells more${opens}.`];
  if (many) lines.push("A double border stands for several boxes, drawn as one.");
  if (scaleOf(shape) < READABLE) lines.push('The button "whole" (0) shows all.');
  if (trail.length === 1) {
    const more = [...page.opening.more, ...(view.note ? [view.note] : [])];
    if (scaleOf(shape) < READABLE) {
      const folds = trail[0].id > 0 && trail[0].id < page.levels ? " The slider above folds it." : "";
      more.push(`The graph is larger than the window, so the view follows the steps.${folds}`);
    }
    if (page.left) more.push(`This page holds ${page.views.length} views. ${page.left} boxes have no view: play a part of the program to see inside them.`);
    return { title: page.opening.title, lines: [...page.opening.lines, ...lines], more };
  }
  const others = trail[trail.length - 1].alike.length > 1 ? "; the list above has others" : "";
  const one = view.times > 1 ? `, one of ${view.times} that are alike${others}` : "";
  const about = `This is the inside of ${view.title}${one}. Dashed boxes are outside of it; "part" is the part of their gradient that comes from here. Escape leads back, and so do the names above.`;
  return { title: view.title, lines: [about, ...lines], more: view.note ? [view.note] : [] };
}

function choose(n) {
  if (chosen >= 0 && nodes[chosen]) nodes[chosen].group.classList.remove("chosen");
  chosen = n === chosen ? -1 : n;
  at("facts").hidden = chosen < 0;
  if (chosen < 0) return;
  nodes[chosen].group.classList.add("chosen");
  facts(chosen);
  begin(at("facts"));
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
    fact.append(...parted(["line", "node", "group"].includes(label) ? text : minus(text)));
    fact.className = label;
    return [term, fact];
  }));
}

function parted(text) {  // a path too long for a line is broken after a slash
  return text.split(/(?<=\/)/).flatMap((part, k) => k ? [document.createElement("wbr"), part] : [part]);
}
