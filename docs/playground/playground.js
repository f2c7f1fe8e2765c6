// The page: what is written goes to a worker, what comes of it is shown. The worker can be ended at any moment.
import { WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);
const TABS = ["picture", "steps", "tree", "explanation"];
const state = { lang: "en", item: "", example: 0, ready: false, waiting: false, running: 0, turn: 0, began: 0, number: 0, told: null, shown: {}, timer: 0, own: "" };
let worker = null, built = null;

const say = (key, ...given) => {
  const words = WORDS[state.lang][key];
  return typeof words === "function" ? words(...given) : words;
};
const tell = (text) => ($("status").textContent = text);
const element = (name, given = {}, ...inside) => {
  const made = Object.assign(document.createElement(name), given);
  made.append(...inside);
  return made;
};

// The worker.

function begin() {
  state.ready = false;
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = (event) => hear({ kind: "broken", message: event.message ?? "worker.js" });
}

function hear(data) {
  if (data.kind === "ready") {
    state.ready = true;
    document.body.dataset.engine = "ready";
    if (state.waiting) run();
    else if (!state.told && $("status").textContent === say("loading")) tell(say("ready"));
    keep();
  } else if (data.kind === "broken") {
    state.waiting = false;
    settle(say("broken", data.message));
  } else if (data.kind === "printed") {
    $("output").hidden = false;
    $("printed").textContent += data.text;
  } else if (data.number !== state.number) {
    // of a run before
  } else if (data.kind === "failed") {
    if (data.of !== "run") note($(data.of), data.message);
    else settle(data.dead ? say("died") : data.message);
    if (data.dead) again();
  } else if (data.of === "run") {
    show(data.told);
  } else {
    showLater(data.of, data.told);
  }
}

function again() {
  worker.terminate();
  delete document.body.dataset.engine;
  begin();
}

function settle(text) {
  clearInterval(state.timer);
  state.running = 0;
  $("run").disabled = false;
  $("stop").disabled = true;
  document.body.classList.remove("stale");
  document.body.dataset.state = "idle";
  tell(text);
}

function run() {
  if (state.running || $("code").readOnly) return;
  $("run").disabled = true;
  $("stop").disabled = false;
  document.body.dataset.state = "running";
  document.body.classList.add("stale");
  $("error").hidden = $("output").hidden = true;
  $("printed").textContent = "";
  mark(null);
  if (!state.ready) {
    state.waiting = true;
    tell(say("loading"));
    return;
  }
  state.waiting = false;
  state.running = ++state.number;
  state.began = performance.now();
  tell(say("running"));
  state.timer = setInterval(() => tell(`${say("running")} ${seconds(performance.now() - state.began)} s`), 1000);
  address();
  worker.postMessage({ kind: "run", number: state.number, text: $("code").value, lang: state.lang, item: state.item, style: $("style").value });
}

function stop() {
  const took = state.running ? performance.now() - state.began : 0;
  state.waiting = false;
  state.number++;
  state.told = null;
  state.shown = {};
  again();
  for (const tab of TABS) note($(tab), say("again"));
  settle(say("stopped", seconds(took)));
}

const seconds = (milliseconds) => (milliseconds / 1000).toFixed(milliseconds < 99.5 ? 3 : milliseconds < 9950 ? 2 : 0);

// What came of a run.

function show(told) {
  state.told = told;
  state.shown = {};
  picture(told.pictures, told.error?.missing);
  $("tree").replaceChildren(told.tree ? pre(told.tree) : paragraph(say("nothing")));
  note($("steps"), say("nothing"));
  note($("explanation"), say("nothing"));
  settle(told.error ? say("erred", told.error.line) : say("done", told.seconds.toFixed(told.seconds < 0.1 ? 3 : 2)));
  if (told.error) complain(told.error);
  document.body.dataset.runs = +(document.body.dataset.runs ?? 0) + 1;
  document.body.dataset.first ??= Math.round(performance.now());
  later(chosen());
}

function picture(pictures, missing = false) {
  const files = state.item && $("code").value === state.own ? (built.pictures[state.item]?.[state.lang] ?? []) : [];
  const made = pictures.map(({ kind, body }, i) => {
    if (kind === "svg") return svg(body);
    if (kind === "html") return frame(body);
    if (kind === "text") return pre(body);
    if (kind === "large") return paragraph(say("large", body));
    const file = files.find((name) => name.replace(/.*\//, "").replace(/\.\w+$/, "").endsWith(i ? `-${i + 1}` : state.item.toLowerCase().replace(/\d+/, (n) => n.padStart(2, "0"))));
    if (!file) return paragraph(say("plot", body));
    return plot(file);
  });
  if (missing && !made.length) made.push(...files.map(plot));
  $("picture").replaceChildren(...(made.length ? made : [paragraph(say("nothing"))]));
}

const plot = (file) => element("figure", {}, element("img", { src: file, alt: say("kept") }), element("figcaption", { textContent: say("kept") }));

// A picture stands in a tree of its own: the page's style sheet and a picture's have classes of the same names.
const FITTED = "svg { display: block; max-width: 100%; height: auto; overflow: visible } svg.wide { max-width: none }";

function svg(text) {
  const read = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const made = document.importNode(read, true);
  const width = parseFloat(made.getAttribute("width"));
  const room = $("right").clientWidth;
  if (width > 1.4 * room) {
    made.classList.add("wide");
    made.style.width = `${Math.max(room, Math.min(width, Math.max(640, 0.75 * width)))}px`;
  }
  const host = element("div", { className: "drawing" });
  host.attachShadow({ mode: "open" }).append(element("style", { textContent: FITTED }), made);
  return host;
}

function frame(page) {
  const made = element("iframe", { title: say("stepping"), src: "frame.html" });
  made.sandbox = "allow-scripts";
  const send = ({ data, source }) => {
    if (source !== made.contentWindow || data !== "empty") return;
    removeEventListener("message", send);
    source.postMessage(page, "*");
  };
  addEventListener("message", send);
  return made;
}

const pre = (text) => element("pre", { textContent: text, tabIndex: 0 });
const paragraph = (text) => element("p", { className: "note", textContent: text });
const note = (panel, text) => panel.replaceChildren(paragraph(text));

function complain({ said, where, line, advice, missing }) {
  $("error").hidden = false;
  $("said").textContent = said;
  $("where").textContent = where;
  $("where").hidden = !where;
  $("missing").hidden = !missing;
  $("advice").hidden = !advice;
  if (advice) {
    const [title, ...rest] = advice.split("\n\n");
    $("advice").querySelector("summary").textContent = `${say("advice")}: ${title}`;
    $("advice").querySelector("div").textContent = rest.map((each) => each.replace(/([^\u3000-\u9fff。、])\n/g, "$1 ").replace(/\n/g, "")).join("\n\n");
  }
  mark(line);
}

// The tabs; what takes long is made when it is looked at.

const chosen = () => TABS.find((tab) => $(`tab-${tab}`).getAttribute("aria-selected") === "true");

function choose(tab, focus = false) {
  for (const each of TABS) {
    $(`tab-${each}`).setAttribute("aria-selected", each === tab);
    $(`tab-${each}`).tabIndex = each === tab ? 0 : -1;
    $(each).hidden = each !== tab;
  }
  if (focus) $(`tab-${tab}`).focus();
  later(tab);
}

function later(tab) {
  if (!["steps", "explanation"].includes(tab) || state.shown[tab] || !state.told?.subject || state.running || !state.ready) return;
  state.shown[tab] = true;
  note($(tab), say("drawing"));
  worker.postMessage({ kind: tab, number: state.number, style: $("style").value });
}

function showLater(tab, told) {
  $(tab).replaceChildren(tab === "steps" ? frame(told) : pre(told));
}

// The editor.

let marked = null;
function mark(line) {
  marked = line;
  number();
}

function number() {
  const lines = $("code").value.split("\n").length;
  const made = [];
  for (let i = 1; i <= lines; i++) made.push(i === marked ? element("b", { textContent: i }) : String(i), "\n");
  $("gutter").replaceChildren(...made);
  $("gutter").scrollTop = $("code").scrollTop;
}

function indent(event) {
  const area = $("code"), { selectionStart: at, selectionEnd: end, value } = area;
  const before = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
  const space = before.match(/^ */)[0];
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing) {
    const deeper = /:\s*(#.*)?$/.test(before) ? "    " : "";
    if (!space && !deeper) return;
    event.preventDefault();
    area.setRangeText(`\n${space}${deeper}`, at, end, "end");
  } else if (event.key === "Backspace" && at === end && before && before === space && space.length % 4 === 0) {
    event.preventDefault();
    area.setRangeText("", at - 4, at, "end");
  } else {
    return;
  }
  area.dispatchEvent(new Event("input"));
}

// The code in the address: #code= in base64 of deflated UTF-8.

const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
async function packed(text) {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(await through(bytes, new DecompressionStream("deflate-raw")));
}

let written = Promise.resolve();
const address = () => (written = written.then(write, write)); // one after the other: the last has what is there now

async function write() {
  const asked = new URLSearchParams(), hash = new URLSearchParams();
  const code = $("code").value;
  if (state.item) asked.set("item", state.item);
  if (state.example) asked.set("example", state.example);
  if (new URLSearchParams(location.search).has("lang") || state.switched) asked.set("lang", state.lang);
  if (code !== state.own) hash.set("code", await packed(code));
  if ($("style").value !== "textbook") hash.set("style", $("style").value);
  const query = String(asked), rest = String(hash);
  history.replaceState(null, "", `${location.pathname}${query && `?${query}`}${rest && `#${rest}`}`);
}

async function share() {
  await address();
  try {
    await navigator.clipboard.writeText(location.href);
    tell(say("copied"));
  } catch {
    tell(say("link"));
  }
}

// What can be opened.

function open(text, item = "", example = 0) {
  state.item = item;
  state.example = example;
  state.own = text;
  $("code").value = text;
  $("code").scrollTop = 0;
  mark(null);
  about();
}

function about() {
  const item = built.items.find((each) => each.id === state.item);
  $("about").hidden = !item;
  if (!item) return;
  $("about-text").textContent = item.text[state.lang];
  $("exercise").hidden = !item.exercise[state.lang];
  $("exercise-text").textContent = item.exercise[state.lang] ?? "";
  $("answer-text").textContent = item.answer[state.lang] ?? "";
  $("take").hidden = !item.program[1];
}

function offer() {
  const own = element("optgroup", { label: say("own") });
  built.examples.forEach((each, i) => own.append(element("option", { value: `example ${i}`, textContent: each.title[state.lang] })));
  const groups = built.chapters.map(({ letter, title }) => {
    const group = element("optgroup", { label: `${letter} ${title[state.lang]}` });
    for (const item of built.items) if (item.id[0] === letter) group.append(element("option", { value: item.id, textContent: `${item.id} ${item.title[state.lang]}` }));
    return group;
  });
  $("open").replaceChildren(own, ...groups);
  $("open").value = state.item || `example ${state.example}`;
}

function take(name) {
  if (name.startsWith("example")) {
    const example = built.examples[+name.split(" ")[1]] ? +name.split(" ")[1] : 0;
    open(built.examples[example].program, "", example);
    return true;
  }
  const wanted = name.toUpperCase().replace(/^([A-E])0+(?=\d)/, "$1");
  const item = built.items.find((each) => each.id === wanted);
  if (item) open(item.program[0], item.id);
  return !!item;
}

async function from() {
  if (state.running) stop();
  else if (state.waiting) settle("");
  state.waiting = false; // for the engine: it must not run what is to be read first
  $("code").readOnly = true; // until it holds what is asked for: nothing that is typed is lost
  const turn = ++state.turn;
  const asked = new URLSearchParams(location.search), hash = new URLSearchParams(location.hash.slice(1));
  const get = (name) => hash.get(name) ?? asked.get(name);
  const code = hash.get("code");
  const text = code === null ? null : await unpacked(code).catch(() => undefined);
  if (turn !== state.turn) return; // something else is asked for since
  state.lang = WORDS[get("lang")] ? get("lang") : navigator.language.startsWith("ja") ? "ja" : "en";
  $("style").value = get("style") === "record" ? "record" : "textbook";
  let message = "";
  if (!take(get("item") ?? `example ${get("example") ?? 0}`)) {
    message = say("unknown", get("item"));
    take("example 0");
  }
  if (text === undefined) message = say("damaged");
  if (typeof text === "string") {
    if (text !== state.own) message = say("came");
    $("code").value = text;
  }
  $("code").readOnly = false;
  speak();
  number();
  if (message) {
    tell(message);
    picture([]);
    note($("picture"), message);
  } else {
    run();
  }
}

function speak() {
  document.documentElement.lang = state.lang;
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  for (const each of document.querySelectorAll("[data-hint]")) each.title = say(each.dataset.hint);
  $("language").textContent = state.lang === "en" ? "日本語" : "English";
  $("language").lang = state.lang === "en" ? "ja" : "en";
  $("size").textContent = say("size", (built.bytes / 1e6).toFixed(1));
  document.title = `chainrule: ${say("playground")}`;
  offer();
  about();
}

// Once all is there it is kept for when there is no network.
function keep() {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js").then(() => navigator.serviceWorker.ready).then(() => (document.body.dataset.kept = "yes"), () => {});
}

async function start() {
  begin();
  built = await (await fetch("build.json")).json();
  $("run").onclick = run;
  $("stop").onclick = stop;
  $("share").onclick = share;
  $("open").onchange = () => {
    if (state.running) stop();
    take($("open").value);
    run();
  };
  $("style").onchange = run;
  $("language").onclick = () => {
    state.lang = state.lang === "en" ? "ja" : "en";
    state.switched = true;
    speak();
    run();
  };
  $("take").onclick = () => {
    const item = built.items.find((each) => each.id === state.item);
    $("code").value = `${$("code").value.trimEnd()}\n\n# ${say("answer")}\n${item.program[1]}`;
    number();
    run();
  };
  $("code").oninput = () => mark(null);
  $("code").onscroll = () => ($("gutter").scrollTop = $("code").scrollTop);
  $("code").onkeydown = indent;
  new ResizeObserver(() => ($("gutter").style.height = `${$("code").offsetHeight}px`)).observe($("code"));
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  TABS.forEach((tab, i) => {
    $(`tab-${tab}`).onclick = () => choose(tab);
    $(`tab-${tab}`).onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) choose(TABS[(i + step + TABS.length) % TABS.length], true);
    };
  });
  addEventListener("hashchange", from);
  await from();
}

start().catch((error) => tell(say("broken", error.message)));
