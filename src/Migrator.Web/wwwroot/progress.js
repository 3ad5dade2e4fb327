// Keeps the progress page fresh. The server draws the page; this only fetches it again when the server says that something changed,
// and puts the new part in the place of the old one. Without this script the page reloads itself.
const region = () => document.getElementById("live");
const say = document.getElementById("say");
let lastDrawn = 0;
let lastSaid = 0;
let drawing = false;
let again = false;

async function draw() {
  if (drawing) {
    again = true;
    return;
  }
  drawing = true;
  try {
    await pause(Math.max(0, lastDrawn + 1500 - Date.now()));
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected) location.reload();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = fresh.getElementById("live");
    if (!part) {
      location.reload();
      return;
    }
    swap(part);
    document.title = fresh.title;
    lastDrawn = Date.now();
    if (say && Date.now() - lastSaid > 10000 && say.textContent !== part.dataset.say) {
      say.textContent = part.dataset.say ?? "";
      lastSaid = Date.now();
    }
    if (!part.dataset.events) source?.close();
  } finally {
    drawing = false;
    if (again) {
      again = false;
      draw();
    }
  }
}

// What the person opened stays open, and the focus stays where it was.
function swap(part) {
  const old = region();
  for (const opened of old.querySelectorAll("details[id]")) {
    const same = part.querySelector("#" + CSS.escape(opened.id));
    if (same) same.open = opened.open;
  }
  const focused = old.contains(document.activeElement) ? describe(document.activeElement, old) : null;
  old.replaceWith(part);
  if (focused) find(part, focused)?.focus({ preventScroll: true });
}

function describe(element, root) {
  const tag = element.tagName.toLowerCase();
  const text = element.textContent.trim();
  const place = [...root.querySelectorAll(tag)].filter((other) => other.textContent.trim() === text).indexOf(element);
  return { tag, text, place };
}

function find(root, { tag, text, place }) {
  return [...root.querySelectorAll(tag)].filter((other) => other.textContent.trim() === text)[place];
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const events = region()?.dataset.events;
const source = events ? new EventSource(events) : null;
if (source) {
  source.addEventListener("progress", (event) => {
    // The first event usually repeats what the page already shows.
    if (event.lastEventId !== region().dataset.tag) draw();
  });
  // Times like "3 minutes ago" age by themselves.
  setInterval(draw, 30000);
}
