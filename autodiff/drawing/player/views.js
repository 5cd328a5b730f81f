// -- which view is shown: from folded to open, and into a group and back --------------------------------------------------

let trail = [{ id: page.start, from: 0, alike: [] }];  // the views from the whole graph to the one that is shown; `from`: the step to go back to

function arrange(layout) {  // draw the view anew, in another layout
  const k = current;
  shape = layout;
  draw();
  if (chosen >= 0) nodes[chosen].group.classList.add("chosen");
  current = -1;
  if (k >= 0) show(k, false);
}

function enter(id, where) {  // `where`: the step, from the steps of the view
  if (chosen >= 0) choose(chosen);
  view = page.views[id];
  prepare();
  current = -1;
  size = "";
  shape = best();
  draw();
  follow(false);
  show(where(), false);
  opened();
  size = `${stage.getBoundingClientRect().width} ${stage.getBoundingClientRect().height}`;
  crumbs();
}

function open(alike) {  // the first of those that are alike in a box
  const [pass] = place(), [id] = alike;
  trail[trail.length - 1].from = current;
  trail.push({ id, from: 0, alike });
  pause();
  enter(id, () => (pass || current === steps.length ? forwards() : 0));
}

function another(id) {  // of them
  const where = place();
  trail[trail.length - 1].id = id;
  pause();
  enter(id, () => placed(where));
}

function choice({ id, alike }) {
  const list = document.createElement("select"), title = (one) => page.views[one].title;
  list.setAttribute("aria-label", "Which of those that are alike");
  for (const one of [...alike].sort((a, b) => title(a).localeCompare(title(b), "en", { numeric: true }))) {
    list.add(new Option(title(one), one, false, one === id));
  }
  list.addEventListener("change", () => another(Number(list.value)));
  return list;
}

function back(depth) {  // up to a view of the trail
  if (depth < 0 || depth >= trail.length - 1) return;
  trail = trail.slice(0, depth + 1);
  pause();
  enter(trail[depth].id, () => trail[depth].from);
}

function level(k) {  // the first views are the whole graph, from folded to open
  const id = Math.max(0, Math.min(page.levels - 1, k)), where = place(), whole = trail.length === 1;
  if (whole && trail[0].id === id) return;
  trail = [{ id, from: 0, alike: [] }];
  pause();
  enter(id, () => (whole ? placed(where) : 0));
}

function crumbs() {
  at("level").value = trail[0].id;
  at("crumbs").replaceChildren(...trail.flatMap((step, depth) => {
    const { id, alike } = step, here = depth === trail.length - 1, several = here && alike.length > 1;
    const crumb = several ? choice(step) : document.createElement(here ? "b" : "button");
    if (!several) crumb.textContent = depth ? page.views[id].title : `${page.target}: ${page.views[id].nodes.length} boxes`;
    if (!here) crumb.addEventListener("click", () => back(depth));
    if (here) crumb.setAttribute("aria-current", "page");
    return depth ? [document.createTextNode(" › "), crumb] : [crumb];
  }));
}

function click(k) {
  const { opens } = view.nodes[k];
  if (opens === undefined) choose(k);
  else open(opens);
}
