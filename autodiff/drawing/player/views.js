// -- which view is shown: from folded to open, and into a group and back --------------------------------------------------

let trail = [{ id: page.start, from: 0 }];  // the views from the whole graph to the one that is shown; `from`: the step to go back to

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

function open(id) {
  const [pass] = place();
  trail[trail.length - 1].from = current;
  trail.push({ id, from: 0 });
  pause();
  enter(id, () => (pass || current === steps.length ? forwards() : 0));
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
  trail = [{ id, from: 0 }];
  pause();
  enter(id, () => (whole ? placed(where) : 0));
}

function crumbs() {
  at("level").value = trail[0].id;
  at("crumbs").replaceChildren(...trail.flatMap(({ id }, depth) => {
    const here = depth === trail.length - 1, crumb = document.createElement(here ? "b" : "button");
    crumb.textContent = depth ? page.views[id].title : `${page.target}: ${page.views[id].nodes.length} boxes`;
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
