// -- playing, buttons and keys -------------------------------------------------------------------------------------------

const SPEEDS = [0.5, 1, 2, 4, 16];
const STEP = 900, LONGEST = 60000;  // milliseconds of a step; of all of them
let timer = 0, speed = 1;
const pace = () => Math.min(STEP, LONGEST / (steps.length || 1)) / speed;

function play() {
  if (current === steps.length) show(0, false);
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
const skip = () => show(forwards(), false);  // a player that plays goes on from there

function faster() {
  speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
  at("speed").textContent = `${speed}×`;
}

function all() {  // and it stays so
  follow(false);
  fit(false);
}

function pursue() {
  follow(!following);
  if (following) goto(current, true);
}

function group() {
  if (at("coarse").hidden) return;
  const where = place();
  asked = !coarse;
  prepare();
  current = -1;
  show(placed(where), false);
}

function repaint() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
}

const leave = () => (chosen >= 0 ? choose(chosen) : back(trail.length - 2));
const deeper = (by) => () => page.levels > 1 && level(Number(at("level").value) + by);

slider.addEventListener("input", () => go(Number(slider.value), false));
at("level").addEventListener("input", () => level(Number(at("level").value)));
const BUTTONS = {
  first: () => go(0, false), back: () => go(current - 1, false), play: toggle, step: () => go(current + 1, true),
  last: () => go(steps.length, false), skip, coarse: group, speed: faster, fit: all, follow: pursue, theme: repaint,
};
for (const id in BUTTONS) at(id).addEventListener("click", BUTTONS[id]);

const KEYS = {
  " ": toggle, ArrowRight: BUTTONS.step, ArrowLeft: BUTTONS.back, Home: BUTTONS.first, End: BUTTONS.last, b: skip, g: group,
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: all, f: pursue, t: repaint, s: faster,
  Escape: leave, Backspace: leave, "[": deeper(-1), "]": deeper(1),
};
document.addEventListener("keydown", (event) => {
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.tagName === "BUTTON" && event.target.id !== "play") return;
  if (event.target.tagName === "SELECT") return;
  if (event.target.id === "level" && event.key.startsWith("Arrow")) return;
  event.preventDefault();
  act();
});

at("level").max = page.levels - 1;
at("levels").hidden = page.levels < 2;
at("where").hidden = page.views.length < 2;
enter(page.start, () => 0);
new ResizeObserver(resized).observe(stage);
